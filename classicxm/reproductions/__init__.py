"""Reproductions as data: what is run on which data, what comes out, how far off it may be, and what papers print."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
