"""Asking what an object is without importing the module of its class, which start-up would pay for."""

import sys
from typing import Any

__all__ = ["is_of_kind"]


def is_of_kind(value: Any, module: str, *names: str) -> bool:
    """Whether a value is an instance of one of a module's classes, without importing that module.

    What was never imported has no instances, so the answer is that of ``isinstance``.

    Parameters
    ----------
    value : object
    module : str
        The module's full name, such as ``"sklearn.pipeline"``.
    names : str
        Names of its classes.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> is_of_kind(OrderedDict(), "collections", "Counter", "OrderedDict"), is_of_kind({}, "not.imported", "Kind")
    (True, False)
    """
    loaded = sys.modules.get(module)
    kinds = (getattr(loaded, name, None) for name in names)
    return isinstance(value, tuple(kind for kind in kinds if isinstance(kind, type)))
