"""Every public name has a type and a docstring: what ``__all__`` and the stubs name, and the methods of its classes."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "classicxm"


def declared(path):
    """The names of a module's ``__all__`` where that is a literal list."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
            return ast.literal_eval(node.value) if isinstance(node.value, (ast.List, ast.Tuple)) else []
    return []


def stubbed(path):
    """(module, name) of what a stub exports."""
    package = ".".join(path.relative_to(PACKAGE.parent).parts[:-1])
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            yield from ((f"{package}.{node.module}", alias.name) for alias in node.names)


def without_types(function):
    """Parameters, and "return", that have no annotation."""
    signature = inspect.signature(function)
    missing = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.annotation is inspect.Parameter.empty and name not in ("self", "cls")
    ]
    return missing + (["return"] if signature.return_annotation is inspect.Signature.empty else [])


def own_functions(cls):
    """Public functions that a class writes itself, and ``__init__`` and ``__call__``."""
    for name, value in vars(cls).items():
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        function = function.fget if isinstance(function, property) else function
        is_public = not name.startswith("_") or name in ("__init__", "__call__")
        # what dataclasses, named tuples and protocols get by themselves stands in no file of the package
        if (
            is_public
            and inspect.isfunction(function)
            and function.__code__.co_filename == inspect.getfile(cls)
        ):
            yield name, function


def public(module, name):
    """What a public name means; None where it is another package's."""
    value = getattr(importlib.import_module(module), name)
    value = inspect.unwrap(value) if callable(value) else value
    return value if getattr(value, "__module__", "").startswith("classicxm") else None


def faults(value):
    """What a class or function lacks."""
    if inspect.isclass(value):
        if not value.__doc__ or value.__doc__.startswith(f"{value.__name__}("):
            yield "no docstring"
        for method, function in own_functions(value):
            for missing in without_types(function):
                yield f"{method} has no type of {missing}"
            inherited = inspect.getdoc(getattr(value, method))
            if not inherited and method not in ("__init__", "__call__"):
                yield f"{method} has no docstring"
    elif inspect.isfunction(value):
        if not value.__doc__:
            yield "no docstring"
        for missing in without_types(value):
            yield f"no type of {missing}"


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if parts[-1] not in ("__main__",):
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


NAMES = sorted(
    {(module, name) for module, path in modules() for name in declared(path)}
    | {pair for path in PACKAGE.rglob("*.pyi") for pair in stubbed(path)}
)


@pytest.mark.parametrize("room", sorted({module.split(".")[1] for module, _ in NAMES if "." in module}))
def test_every_public_name_has_a_type_and_a_docstring(room):
    found = [
        f"{module}.{name}: {fault}"
        for module, name in NAMES
        if module.split(".")[1:2] == [room]
        for fault in faults(public(module, name))
    ]
    assert not found, "\n".join(found)


def test_names_are_found_in_every_room():
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert rooms <= {module.split(".")[1] for module, _ in NAMES}


def test_what_is_missing_is_seen():
    def bare(x, y: int = 0):
        return x

    class Bare:
        """A class."""

        def act(self, x):
            return x

    assert list(faults(bare)) == ["no docstring", "no type of x", "no type of return"]
    assert list(faults(Bare)) == [
        "act has no type of x",
        "act has no type of return",
        "act has no docstring",
    ]
