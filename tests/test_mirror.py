"""Tests mirror the package: each module has a test file of its own, and tests are long enough beside the code."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Modules without a test file: an entrance of one line.
WITHOUT = {"__main__.py"}
#: Lines of code of the tests, at least, per line of code of the package.
SHARE = 0.7
MOST_LINES = 250
KINDS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def modules():
    """Modules of the package, by their paths inside it; what packages do by themselves is lazy loading of names."""
    package = ROOT / "classicxm"
    paths = (path.relative_to(package) for path in sorted(package.rglob("*.py")))
    return [path for path in paths if path.name not in {"__init__.py", *WITHOUT}]


def code_lines(path):
    """Lines of a file that are no comment, docstring or blank."""
    text = path.read_text(encoding="utf-8")
    lines = {
        n for n, line in enumerate(text.split("\n"), 1) if line.strip() and not line.lstrip().startswith("#")
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, KINDS) and ast.get_docstring(node, clean=False) is not None:
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_every_module_has_its_test_file():
    lacking = []
    for path in modules():
        test = ROOT / "tests" / path.with_name(f"test_{path.name}")
        if not test.is_file() or "def test_" not in test.read_text(encoding="utf-8"):
            lacking.append(f"classicxm/{path.as_posix()} wants {test.relative_to(ROOT).as_posix()}")
    assert not lacking, "\n".join(lacking)


def test_the_exceptions_are_there():
    assert all(any((ROOT / "classicxm").rglob(name)) for name in WITHOUT)


@pytest.mark.slow
def test_tests_are_long_enough():
    written, tested = (
        sum(code_lines(path) for path in (ROOT / folder).rglob("*.py")) for folder in ("classicxm", "tests")
    )
    assert tested >= SHARE * written, f"{tested} lines of tests for {written} lines of the package"


@pytest.mark.slow
def test_files_of_the_package_are_of_one_idea():
    long = {path.as_posix(): code_lines(ROOT / "classicxm" / path) for path in modules()}
    over = {path: n for path, n in long.items() if n > MOST_LINES}
    assert not over
