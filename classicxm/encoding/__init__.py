"""Sets of local descriptors as one vector per item: bag of words, VLAD, Fisher vector."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
