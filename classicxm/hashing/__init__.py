"""Cross-modal hashing: alignments whose common space is bits, to be searched by Hamming distance."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
