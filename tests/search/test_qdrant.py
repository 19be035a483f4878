"""What an index of Qdrant adds to the contract that `tests/search/test_stores.py` holds every index to."""

import copy

import numpy as np
import pytest

from classicxm import persistence
from classicxm.search import QdrantIndex
from classicxm.search import qdrant as module
from classicxm.search.conditions import AllOf, AnyOf, Negated, Test

VECTORS = np.random.default_rng(0).normal(size=(10, 3))
RED = Test("colour", "text", "=", "red")


@pytest.fixture
def index(tmp_path):
    pytest.importorskip("qdrant_edge", reason="the extra qdrant is not installed")
    made = QdrantIndex(str(tmp_path / "points"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        (RED, True),
        (Test("year", "number", "=", "7"), True),
        (Negated(AllOf((RED, AnyOf(()), Test("old", "flag", "=", "true")))), True),
        (Test("year", "ordered", "<", "7"), False),
        (Test("day", "date", ">=", "2000-01-01"), False),
        (Negated(AnyOf((RED, Test("colour", "folded", "contains", "r")))), False),
    ],
)
def test_equality_alone_is_left_to_qdrant(condition, taken):
    assert QdrantIndex("unused").accepts(condition) == taken


def test_many_points_are_sent_a_few_at_a_time(index, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 3)
    index.add(VECTORS, range(10))
    assert index.ids() == list(range(10))
    np.testing.assert_allclose(
        index.vectors(range(10)), VECTORS / np.linalg.norm(VECTORS, axis=1)[:, None], atol=1e-6
    )


def test_an_addition_that_fails_midway_leaves_nothing(index, monkeypatch):
    index.add(VECTORS[:2], ["a", "b"])
    monkeypatch.setattr(module, "BATCH", 3)
    upsert, sent = index._backend.upsert, []

    def failing(points, width):
        if sent:
            raise OSError("no space left on device")
        sent.append(upsert(points, width))

    monkeypatch.setattr(index._backend, "upsert", failing)
    with pytest.raises(OSError, match="no space left"):
        index.add(VECTORS[2:], range(8))
    assert sent and index.ids() == ["a", "b"]


def test_conditions_follow_changed_facets(index):
    index.add(
        VECTORS[:3], ["a", "b", 7], [{"colour": {"text": ["red", "blue"]}}, {}, {"colour": {"text": ["sea"]}}]
    )
    assert set(index.search(VECTORS[:1], 3, where=RED)[0][0]) == {"a", None}
    index.update_facets([7, "7"], [{"colour": {"text": ["red"]}}, {"colour": {"text": ["red"]}}])
    assert set(index.search(VECTORS[:1], 3, where=RED)[0][0]) == {"a", 7, None}
    assert set(index.search(VECTORS[:1], 3, where=Negated(RED))[0][0]) == {"b", None}


def test_what_is_cleared_may_be_of_other_dimensions_next(index):
    index.add(VECTORS, range(10)).clear()
    assert (len(index), index.ids()) == (0, [])
    assert index.add(np.eye(2), ["a", "b"]).search([[1, 0]], 1)[0].tolist() == [["a"]]


def test_a_model_remembers_the_folder_wherever_it_is_opened(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    near = QdrantIndex("points").add(VECTORS, range(10))
    saved = persistence.save(near, tmp_path / "saved")
    near.close()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = persistence.load(saved)
    assert again.place == index.place and len(again) == 10
    again.close()


def test_copies_and_views():
    index = QdrantIndex("http://me:secret@host:6333", "model", n_visited=9)
    assert copy.deepcopy(index).place == index.place and "secret" not in repr(index)
    view = index.of_view("image", "dot")
    assert (view.collection, view.metric, view.n_visited) == ("model_image", "dot", 9)
    assert QdrantIndex("unused", metric="euclidean").of_view("text", "dot").metric == "euclidean"
