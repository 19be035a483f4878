"""One experiment: features, alignments, distances and indexes over one collection, chosen on training folds."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
