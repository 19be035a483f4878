"""Package attributes that are imported when first used, so that ``import classicxm`` stays cheap."""

import importlib

__all__ = ["attach"]


def attach(package, exports):
    """``__all__``, ``__getattr__`` and ``__dir__`` for a package whose names live in submodules.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    exports : dict of str to list of str
        Submodule name -> names it gives to the package.
    """
    owner = {name: module for module, names in exports.items() for name in names}

    def __getattr__(name):
        if name in owner:
            return getattr(importlib.import_module(f"{package}.{owner[name]}"), name)
        if name in exports:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__():
        return sorted(owner)

    return sorted(owner), __getattr__, __dir__
