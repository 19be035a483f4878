"""Both ways to Qdrant store, filter and forget alike, and a place is open once."""

import sys
from uuid import UUID

import numpy as np
import pytest

from classicxm.errors import MissingExtraError
from classicxm.search import qdrant_backends as module
from classicxm.search.qdrant_backends import EdgeBackend, ServerBackend, backend_of

NUMBERS = [str(UUID(int=n + 1)) for n in range(12)]
VECTORS = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
TOKENS = [{"ab"[n % 2], *(["third"] if n % 3 == 0 else [])} for n in range(12)]


@pytest.fixture(params=["edge", "server"])
def backend(request, tmp_path):
    """A backend with 12 points; of the server's client the one that keeps everything in memory."""
    if request.param == "edge":
        pytest.importorskip("qdrant_edge", reason="the extra qdrant is not installed")
        made = EdgeBackend(tmp_path / "points", "dot", 10_000)
    else:
        pytest.importorskip("qdrant_client", reason="qdrant-client is not installed")
        made = ServerBackend(":memory:", "items", "dot")
    assert (made.count(), made.every(), made.retrieve(NUMBERS)) == (0, [], [])
    points = zip(NUMBERS, VECTORS.tolist(), [{"facets": sorted(tokens)} for tokens in TOKENS], strict=True)
    made.upsert(list(points), 3)
    yield made
    made.shut()


def passes(rule, tokens):
    if isinstance(rule, str):
        return rule in tokens
    ((joined, parts),) = rule.items()
    found = [passes(part, tokens) for part in parts]
    return {"must": all(found), "should": any(found), "must_not": not any(found)}[joined]


@pytest.mark.filterwarnings("ignore")
def test_rules_admit_what_they_say(backend):
    for rule in (
        "a",
        {"must_not": ["a"]},
        {"must": ["a", "third"]},
        {"should": ["a", "third"]},
        {"should": []},
        {"must": []},
        {"must_not": [{"should": []}]},
        {"must": ["third", {"must_not": [{"should": ["a", "nothing"]}]}]},
    ):
        (found,) = backend.search(VECTORS[:1], 12, None, rule, 128)
        assert {one.number for one in found} == {
            number for number, tokens in zip(NUMBERS, TOKENS, strict=True) if passes(rule, tokens)
        }, rule
        (both,) = backend.search(VECTORS[:1], 12, NUMBERS[:4], rule, 128)
        assert {one.number for one in both} == {one.number for one in found} & set(NUMBERS[:4])


def test_answers_are_nearest_first_with_their_vectors(backend):
    for query, found in zip(VECTORS, backend.search(VECTORS, 5, None, None, 128), strict=True):
        expected = np.argsort(-VECTORS @ query)[:5]
        assert [one.number for one in found] == [NUMBERS[n] for n in expected]
        np.testing.assert_allclose([one.vector for one in found], VECTORS[expected], atol=1e-6)
    assert backend.search(VECTORS[:2], 5, [], None, 128) == [[], []]


def test_points_are_read_page_by_page_and_forgotten(backend, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 5)
    assert sorted(one.number for one in backend.every()) == NUMBERS
    backend.delete(NUMBERS[:2])
    backend.delete([])
    backend.set_payload(NUMBERS[2], {"facets": ["new"]})
    assert backend.count() == 10
    (found,) = backend.retrieve([NUMBERS[0], NUMBERS[2], NUMBERS[2]])
    assert (found.number, found.payload["facets"], found.vector) == (NUMBERS[2], ["new"], None)
    backend.drop()
    assert (backend.width, backend.count()) == (None, 0)


def test_places_in_the_order_never_go_back(backend):
    assert [backend.next_place(least) for least in (5, 5, 3, 9)] == [5, 6, 7, 9]


def test_a_place_is_shared_until_its_last_holder_lets_go(tmp_path, monkeypatch):
    pytest.importorskip("qdrant_edge", reason="the extra qdrant is not installed")
    monkeypatch.chdir(tmp_path)
    first, second = (backend_of(place, "items", "dot", 10) for place in ("points", str(tmp_path / "points")))
    assert first is second and backend_of("points", "others", "dot", 10) is not first
    first.upsert([(NUMBERS[0], [1.0, 0.0], {"facets": []})], 2)
    first.flush(0)
    first.close()
    assert second.count() == 1
    second.close()
    again = backend_of("points", "items", "dot", 10)
    assert again is not first and (again.width, again.count()) == (2, 1)
    again.close()


@pytest.mark.parametrize(
    ("place", "lacking", "package"),
    [("folder", "qdrant_edge", "qdrant-edge-py"), ("http://host:6333", "qdrant_client", "qdrant-client")],
)
def test_a_missing_package_is_named_with_its_extra(place, lacking, package, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, lacking, None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        MissingExtraError, match=rf'^{package} is not installed; run: .*"classicxm\[qdrant\]"'
    ):
        backend_of(place, "items", "dot", 10)
    assert not list(tmp_path.iterdir())
