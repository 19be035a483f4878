"""Sound described frame by frame: MFCC, PLP, RASTA-PLP, gammatone cepstra and statistics of the spectrum."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
