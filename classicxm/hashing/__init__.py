"""Cross-modal hashing: alignments whose common space is bits, to be searched by Hamming distance."""

import lazy_loader

from classicxm import light_sklearn as light_sklearn  # before scikit-learn, whose start it shortens

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
