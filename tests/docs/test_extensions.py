"""The parts of the documentation that need no build: the lists, the tables, the formulas, the method table."""

import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

import classicxm
from classicxm.base import Aligner, Encoder, Extractor, Index, LocalExtractor

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def extension(monkeypatch):
    """Import a module of docs/extensions."""
    monkeypatch.syspath_prepend(str(DOCS / "extensions"))

    def imported(name):
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return imported


def test_every_room_and_every_name_is_listed(extension):
    listed = extension("public_names").public_names()
    for stub in Path(classicxm.__file__).parent.glob("**/__init__.pyi"):
        module = ".".join(("classicxm", *stub.parent.relative_to(Path(classicxm.__file__).parent).parts))
        exported = set(importlib.import_module(module).__all__) - {"__version__"}
        assert exported == set(listed[module]), module


def test_method_table_has_every_method(extension):
    """A class that fills a role, and is public, stands in the method table."""
    text = (DOCS / "methods.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", text))
    roles = (Aligner, Encoder, Extractor, Index, LocalExtractor)
    for module, names in extension("public_names").public_names().items():
        if module in ("classicxm", "classicxm.base"):
            continue
        owner = importlib.import_module(module)
        missing = [
            name
            for name in names
            if inspect.isclass(getattr(owner, name)) and issubclass(getattr(owner, name), roles)
        ]
        assert set(missing) <= named, f"{module}: {sorted(set(missing) - named)} missing in docs/methods.md"


def test_examples_are_named_in_order_and_begin_with_a_title():
    examples = sorted((DOCS / "examples").glob("plot_*.py"))
    assert [int(path.name[5:7]) for path in examples] == list(range(1, len(examples) + 1))
    for path in examples:
        title, line = path.read_text(encoding="utf-8").split("\n")[1:3]
        assert line and set(line) == {"="} and len(line) >= len(title), path.name


def test_links_between_handwritten_pages_and_examples_exist():
    names = {path.stem for path in (DOCS / "examples").glob("plot_*.py")}
    for page in DOCS.glob("*.md"):
        linked = re.findall(r"generated/gallery/(plot_\w+)\.rst", page.read_text(encoding="utf-8"))
        assert set(linked) <= names, page.name


def test_formulas_become_mathml(extension):
    pytest.importorskip("sphinx", reason="needs the extra docs")
    pytest.importorskip("latex2mathml", reason="needs the extra docs")
    convert = extension("mathml_writer").convert
    formulas = [
        formula
        for page in DOCS.glob("*.md")
        for formula in re.findall(r"\$\$?([^$]+)\$", page.read_text(encoding="utf-8"))
        if "\\" in formula or "^" in formula
    ]
    assert len(formulas) > 30
    for formula in formulas:
        assert "\\" not in re.sub(r"<[^>]*>", "", convert(formula)), (
            f"a command was not understood: {formula}"
        )
