"""What PostgreSQL is given: conditions beside their values, ids that come back, addresses without passwords."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classicxm.search import PgVectorIndex, QdrantIndex, ShardedIndex
from classicxm.search.conditions import AllOf, AnyOf, Negated, Test, holds
from classicxm.search.sql import (
    LONGEST,
    cut,
    id_columns,
    id_of,
    sql_condition,
    table_of,
    without_password,
    without_passwords,
)

any_text = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates and NUL too
ids = any_text | st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=50)
@given(ids, ids)
def test_ids_come_back_and_no_two_are_one(one, other):
    text, whole = id_columns(one)
    assert id_of(text, whole) == one and type(id_of(text, whole)) is type(one)
    assert "\0" not in text and text == text.encode("utf-8").decode("utf-8")
    assert (id_columns(other) == (text, whole)) == (other == one)


@given(any_text)
def test_every_name_makes_a_table_s_name(name):
    table = table_of(name)
    assert re.fullmatch(r"[^\W\d]\w*", table)
    assert len(f"{table}_image".encode()) <= LONGEST


def test_no_letter_is_cut_in_two():
    assert [cut("aé", n) for n in (0, 1, 2, 3)] == ["", "a", "a", "aé"]


QUOTE = "'; DROP TABLE items; --%s"
RED, EARLY = Test("colour", "text", "=", "red"), Test("year", "ordered", "<", "7.5")
CONDITIONS = [
    RED,
    Negated(RED),
    EARLY,
    Test("day", "date", ">=", "2001-02-03"),
    Test("day", "zoned", ">=", "2001-02-03"),
    AnyOf(
        (Test("day", "moment", "<", "2001-02-03T10:00:00"), Test("day", "date", "<", "2001-02-03T12:00:00"))
    ),
    Test("colour", "folded", "contains", "e"),
    Test("colour", "folded", "contains", QUOTE),
    Test(QUOTE, "text", "=", QUOTE),
    Test(QUOTE, "ordered", ">", "1"),
    Test("colour", "text", "=", "x\0y"),
    AllOf((RED, Negated(AnyOf((EARLY, Test("year", "number", "=", "9")))))),
    AllOf(()),
    AnyOf(()),
    Negated(AllOf((Negated(RED), EARLY))),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_values_stand_beside_the_text_and_never_in_it(condition):
    text, values = sql_condition(condition)
    assert text.count("%s") == len(values) and text.count("(") == text.count(")")
    assert "DROP" not in text and "\0" not in "".join(values)


def test_parts_are_joined_in_brackets():
    red = "facets @> %s::jsonb"
    either = AnyOf((RED, AllOf((RED, Negated(RED)))))
    assert sql_condition(either) == (
        f"({red} OR ({red} AND NOT {red}))",
        ['{"colour": {"text": ["red"]}}'] * 3,
    )
    assert [sql_condition(one)[0] for one in (AllOf(()), AnyOf(()))] == ["(TRUE)", "(FALSE)"]


STORED = [
    {},
    {"colour": {"text": ["red"], "folded": ["red"]}, "year": {"ordered": ["7"], "number": ["7"]}},
    {
        "colour": {"text": ["red", QUOTE], "folded": ["red", QUOTE]},
        "year": {"ordered": ["9"], "number": ["9"]},
    },
    {QUOTE: {"text": [QUOTE], "ordered": ["10"]}, "day": {"date": ["2001-02-03"]}},
    {"day": {"zoned": ["2001-02-03T12:00:00"], "moment": ["2001-02-03T09:59:59"]}},
    {"day": {"date": ["1999-12-31", "2000-01-01"]}, "year": {"ordered": ["100"]}},
]


@pytest.mark.slow
def test_the_server_says_what_python_says(postgres_url):
    import psycopg
    from psycopg.types.json import Jsonb

    with psycopg.connect(postgres_url) as connection:
        for condition in CONDITIONS:
            text, values = sql_condition(condition)
            for facets in STORED:
                asked = f"SELECT {text} FROM (SELECT %s::jsonb AS facets) AS items"
                found = connection.execute(asked, (*values, Jsonb(facets))).fetchone()[0]
                assert found is holds(condition, facets), (condition, facets)


ADDRESSES = [
    ("postgresql://me:secret@host:5432/db", "postgresql://me@host:5432/db"),
    ("postgresql://me@host/db?password=secret&table=t", "postgresql://me@host/db?table=t"),
    ("postgresql://me@host/db?password=secret", "postgresql://me@host/db"),
    ("postgresql://host/db?password=secret&sslpassword=secret", "postgresql://host/db"),
    ("host=h password=secret user=me", "host=h user=me"),
    ("host=h sslpassword=secret user=me", "host=h user=me"),
    ("host=h password=se'cr\"secret user=me", "host=h user=me"),
    (r"host=h password=se\ secret user=me", "host=h user=me"),
    (r"password = 'se\'secret' host=h", " host=h"),
    (r"""password = 'se"\'secret' host=h""", " host=h"),
    (r"password='se cret secret\\' host=h", " host=h"),
    ("postgresql://me@host/db?connect_timeout=9", "postgresql://me@host/db?connect_timeout=9"),
    ("http://host:6333", "http://host:6333"),
    ("/data/points", "/data/points"),
]


@pytest.mark.parametrize(("url", "bare"), ADDRESSES)
def test_no_password_is_left(url, bare):
    assert without_password(url) == bare
    shown = without_passwords(f"no server at {url} today")
    assert "secret" not in shown and "cret" not in shown and shown.startswith("no server at ")
    assert "today" in shown or "\\" in url


@pytest.mark.parametrize(("url", "bare"), ADDRESSES)
def test_no_password_is_shown_of_an_index(url, bare):
    several = ShardedIndex([PgVectorIndex(url, "first"), PgVectorIndex(url, "second")])
    for shown in map(repr, (PgVectorIndex(url), several, QdrantIndex(url))):
        assert "cret" not in shown
    if "\\" not in url:
        assert "table='first'" in repr(several) and "table='second'" in repr(several)


@pytest.mark.parametrize(
    ("url", "bare"),
    [one for one in ADDRESSES if "host=" in one[0] or "//host/" in one[0] or "@host/" in one[0]],
)
def test_libpq_reads_the_same_but_for_passwords(url, bare):
    parsed = pytest.importorskip("psycopg.conninfo", reason="psycopg is not installed").conninfo_to_dict
    url, bare = (one.replace("&table=t", "").replace("?table=t", "") for one in (url, bare))  # ours alone
    whole, rest = parsed(url), parsed(bare)
    assert {key: value for key, value in whole.items() if not key.endswith("password")} == rest
    assert whole == rest or any("cret" in value for key, value in whole.items() if key.endswith("password"))
