"""What a table of PostgreSQL is asked, and what is refused before anything is asked.

`tests/search/test_stores.py` holds the same index to the contract of all indexes, on a real server.
"""

import contextlib
import copy
import pickle
import sys

import numpy as np
import pytest

from classicxm import persistence
from classicxm.errors import MissingExtraError
from classicxm.search import PgVectorIndex
from classicxm.search.conditions import Negated, Test

URL = "postgresql://me:secret@127.0.0.1:1/db"


class Recorder:
    """A connection that writes down what it is told, and knows one table of 3 items of 2 dimensions."""

    closed = broken = False
    facts = {"width": (2,), "metric": ("dot",), "n": (3,), "indexed": (False,)}

    def __init__(self):
        self.told = []

    def transaction(self):
        return contextlib.nullcontext()

    def execute(self, text, given=(), binary=False):
        self.told.append((text, given))
        self.fact = next(
            (value for name, value in self.facts.items() if text.startswith(f"SELECT {name} ")), None
        )
        return self

    def fetchone(self):
        return self.fact

    def __iter__(self):
        return iter(())


@pytest.fixture
def recorder(monkeypatch):
    connection = Recorder()
    monkeypatch.setattr(PgVectorIndex, "_connected", lambda index: connection)
    return connection


@pytest.mark.parametrize("table", ["items", "été_2", "_" * 51])
def test_a_name_stands_in_quotes(recorder, table):
    PgVectorIndex(URL, table).clear()
    assert recorder.told[0][0] == f'DROP TABLE IF EXISTS "{table}"'


@pytest.mark.parametrize(
    "table", ["", "2", "a-b", 'a"; DROP TABLE b; --', "a b", "items\n", "_" * 52, "é" * 26]
)
def test_other_names_are_refused_before_anything_is_asked(recorder, table):
    with pytest.raises(
        ValueError, match="table must be a name of letters, digits and underscores, at most 51"
    ):
        PgVectorIndex(URL, table).clear()
    assert recorder.told == []


def test_a_filter_and_its_values_go_to_the_server_apart(recorder):
    index = PgVectorIndex(URL, metric="dot")
    condition = Negated(Test("colour", "text", "=", "'; --"))
    ids, scores = index.search(np.ones((1, 2)), 4, allowed=[7, "7"], where=condition)
    assert ids.tolist() == [[None] * 4] and np.isneginf(scores).all()
    text, given = recorder.told[-2]  # the last asks whether there is an HNSW index
    assert "WHERE TRUE AND NOT facets @> %s::jsonb AND (id, whole) IN" in text
    assert "ORDER BY embedding <#> q.v, seq LIMIT %s" in text and "--" not in text
    assert given[1:4] == ('{"colour": {"text": ["\'; --"]}}', ["7", "7"], [True, False])


def test_a_table_of_another_metric_is_refused(recorder):
    with pytest.raises(ValueError, match="table 'items' was made for metric 'dot', not 'cosine'; use that"):
        PgVectorIndex(URL).search(np.ones((1, 2)))


def test_bad_parameters_and_vectors_are_refused_before_anything_is_asked(recorder):
    with pytest.raises(ValueError, match="metric must be"):
        PgVectorIndex(URL, metric="jaccard").add(np.eye(2), ["a", "b"])
    with pytest.raises(ValueError, match="the vector of id 'b' has NaN"):
        PgVectorIndex(URL).add([[1, 2], [1, np.nan]], ["a", "b"])
    assert recorder.told == [] and PgVectorIndex(URL).add(np.empty((0, 2)), []) is not None


def test_views_get_tables_and_metrics_of_their_own():
    of_image = PgVectorIndex(URL, "model", n_links=8).of_view("image", "dot")
    assert (of_image.table, of_image.metric, of_image.n_links) == ("model_image", "dot", 8)
    assert PgVectorIndex(URL, metric="euclidean").of_view("text", "dot").metric == "euclidean"


def test_a_password_is_neither_shown_nor_saved(tmp_path):
    index = PgVectorIndex(URL)
    assert "secret" not in repr(index) and b"secret" not in pickle.dumps(index)
    assert copy.deepcopy(index).url == URL
    saved = persistence.save(index, tmp_path / "index")
    assert persistence.load(saved).url == "postgresql://me@127.0.0.1:1/db"


def test_no_server_is_one_line_without_the_password():
    pytest.importorskip("psycopg")
    pytest.importorskip("pgvector")
    with pytest.raises(
        ConnectionError, match=r"^no PostgreSQL at postgresql://me@127\.0\.0\.1:1/db: [^\n]*$"
    ):
        len(PgVectorIndex(URL))


@pytest.mark.parametrize("lacking", ["psycopg", "pgvector.psycopg"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, lacking):
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(MissingExtraError, match=r'run: pip install "classicxm\[postgres\]"'):
        PgVectorIndex(URL).ids()
