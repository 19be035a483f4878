"""Images described by handcrafted features: local (SIFT, colour) and global (HOG, colour, GIST, LBP)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
