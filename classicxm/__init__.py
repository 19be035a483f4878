"""Classical cross-modal retrieval: text, images, audio and video in one common subspace."""

import lazy_loader

from classicxm import moved as moved

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
