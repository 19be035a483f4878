"""The public names of the package, as its stubs and the lists of its single modules have them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import classicxm

#: Modules that are public by themselves, beside the rooms.
SINGLE = ("base", "errors", "persistence", "distances", "testing", "labels", "cache", "execution")


def rooms() -> list[str]:
    """Packages below classicxm whose names a stub declares, in the order of the alphabet.

    >>> "alignment" in rooms()
    True
    """
    folder = Path(classicxm.__file__).parent
    return sorted(path.parent.name for path in folder.glob("*/__init__.pyi"))


def stubbed(folder: Path) -> list[str]:
    """The names that the stub of a package exports."""
    tree = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [alias.asname or alias.name for node in imported for alias in node.names]


def public_names() -> dict[str, list[str]]:
    """Every public name by the module that it is imported from.

    >>> "CCA" in public_names()["classicxm.alignment"]
    True
    """
    folder = Path(classicxm.__file__).parent
    found = {"classicxm": stubbed(folder)}
    found |= {f"classicxm.{room}": stubbed(folder / room) for room in rooms()}
    known = {module.name for module in pkgutil.iter_modules([str(folder)])}
    for name in sorted(known.intersection(SINGLE)):
        module = importlib.import_module(f"classicxm.{name}")
        if names := getattr(module, "__all__", None):
            found[module.__name__] = list(names)
    return found
