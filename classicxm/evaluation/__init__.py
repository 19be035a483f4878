"""Honest measurement: ranking measures with stated tie policies, protocols, floors and significance."""

import lazy_loader

from classicxm.moved import forwarding

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = forwarding(__name__, __getattr__)
