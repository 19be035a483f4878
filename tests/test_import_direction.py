"""Imports run downward only, as the layout promises."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "classicxm"

CONTRACT = PACKAGE.parent / "docs" / "architecture.md"


def block(name):
    """The lines of one fenced block of the contract."""
    text = CONTRACT.read_text(encoding="utf-8")
    return re.search(rf"```{name}\n(.*?)```", text, re.DOTALL)[1].splitlines()


#: Lowest floor first.
LAYERS = [set(line.split()) for line in reversed(block("floors"))]
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
#: Neighbours on one floor of which the first may know the second.
SAME_FLOOR = {tuple(line.split(" -> ")) for line in block("neighbours")}


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def walked(tree):
    """Every node but the bodies of ``_repr_html_``, which alone may import reports, when they are called."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.FunctionDef) and node.name == "_repr_html_"):
            yield from walked(node)


def imported_parts(tree):
    for node in walked(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
            if node.module == "classicxm":
                names = [f"classicxm.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "classicxm" and rest:
                yield rest.split(".")[0]


def wrong_imports(part, tree):
    for other in imported_parts(tree):
        if other == part or other.startswith("__"):
            continue
        if LEVEL[other] > LEVEL[part] or (LEVEL[other] == LEVEL[part] and (part, other) not in SAME_FLOOR):
            yield f"{part} imports {other}"


SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py" or p.parent != PACKAGE)


def test_every_part_has_a_floor():
    parts = {part_of(p) for p in SOURCES}
    assert parts <= set(LEVEL), f"give {parts - set(LEVEL)} a place in LAYERS"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    assert not list(wrong_imports(part_of(path), ast.parse(path.read_text(encoding="utf-8"))))


def test_an_upward_import_is_seen():
    assert list(wrong_imports("distances", ast.parse("from classicxm.search import ExactIndex")))
    assert list(wrong_imports("text", ast.parse("import classicxm.image.hog")))
    lazily = "class A:\n    def {}(self):\n        from classicxm.reports import aligned"
    assert list(wrong_imports("retrieval", ast.parse(lazily.format("to_dict"))))
    assert not list(wrong_imports("retrieval", ast.parse(lazily.format("_repr_html_"))))
    assert not list(wrong_imports("hashing", ast.parse("from classicxm.alignment import CCA")))


def test_no_module_is_named_vaguely():
    assert not {p.stem for p in SOURCES} & {"utils", "helpers", "common", "misc", "tools"}


def test_pickle_is_never_used():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            )
            assert not {"pickle", "cloudpickle", "dill"} & set(names), path
