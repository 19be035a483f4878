"""What a table of PostgreSQL is asked, and what is refused before anything is asked.

`tests/search/test_stores.py` holds the same index to the contract of all indexes, on a real server.
"""

import copy
import pickle

import numpy as np
import pytest

from classicxm import persistence
from classicxm.search import PgVectorIndex
from classicxm.search.conditions import Negated, Test

URL = "postgresql://me:secret@127.0.0.1:1/db"


def test_a_filter_and_its_values_go_to_the_server_apart(recorder):
    index = PgVectorIndex(URL, metric="dot")
    condition = Negated(Test("colour", "text", "=", "'; --"))
    ids, scores = index.search(np.ones((1, 2)), 4, allowed=[7, "7"], where=condition)
    assert ids.tolist() == [[None] * 4] and np.isneginf(scores).all()
    text, given = recorder.told[-2]  # the last asks whether there is an HNSW index
    assert "WHERE TRUE AND NOT facets @> %s::jsonb AND (id, whole) IN" in text
    assert "ORDER BY embedding <#> q.v, seq LIMIT %s" in text and "--" not in text
    assert given[1:4] == ('{"colour": {"text": ["\'; --"]}}', ["7", "7"], [True, False])


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
