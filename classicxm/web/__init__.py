"""The search engine in a browser: a page, an HTTP API, and a client of it in Python."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
