"""Everything that is shown: pages, charts and tables, written from the data that the rooms below return."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
