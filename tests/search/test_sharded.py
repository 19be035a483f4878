"""Several indexes are one: the same answers over many random cases, and a shard that fails is named."""

import time

import numpy as np
import pytest

from classicxm import persistence
from classicxm.alignment import CCA
from classicxm.errors import ShardFailedError, ShardMissingWarning
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import ExactIndex, LSHIndex, PgVectorIndex, ShardedIndex
from classicxm.search.sharded import place_of
from classicxm.text import TfidfText
from tests.scale.collections import COLOURS, picture

#: Many equal vectors and scores: ties everywhere.
VECTORS = np.random.default_rng(0).integers(-1, 2, (27, 3)).astype(float)


class Broken(ExactIndex):
    """Fails when it is asked."""

    def search(self, queries, k=10, allowed=None):
        raise OSError("the wire is cut")


class Slow(ExactIndex):
    """Answers late."""

    def search(self, queries, k=10, allowed=None):
        time.sleep(0.6)
        return super().search(queries, k, allowed)


def random_case(random, sharded, one, steps):
    """Random additions, removals and searches, of which the answers are compared."""
    held, fresh = [], 0
    for _ in range(steps):
        kind = random.random()
        if kind < 0.5 or not held:
            n = int(random.integers(1, 9))
            ids = [fresh + i if random.random() < 0.5 else f"t{fresh + i}" for i in range(n)]
            fresh += n
            rows = VECTORS[random.integers(0, 27, n)]
            held += ids
            for index in (sharded, one):
                index.add(rows, ids)
        elif kind < 0.7:
            some = [held[i] for i in random.choice(len(held), int(random.integers(1, len(held) + 1)), False)]
            held = [key for key in held if key not in set(some)]
            for index in (sharded, one):
                index.remove(some)
        queries, k = VECTORS[random.integers(0, 27, 2)], int(random.integers(1, 12))
        allowed = None if random.random() < 0.6 else [key for key in held if random.random() < 0.5]
        found, expected = sharded.search(queries, k, allowed), one.search(queries, k, allowed)
        assert found[0].tolist() == expected[0].tolist()
        np.testing.assert_array_equal(found[1], expected[1])
    assert sharded.ids() == one.ids() and len(sharded) == len(one)
    if held:
        np.testing.assert_array_equal(sharded.vectors(held), one.vectors(held))


@pytest.mark.slow
@pytest.mark.parametrize("n_shards", [1, 2, 5])
@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_exact_shards_answer_as_one_exact_index(n_shards, metric):
    random = np.random.default_rng([n_shards, len(metric)])
    for _ in range(112):  # 9 times 112 is over 1000
        sharded = ShardedIndex([ExactIndex(metric) for _ in range(n_shards)])
        random_case(random, sharded, ExactIndex(metric), 6)


@pytest.mark.slow
def test_two_postgresql_servers_answer_as_one_exact_index(postgres):
    urls, random = (postgres("first"), postgres("second")), np.random.default_rng(0)
    for case in range(25):
        parts = [PgVectorIndex(url, f"case{case}") for url in urls]
        random_case(random, ShardedIndex(parts), ExactIndex(), 8)
        assert all(len(part) for part in parts) or case


def test_items_are_placed_by_their_ids_alone():
    index = ShardedIndex([ExactIndex() for _ in range(3)]).add(VECTORS, range(27))
    for number, child in enumerate(index.children):
        assert [place_of(key, 3) for key in child.ids()] == [number] * len(child)


@pytest.mark.parametrize("saved", [False, True])
def test_what_shards_held_before_is_found_and_can_be_removed(saved, tmp_path):
    parts = [ExactIndex().add(VECTORS[:5], list("abcde")), ExactIndex().add(VECTORS[5:9], list("fghi"))]
    index = ShardedIndex(parts).add(VECTORS[9:12], list("xyz"))
    if saved:
        index = persistence.load(persistence.save(index, tmp_path / "index"))
    assert index.ids() == list("abcdefghixyz")
    one = ExactIndex().add(VECTORS[:12], list("abcdefghixyz"))
    assert (
        index.search(VECTORS, 12, list("bfxz"))[0].tolist()
        == one.search(VECTORS, 12, list("bfxz"))[0].tolist()
    )
    index.remove(list("afz"))
    assert index.ids() == list("bcdeghixy")
    assert "a" not in index and "b" in index


def test_a_shard_that_fails_is_named_and_never_missing_in_silence():
    index = ShardedIndex([ExactIndex(), Broken(), ExactIndex()]).add(VECTORS, range(27))
    with pytest.warns(
        ShardMissingWarning, match=r"shard 1 \(Broken\) did not answer: OSError the wire is cut; 2 of 3"
    ):
        found = index.search(VECTORS[:2], 27)
    assert found.missing == ("shard 1 (Broken)",)
    ids, _ = found
    assert {key for key in ids[0] if key is not None} == {key for key in range(27) if place_of(key, 3) != 1}
    with pytest.raises(ShardFailedError, match="shard 1"):
        ShardedIndex(index.children, on_failure="raise").search(VECTORS[:2], 3)
    with (
        pytest.raises(ShardFailedError, match="none of 1 shards answered"),
        pytest.warns(ShardMissingWarning),
    ):
        ShardedIndex([Broken().add(VECTORS, range(27))]).search(VECTORS[:2], 3)


def test_a_shard_that_is_late_is_named():
    index = ShardedIndex([ExactIndex(), Slow()], timeout=0.2).add(VECTORS, range(27))
    with pytest.warns(ShardMissingWarning, match=r"no answer in 0.2 s; 1 of 2"):
        assert index.search(VECTORS[:1], 3).missing == ("shard 1 (Slow)",)


def test_an_addition_that_a_shard_refuses_adds_nothing():
    class Full(ExactIndex):
        def add(self, vectors, ids):
            raise OSError("no space left")

    index = ShardedIndex([ExactIndex(), Full()])
    with pytest.raises(
        ShardFailedError, match=r"shard 1 \(Full\) failed: OSError no space left; nothing was changed"
    ):
        index.add(VECTORS, range(27))
    assert (len(index), index.ids()) == (0, [])


def test_children_are_of_one_metric():
    with pytest.raises(ValueError, match=r"one metric, got \['cosine', 'euclidean'\]"):
        ShardedIndex([ExactIndex(), ExactIndex("euclidean")]).add(VECTORS, range(27))


def test_hits_of_a_retriever_name_the_shards_that_are_missing():
    random = np.random.default_rng(0)
    views = {
        "text": [f"a {colour} sheet" for colour in COLOURS] * 5,
        "image": [picture(colour, "plain", random) for colour in COLOURS] * 5,
    }
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    retriever = CrossModalRetriever(extractors, CCA(2), ShardedIndex([ExactIndex(), LSHIndex()])).fit(views)
    retriever.add("image", views["image"], range(20), [{"n": n} for n in range(20)])
    assert retriever.search({"text": "a red sheet"}, "image", 3).missing == ()
    assert len(retriever.search({"text": "a red sheet"}, "image", 20, where="n<7")) == 7
    retriever.indexes_["image"].children[1] = Broken()
    for fusion in ("early", "rrf", "confidence"):
        with pytest.warns(ShardMissingWarning):
            hits = retriever.search({"text": "red", "image": views["image"][0]}, "image", 3, fusion=fusion)
        assert hits.missing == ("shard 1 (Broken)",)
        assert hits[:2].missing == hits.missing and len(hits) == 3


def test_what_filters_look_at_is_read_by_position():
    pandas = pytest.importorskip("pandas")
    children = [Remembering(), Remembering()]
    index = ShardedIndex(children)
    facets = pandas.Series([{"n": 0}, {"n": 1}, {"n": 2}], index=[2, 0, 1])
    index.add(np.eye(3), ["a", "b", "c"], facets=facets)
    held = children[0].facets | children[1].facets
    assert held == {"a": {"n": 0}, "b": {"n": 1}, "c": {"n": 2}}
    index.update_facets(["a", "c"], pandas.Series([{"n": 5}, {"n": 6}], index=[1, 0]))
    held = children[0].facets | children[1].facets
    assert held == {"a": {"n": 5}, "b": {"n": 1}, "c": {"n": 6}}
    with pytest.raises(ValueError, match="got 1 facets and 2 ids"):
        index.update_facets(["a", "c"], [{"n": 5}])


class Remembering(ExactIndex):
    """An index that looks after filters itself, as far as to keep what it is given."""

    filters_itself = True

    def add(self, vectors, ids, facets=None):
        self.facets = dict(getattr(self, "facets", {})) | dict(zip(ids, facets, strict=True))
        return super().add(vectors, ids)

    def update_facets(self, ids, facets):
        self.facets |= dict(zip(ids, facets, strict=True))
