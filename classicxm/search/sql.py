"""Conditions, ids and addresses as PostgreSQL takes them."""

from __future__ import annotations

import json
import re
from typing import Any

from classicxm.search.conditions import AllOf, Condition, Negated, Test

__all__ = ["id_columns", "id_of", "sql_condition", "table_of", "without_password", "without_passwords"]

# What PostgreSQL's text cannot hold, and the sign that stands before what stands for it.
ESCAPED = re.compile("[\\\\\0\ud800-\udfff]")
UNESCAPED = re.compile(r"\\([0-9a-f]{4})")
#: Surrogates are no characters, and NUL ends a text; in facets one noncharacter stands for them.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
STAND_IN = "\uffff"
#: Passwords as they stand in an address, and in a line of libpq's: quoted, or up to the next space.
USERS = r"(://[^/@:?#\s]*):[^/@\s]*@"
NAMED = r"\b(?:ssl)?password\s*=\s*"
WORDS = NAMED + r"('(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)*)"
#: The same within a text, where quotes may be escaped once more: rather too much is taken than too little.
SHOWN = NAMED + r"(\\*'(?:.*?(?<!\\)'(?=[\s\"',)]|$)|.*)|(?:\\+\s|(?!['\"](?:[\s,)]|$))\S)+)"
#: Bytes of a table's name: PostgreSQL cuts names at 63, and those of a table's indexes are a little longer.
LONGEST = 51
CASTS = {
    "ordered": "held.one::numeric",
    "folded": "held.one",
    **dict.fromkeys(("date", "zoned", "moment"), 'held.one COLLATE "C"'),
}


def id_columns(key: str | int) -> tuple[str, bool]:
    """An id as a text and whether it is a number: ``"7"`` and ``7`` are two ids.

    >>> id_columns(7), id_columns("a\\\\b"), id_of(*id_columns("a\\\\b"))
    (('7', True), ('a\\\\005cb', False), 'a\\\\b')
    """
    if isinstance(key, str):
        return ESCAPED.sub(lambda found: f"\\{ord(found[0]):04x}", key), False
    return str(key), True


def id_of(text: str, whole: bool) -> str | int:
    """The id of two columns."""
    return int(text) if whole else UNESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def table_of(name: str) -> str:
    """A table's name made of any name, short enough to have a modality added.

    >>> table_of("on-postgres"), table_of("2 models"), len(table_of("m" * 99))
    ('on_postgres', '_2_models', 45)
    """
    table = re.sub(r"\W", "_", name) or "items"
    return cut(f"_{table}" if table[0].isdigit() else table, LONGEST - len("_image"))


def cut(text: str, n_bytes: int) -> str:
    """The beginning of a text, of at most so many bytes of UTF-8."""
    return text.encode("utf-8", "replace")[:n_bytes].decode("utf-8", "ignore")


def sql_condition(condition: Condition) -> tuple[str, list[Any]]:
    """What stands after WHERE, true or false for every row, and its parameters.

    >>> sql_condition(Negated(Test("label", "text", "=", "dog")))
    ('NOT facets @> %s::jsonb', ['{"label": {"text": ["dog"]}}'])
    """
    if isinstance(condition, Negated):
        text, values = sql_condition(condition.part)
        return f"NOT {text}", values
    if isinstance(condition, Test):
        return _test(condition)
    parts = [sql_condition(part) for part in condition.parts]
    word = " AND " if isinstance(condition, AllOf) else " OR "
    empty = "TRUE" if isinstance(condition, AllOf) else "FALSE"
    joined = word.join(text for text, _ in parts) if parts else empty
    return f"({joined})", [value for _, values in parts for value in values]


def _test(test: Test) -> tuple[str, list[Any]]:
    key, value = UNSTORABLE.sub(STAND_IN, test.key), UNSTORABLE.sub(STAND_IN, test.value)
    if test.operator == "=":
        return "facets @> %s::jsonb", [json.dumps({key: {test.kind: [value]}})]
    stored = f"jsonb_array_elements_text(COALESCE(facets -> %s -> '{test.kind}', '[]')) AS held(one)"
    if test.operator == "contains":
        return f"EXISTS (SELECT 1 FROM {stored} WHERE position(%s::text IN held.one) > 0)", [key, value]
    cast = "%s::numeric" if test.kind == "ordered" else "%s::text"
    return f"EXISTS (SELECT 1 FROM {stored} WHERE {CASTS[test.kind]} {test.operator} {cast})", [key, value]


def without_password(url: str) -> str:
    """An address as it may be saved.

    >>> without_password("postgresql://me:secret@host/db"), without_password("host=h password='s e' user=me")
    ('postgresql://me@host/db', 'host=h user=me')
    """
    url = re.sub(USERS, r"\1@", url)
    if "://" in url:
        return re.sub(r"(?<=[?&])(?:ssl)?password=[^&]*&?", "", url).rstrip("?&")
    return re.sub(r"\s*" + WORDS, "", url)


def without_passwords(text: str) -> str:
    """A text in which addresses stand, as it may be shown.

    >>> without_passwords("Index(url='postgres://me:secret@host/db?password=two', table='a')")
    "Index(url='postgres://me@host/db?password=...', table='a')"
    """
    return re.sub(SHOWN, "password=...", re.sub(USERS, r"\1@", text), flags=re.DOTALL)
