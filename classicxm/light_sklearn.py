"""scikit-learn imported without scipy.stats, pandas and a few more, two thirds of its start-up and seldom called.

While a module of scikit-learn is imported by `imported`, these are stood in for, and what scikit-learn takes from
them is looked up when it is called. Afterwards nothing stands in ``sys.modules`` that is not a module in full: whoever
imports them gets them. Importing this module imports scikit-learn, so modules that start a command import it first.
"""

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["imported", "postponed"]

POSTPONED = (
    "numpy.f2py",
    "numpy.testing",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.stats",
)
_REMOVING = threading.Lock()


class _Postponed(ModuleType):
    """Stands for a module that was not imported yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what import itself asks for, before it takes anything
            raise AttributeError(name)
        return _PostponedName(self, name)


class _PostponedName:
    """Stands for a function or distribution of a module, which is imported when it is called or looked into."""

    def __init__(self, module: _Postponed, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return getattr(_whole(self._module), self._name)(*args, **keywords)

    def __getattr__(self, name: str) -> Any:
        if name in ("_module", "_name"):  # of a copy that is being made
            raise AttributeError(name)
        return getattr(getattr(_whole(self._module), self._name), name)


def _whole(module: _Postponed) -> ModuleType:
    _take_away(module)
    return importlib.import_module(module.__name__)


def _put_up(module: _Postponed) -> None:
    """As an import does: among the loaded modules, and as an attribute of its package."""
    package, _, name = module.__name__.rpartition(".")
    sys.modules[module.__name__] = module
    if package in sys.modules:
        setattr(sys.modules[package], name, module)


def _take_away(module: _Postponed) -> None:
    package, _, name = module.__name__.rpartition(".")
    with _REMOVING:
        if sys.modules.get(module.__name__) is module:
            del sys.modules[module.__name__]
        if vars(sys.modules.get(package, module)).get(name) is module:
            delattr(sys.modules[package], name)


@contextmanager
def postponed(*names: str) -> Iterator[None]:
    """Modules, not imported yet, that are imported within only once something of them is called.

    Names that are taken from them within stand for functions and the like; classes to inherit from cannot be postponed.

    Examples
    --------
    >>> with postponed("colorsys"):
    ...     from colorsys import rgb_to_hsv
    >>> rgb_to_hsv(1, 0, 0)
    (0.0, 1.0, 1)
    """
    absent = [name for name in names if name not in sys.modules and importlib.util.find_spec(name)]
    standing = [_Postponed(name) for name in absent]
    for module in standing:
        _put_up(module)
    try:
        yield
    finally:
        for module in standing:
            _take_away(module)


def imported(name: str) -> ModuleType:
    """A module of scikit-learn by its full name.

    >>> imported("sklearn.preprocessing").__name__
    'sklearn.preprocessing'
    """
    if name in sys.modules:
        return sys.modules[name]
    if threading.active_count() > 1:  # another thread might meet what stands in
        return importlib.import_module(name)
    # scikit-learn asks whether pandas is loaded whenever it checks an array, so only its first import is without.
    absent = POSTPONED if "sklearn.base" in sys.modules else (*POSTPONED, "pandas")
    try:
        with postponed(*absent):
            return importlib.import_module(name)
    except (AttributeError, ImportError, TypeError):  # a release that needs more than their functions
        return importlib.import_module(name)


# What every retriever needs: the roles, and the lists of stop words.
imported("sklearn.base")
imported("sklearn.feature_extraction.text")
