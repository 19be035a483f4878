"""Nearest neighbours in the common subspace: batch in, two (n_queries, k) arrays out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
