"""Pages that are made from the package itself: every public name, the data sets and the reproductions."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from public_names import public_names
from sphinx.application import Sphinx

from classicxm.datasets import read_registry
from classicxm.datasets.registry import TERMS
from classicxm.reproductions import headline_table, matrix_tables, read_reproductions

KINDS = ("Classes", "Functions", "Values")


def cell(value: Any) -> str:
    """A value as one cell of a Markdown table."""
    return " ".join(str(value).replace("|", "\\|").split())


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table.

    >>> print(table(["a"], [["b|c"]]))
    | a |
    | --- |
    | b\\|c |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def kind_of(value: Any) -> str:
    """Under which heading a public name stands."""
    if inspect.isclass(value):
        return "Classes"
    return "Functions" if callable(value) and hasattr(value, "__name__") else "Values"


def section(title: str, mark: str = "-") -> str:
    """A heading in reStructuredText."""
    return f"{title}\n{mark * len(title)}\n"


def first_paragraph(module: Any) -> str:
    """What a module says of itself first, in one line."""
    return " ".join((inspect.getdoc(module) or "").split("\n\n")[0].split())


def homes(names: Sequence[str]) -> list[tuple[str, str]]:
    """(name, its page) of what the top package passes on from its rooms."""
    top = importlib.import_module("classicxm")
    found = []
    for name in sorted(names, key=str.lower):
        owners = [
            module for module, inside in public_names().items() if module != "classicxm" and name in inside
        ]
        home = next(
            owner for owner in owners if getattr(importlib.import_module(owner), name) is getattr(top, name)
        )
        found.append((name, f"{home}.{name}"))
    return found


def top_page(names: Sequence[str]) -> str:
    """The names that ``import classicxm`` gives, each with a link to the room it lives in."""
    listed = "\n".join(f"- :py:obj:`{name} <{home}>`" for name, home in homes(names))
    about = "What most programs need; each name lives in the room that its link leads to."
    return f"{section('classicxm', '=')}\n{about}\n\n{listed}\n"


def room_page(module: str, names: Sequence[str]) -> str:
    """The public names of one module, by kind; each class and function has a page of its own."""
    owner = importlib.import_module(module)
    parts = [section(module, "="), first_paragraph(owner), f".. currentmodule:: {module}"]
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in sorted(names, key=str.lower):
        by_kind[kind_of(getattr(owner, name))].append(name)
    for kind, members in by_kind.items():
        if members and kind == "Values":
            parts += [section(kind), *(f".. autodata:: {name}\n   :no-value:" for name in members)]
        elif members:
            listed = "\n".join(f"   {name}" for name in members)
            parts += [section(kind), f".. autosummary::\n   :toctree: names\n   :nosignatures:\n\n{listed}"]
    return "\n\n".join(parts) + "\n"


def api_pages() -> dict[str, str]:
    """A page a module, and the one that lists them."""
    pages = {f"api/{module}.rst": room_page(module, names) for module, names in public_names().items()}
    pages["api/classicxm.rst"] = top_page(public_names()["classicxm"])
    rows = []
    for module, names in public_names().items():
        rows.append(
            (f"[{module}]({module}.rst)", len(names), first_paragraph(importlib.import_module(module)))
        )
    toctree = "\n".join(public_names())
    pages["api/index.md"] = (
        "# API\n\nEvery public name. What is not listed here may change without notice.\n\n"
        + table(["module", "names", "what it is"], rows)
        + f"\n\n```{{toctree}}\n:hidden:\n\n{toctree}\n```\n"
    )
    return pages


def size(files: Iterable[Any]) -> str:
    """How much is fetched, in megabytes, where every size is known."""
    sizes = [file.bytes for file in files]
    if not sizes or None in sizes:
        return "unknown"
    return f"{sum(sizes) / 1e6:,.1f} MB"


def data_set_section(name: str, one: Any) -> str:
    """All that the registry knows of a set."""
    parts = [
        f"## {name}",
        one.title,
        f"- terms: {one.terms} ({TERMS[one.terms]})",
        f"- licence: {one.licence}",
    ]
    parts += [f"- citation: {one.citation}", f"- page: <{one.page}>" if one.page else ""]
    if one.loader:
        parts.append(f"- loader: {{py:obj}}`classicxm.datasets.{one.loader}`")
    if one.how:
        parts.append(f"- how: {one.how}")
    splits = ", ".join(f"{split} {it.items or '?'}" for split, it in one.splits.items())
    parts.append(f"- splits: {splits}" if splits else "")
    text = "\n".join(part for part in parts[2:] if part)
    rows = [
        (f"`{file.name}`", file.bytes or "unknown", f"`{file.checksum}`" if file.checksum else "unknown")
        for file in one.files
    ]
    files = "\n\n" + table(["file", "bytes", "checksum"], rows) if rows else ""
    return f"{parts[0]}\n\n{parts[1]}\n\n{text}{files}\n"


def data_sets_page() -> str:
    """The page on data sets, from ``datasets/registry.toml``."""
    registry = read_registry()
    rows = [
        (f"[{name}](#{name.replace('_', '-')})", ", ".join(one.modalities), one.terms, size(one.files))
        for name, one in registry.items()
    ]
    return (
        "# Data sets\n\n`classicxm data list` prints this table, `classicxm data get NAME --accept-licence`\n"
        "fetches a set and checks its sums, and nothing is fetched without that command. Of a set that has to be\n"
        "asked for, the command says where to ask and where to put which file. What is unknown is left out, never\n"
        "guessed.\n\n"
        + table(["set", "modalities", "terms", "size"], rows)
        + "\n\n"
        + "\n".join(data_set_section(name, one) for name, one in registry.items())
    )


def reproductions_page() -> str:
    """The page on reproductions, from ``reproductions/*.toml``."""
    reproductions = read_reproductions()
    parts = [
        "# Reproductions\n\nEvery figure is data: a command, checksums of what it reads, an expected value and\n"
        "a tolerance. "
        "`classicxm reproduce NAME` runs one and prints `OK`, `OK within .005`, or `FAILED` with both numbers;\n"
        "`classicxm reproduce --list` lists them. Altered data are found before any figure is printed.\n"
        "Square brackets hold 95 % intervals over queries, ± the spread over seeds.",
        table(*headline_table(reproductions)),
    ]
    for matrix in matrix_tables(reproductions, {}):
        columns = [i for i, name in enumerate(matrix.head) if name not in ("verdict", "features")]
        parts.append(f"## {matrix.dataset}")
        for run in matrix.runs:
            seconds = f", about {run['seconds']} s on one core" if run["seconds"] else ""
            parts.append(
                f"{run['title']} (`classicxm reproduce {run['name']}`{seconds}): {run['selection']}."
            )
        rows = [[row[i] for i in columns] for row in matrix.rows]
        parts.append(table([matrix.head[i] for i in columns], rows))
        parts += [f"- *{name}*: {about}" for name, about in matrix.protocols.items()]
    return "\n\n".join(parts) + "\n"


def without_machinery(app: Sphinx, what: str, name: str, *rest: Any) -> bool | None:
    """Leave out what scikit-learn adds to every estimator, and functions of numpy that are a default."""
    obj = rest[0]
    foreign = (getattr(obj, "__module__", None) or "").startswith(("numpy", "sklearn"))
    return True if foreign or re.fullmatch(r"set_\w+_request", name) else None


def outside_code(lines: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Lines of a docstring with their numbers, without examples and literal blocks.

    >>> [line for _, line in outside_code(["a_ ::", "", "   b_", "", "c_", ">>> d_", "e_", "", "f_"])]
    ['a_ ::', '', '', 'c_', '', 'f_']
    """
    in_example, literal = False, None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        in_example = bool(line.strip()) and (in_example or line.lstrip().startswith(">>>"))
        if literal is not None and line.strip() and indent <= literal:
            literal = None
        if not in_example and (literal is None or not line.strip()):
            yield number, line
        if literal is None and line.rstrip().endswith("::"):
            literal = indent


def escaped(found: re.Match[str]) -> str:
    """A name with its last underscore escaped; what stands between backticks as it is.

    >>> re.sub(r"``.*?``|\\w+_(?!\\w)", escaped, "``a_`` b_") == "``a_`` b" + chr(92) + "_"
    True
    """
    return found[0] if found[0].startswith("`") else found[0][:-1] + "\\_"


def learned_names(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Names that end in ``_`` are learned values here, not links as reStructuredText has them."""
    for number, line in list(outside_code(lines)):
        lines[number] = re.sub(r"``.*?``|`[^`]*`|\w+_(?![\w`])", escaped, line)


def write_pages(app: Sphinx, config: Any) -> None:
    """Write what has changed below ``generated``."""
    pages = {**api_pages(), "datasets.md": data_sets_page(), "reproductions.md": reproductions_page()}
    for name, text in pages.items():
        path = Path(app.srcdir) / "generated" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks for files."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", write_pages)
    app.connect("autodoc-skip-member", without_machinery)
    app.connect("autodoc-process-docstring", learned_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
