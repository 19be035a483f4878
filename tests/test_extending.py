"""The page on extending: its parts form a module of their own, and everything that it shows runs."""

import ast
import doctest
import importlib
import re
import sys
from pathlib import Path

import pytest

from classicxm.evaluation.measures import KINDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "extending.md"


def written():
    """The blocks of code that are no session: first what is imported, then one class each."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if not block.lstrip().startswith(">>>")]


@pytest.fixture
def mypackage(tmp_path, monkeypatch):
    (tmp_path / "mypackage.py").write_text("\n\n".join(written()))
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("mypackage")
    sys.modules.pop("mypackage", None)
    KINDS.pop("FirstWrong", None)


def test_parts_are_short():
    for block in written()[1:]:
        (cls,) = ast.parse(block).body
        assert cls.end_lineno - cls.lineno < 25, cls.name


def test_everything_on_the_page_runs(mypackage):
    names = {name: value for name, value in vars(mypackage).items() if not name.startswith("__")}
    test = doctest.DocTestParser().get_doctest(
        PAGE.read_text(encoding="utf-8"), names, "extending.md", str(PAGE), 0
    )
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    runner.run(test)
    assert test.examples and runner.failures == 0
