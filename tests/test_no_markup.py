"""Pages come from templates: no HTML or SVG tag stands in a string of the code, docstrings excepted."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for room in ("classicxm", "benchmarks") for path in (ROOT / room).rglob("*.py"))
NAMES = (
    "a|abbr|article|aside|audio|b|blockquote|body|br|button|canvas|caption|circle|code|dd|defs|details|div|dl|dt|em|"
    "figcaption|figure|footer|form|g|h[1-6]|head|header|hr|html|i|iframe|img|input|label|li|line|link|main|mark|meta|"
    "nav|ol|option|p|path|polygon|polyline|pre|rect|script|section|select|small|source|span|strong|style|sub|summary|"
    "sup|svg|table|tbody|td|text|textarea|th|thead|title|tr|u|ul|video"
)
TAG = re.compile(rf"<!doctype|<!--|(?<!\?P)</?(?:{NAMES})(?=[\s/>]|$)", re.IGNORECASE)
#: Strings that read the XML of a data set, and write none.
READ = {
    "classicxm/datasets/wikipedia.py": (
        "<text>(.*?)</text>",
        " holds no <text> element with words in it; fetch it again",
    ),
    "benchmarks/spoiled_files.py": ("<!DOCTYPE html><html><body>404 Not Found</body></html>\n",),
}


def strings_of(tree):
    """Every string of a module with its line, parts of f-strings too, but for docstrings."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, (str, bytes))
            and id(node) not in documentation
        ):
            value = node.value
            yield node.lineno, value.decode("latin-1") if isinstance(value, bytes) else value


def tags(code, read=()):
    return [
        (line, text) for line, text in strings_of(ast.parse(code)) if text not in read and TAG.search(text)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_string_holds_a_tag(path):
    name = path.relative_to(ROOT).as_posix()
    assert not tags(path.read_text(encoding="utf-8"), READ.get(name, ())), (
        "write it in classicxm/reports/templates"
    )


@pytest.mark.parametrize(
    "planted",
    [
        "x = '<p>'",
        "x = f'<td class=\"{y}\">'",
        "x = f'<{y}></div>'",
        "x = ['<br/>', 1]",
        "def f():\n    '''A docstring.'''\n    return '''<SVG\nwidth=1'''",
        "x = b'<!DOCTYPE html>'",
        "x = 'a' + '<img'",
    ],
)
def test_a_planted_tag_is_seen(planted):
    assert tags(planted)


@pytest.mark.parametrize(
    "innocent",
    [
        "'''<p>'''",
        "def f():\n    '<div>'",
        "x = '(?P<label>a)'",
        "x = 'a < b > c'",
        "x = 'n<5'",
        "x = '->'",
    ],
)
def test_what_is_no_markup_passes(innocent):
    assert not tags(innocent)


def test_exceptions_are_still_needed():
    for name, read in READ.items():
        found = [text for _, text in tags((ROOT / name).read_text(encoding="utf-8"))]
        assert sorted(found) == sorted(read)
