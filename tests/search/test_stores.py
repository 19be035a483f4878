"""One contract for all indexes: what is kept, found, filtered, refused, and there again after a crash."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas
import pytest

from classicxm import persistence
from classicxm.search import MultiVectorIndex, PgVectorIndex, QdrantIndex, ShardedIndex
from classicxm.search.conditions import AllOf, AnyOf, Negated, Test, holds
from classicxm.search.postgres_rows import objects_of
from classicxm.testing import check_index
from tests.search.oracle import BruteForce, same_answers, valid_answers
from tests.search.stores import COUNTER, EVERY, EXACT, KEPT, MEMORY, SAVED, Store

VECTORS = (
    np.random.default_rng(0).integers(-3, 4, (60, 4)) + np.random.default_rng(1).normal(size=(60, 4)) / 100
)
AWKWARD = [
    "",
    " ",
    "ü",
    "u\u0308",
    "日本語",
    "a\\b",
    "a\0b",
    "\ud800",
    "7",
    7,
    -1,
    2**40,
    "x" * 300,
    "'; DROP TABLE items",
]
SERVERS = {"postgres", "sharded-postgres"}
#: Those that look after filters themselves.
FILTERING = ("qdrant", "qdrant-client", "postgres", "sharded-postgres")


def parameters(names):
    marks = {name: [pytest.mark.slow] if name in SERVERS else [] for name in names}
    return [pytest.param(name, marks=marks[name]) for name in names]


@pytest.fixture(params=parameters(EVERY))
def store(request, tmp_path):
    name = request.param
    for module in (
        ("qdrant_edge",) if name == "qdrant" else ("qdrant_client",) if name == "qdrant-client" else ()
    ):
        pytest.importorskip(module)
    url = request.getfixturevalue("postgres_url") if name in SERVERS else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = Store.made(name, tmp_path, url)
        yield made
        if hasattr(made.index, "close"):
            with contextlib.suppress(Exception):
                made.index.close()


def test_the_role(store):
    if store.name in MEMORY:
        pytest.skip("qdrant-client's memory is another one for every client")
    check_index(store.index)


def test_add_replace_and_remove(store):
    index, model = store.index, BruteForce()
    for one in (index, model):
        one.add(VECTORS[:40], range(40))
    index.remove([3, 5]).add(VECTORS[50:51], [3])
    model.remove([3, 5])
    model.add(VECTORS[50:51], [3])
    assert len(index) == 39
    assert index.ids() == [*(n for n in range(40) if n not in (3, 5)), 3]
    assert 5 not in index and 3 in index
    unit = VECTORS[50] / np.linalg.norm(VECTORS[50])
    np.testing.assert_allclose(index.vectors([3])[0], unit, atol=1e-6)
    if store.name in EXACT:
        same_answers(index, model, VECTORS[:9], 5)
    ranks = index.insertion_ranks([3, 0, 39, "nobody"])
    assert ranks[1] < ranks[2] < ranks[0] < ranks[3]


def test_fewer_than_asked_for_and_none(store):
    index = store.index
    assert index.search(VECTORS[:2], 3)[0].tolist() == [[None] * 3] * 2
    assert (len(index), index.ids()) == (0, [])
    index.add(VECTORS[:4], list("abcd"))
    ids, scores = index.search(VECTORS[:2], 9)
    assert ids.shape == scores.shape == (2, 9)
    valid_answers(ids, scores, set("abcd"))
    if store.name in EXACT:
        assert (ids != None).sum() == 8  # noqa: E711
    assert index.search(VECTORS[:2], 2, allowed=[])[0].tolist() == [[None, None]] * 2
    assert index.search(VECTORS[:0], 2)[0].shape == (0, 2)
    index.remove(list("abcd"))
    assert len(index) == 0
    assert index.search(VECTORS[:1], 2)[0].tolist() == [[None, None]]


def test_ids_of_any_letters(store):
    index = store.index.add(VECTORS[: len(AWKWARD)], AWKWARD)
    assert index.ids() == AWKWARD
    for key in AWKWARD:
        assert key in index
        if store.name in EXACT:
            assert index.search(index.vectors([key]), 1)[0][0, 0] == key
    index.remove(["7", "'; DROP TABLE items"])
    assert 7 in index and "7" not in index
    assert len(index) == len(AWKWARD) - 2
    for strange in (None, 1.5, True, ("a",)):
        assert strange not in index or (strange is True and 1 in index)


def test_what_is_refused_changes_nothing(store):
    index = store.index.add(VECTORS[:20], range(20))
    for vectors, ids, message in (
        ([[1, 2, 3, np.nan]], ["new"], "the vector of id 'new' has NaN"),
        (np.ones((1, 3)), ["new"], "holds vectors of 4 dimensions, got 3"),
        (np.ones((2, 4)), ["new", 7], "id 7 is already in the index"),
        (np.ones((2, 4)), ["new", "new"], "id 'new' is given twice"),
    ):
        with pytest.raises(ValueError, match=message):
            index.add(vectors, ids)
    with pytest.raises(KeyError, match="id 'nobody' is not in the index"):
        index.remove([1, "nobody"])
    with pytest.raises(KeyError, match="id 'nobody' is not in the index"):
        index.vectors([1, "nobody"])
    with pytest.raises(ValueError, match="query 0 has NaN"):
        index.search([[np.nan] * 4])
    with pytest.raises(ValueError, match="k must be an integer of at least 1"):
        index.search(VECTORS[:1], 0)
    assert index.ids() == list(range(20))
    assert index.add(VECTORS[20:21], ["new"]).ids() == [*range(20), "new"]


def test_ties_go_to_the_item_added_first(store):
    if store.name not in EXACT:
        pytest.skip("finds what it finds")
    index = store.index.add(np.tile(VECTORS[:1], (30, 1)), range(30, 0, -1))
    index.remove([29]).add(VECTORS[:1], [29])
    ids, scores = index.search(VECTORS[:1], 30)
    assert ids[0].tolist() == [30, *range(28, 0, -1), 29]
    assert (scores == scores[0, 0]).all()


def test_what_was_acknowledged_is_there_when_it_is_opened_again(store):
    store.index.add(VECTORS[:30], range(30)).remove(range(5)).add(VECTORS[:2], ["ü", "b"])
    store.acknowledge()
    before = store.index.search(VECTORS[:9], 6)
    again = store.reopened()
    assert again.ids() == [*range(5, 30), "ü", "b"]
    for mine, theirs in zip(again.search(VECTORS[:9], 6), before, strict=True):
        assert (mine == theirs).all()
    assert len(again.add(VECTORS[:1], ["more"])) == 28


FACETS = [
    {"colour": {"text": [["red", "sea"][n % 2]]}, "year": {"number": [str(n)], "ordered": [str(n)]}}
    | ({"tag": {"text": ["x\0y", "z"], "folded": ["x\0y", "z"]}} if n % 5 == 0 else {})
    for n in range(60)
]
RED, FIFTH = Test("colour", "text", "=", "red"), Test("tag", "folded", "contains", "z")
CONDITIONS = [
    RED,
    Negated(RED),
    AllOf((RED, AnyOf((Test("year", "number", "=", "4"), Test("year", "number", "=", "6"))))),
    AnyOf(()),
    Negated(AnyOf(())),
    Test("tag", "text", "=", "x\0y"),
    Negated(Test("nothing", "text", "=", "x")),
    Test("year", "ordered", "<", "7.5"),
    AllOf((Test("year", "ordered", ">=", "30"), Negated(FIFTH))),
    FIFTH,
]


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_conditions_admit_what_they_say(store, number):
    condition = CONDITIONS[number]
    if not store.index.filters_itself:
        pytest.skip("is given ids instead")
    index = store.index.add(VECTORS, range(60), FACETS)
    if not index.accepts(condition):
        assert store.name.startswith("qdrant")
        return
    passing = {n for n in range(60) if holds(condition, FACETS[n])}
    model = BruteForce()
    model.add(VECTORS, range(60))
    same_answers_of(index, model, passing, condition)
    index.update_facets([0, "nobody"], [{"colour": {"text": ["green"]}}, {}])
    changed = {n for n in range(60) if holds(condition, FACETS[n] if n else {"colour": {"text": ["green"]}})}
    same_answers_of(index, model, changed, condition)


def same_answers_of(index, model, passing, condition):
    ids, scores = index.search(VECTORS[:5], 60, where=condition)
    expected = model.search(VECTORS[:5], 60, passing)
    assert {key for key in ids[0] if key is not None} == passing
    np.testing.assert_allclose(scores, expected[1], atol=1e-5)
    both = index.search(VECTORS[:5], 60, allowed=range(10), where=condition)[0]
    assert {key for key in both[0] if key is not None} == passing & set(range(10))


RED_ONE = {"colour": {"text": ["red"]}}
GREEN, BLUE = {"colour": {"text": ["green"]}}, {"colour": {"text": ["blue"]}}
#: What callers hold facets in; read by position, whatever a Series calls its entries.
HELD_IN = {
    "list": list,
    "tuple": tuple,
    "series": lambda facets: pandas.Series(list(facets), index=range(len(facets))[::-1]),
    "array": objects_of,
}


def admitted(index, condition, n=9):
    return sorted(
        (key for key in index.search(VECTORS[:1], n, where=condition)[0][0] if key is not None), key=str
    )


@pytest.mark.parametrize("store", parameters(FILTERING), indirect=True)
@pytest.mark.parametrize(
    "form", [pytest.param(name, marks=[pytest.mark.slow] if name != "series" else []) for name in HELD_IN]
)
def test_facets_belong_to_ids_by_position(store, form):
    index = store.index
    colours = [RED_ONE, GREEN, BLUE, RED_ONE]
    index.add(VECTORS[:4], ["a", "b", 7, "7"], HELD_IN[form](colours))
    assert admitted(index, Test("colour", "text", "=", "red")) == ["7", "a"]
    assert admitted(index, Test("colour", "text", "=", "blue")) == [7]
    index.update_facets(["7", "nobody", "a"], HELD_IN[form]([GREEN, RED_ONE, BLUE]))
    assert admitted(index, Test("colour", "text", "=", "green")) == ["7", "b"]
    assert sorted(map(repr, admitted(index, Test("colour", "text", "=", "blue")))) == ["'a'", "7"]
    assert admitted(index, Test("colour", "text", "=", "red")) == []
    index.remove(["b"]).add(VECTORS[4:5], ["b"], HELD_IN[form]([RED_ONE]))
    assert admitted(index, Test("colour", "text", "=", "red")) == ["b"]
    assert admitted(index, Test("colour", "text", "=", "green")) == ["7"]


@pytest.mark.parametrize("store", parameters(FILTERING), indirect=True)
def test_facets_of_another_number_than_ids_change_nothing(store):
    index = store.index
    index.add(VECTORS[:2], ["a", "b"], [RED_ONE, GREEN])
    for facets in ([RED_ONE], [RED_ONE] * 3, []):
        with pytest.raises(ValueError, match=f"got {len(facets)} facets and 2 ids; there must be one per id"):
            index.update_facets(["a", "b"], facets)
        with pytest.raises(ValueError, match=f"got {len(facets)} facets and 2 ids; there must be one per id"):
            index.add(VECTORS[2:4], ["c", "d"], facets)
    with pytest.raises(TypeError, match="facets must be a sequence"):
        index.update_facets(["a"], {"a": RED_ONE})
    assert index.ids() == ["a", "b"]
    assert admitted(index, RED) == ["a"]


@pytest.mark.slow
@pytest.mark.parametrize("store", parameters(FILTERING), indirect=True)
@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_conditions_on_ids_of_several_vectors_admit_what_they_say(store, number):
    condition, random = CONDITIONS[number], np.random.default_rng(5)
    if not store.index.accepts(condition):
        assert store.name.startswith("qdrant")
        return
    index = MultiVectorIndex(store.index)
    owners = [n for n in range(20) for _ in range(1 + n % 3)]
    vectors = random.normal(size=(len(owners), 4))
    index.add_parts(vectors, owners, facets=[FACETS[n] for n in owners])
    index.remove([3, 10])
    held = [n for n in range(20) if n not in (3, 10)]
    told = {n: FACETS[n] for n in held}
    for _ in range(2):
        passing = [n for n in held if holds(condition, told[n])]
        ids, scores = index.search(VECTORS[:4], 20, where=condition)
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        for row, query in enumerate(VECTORS[:4] / np.linalg.norm(VECTORS[:4], axis=1, keepdims=True)):
            best = {n: max(units[np.array(owners) == n] @ query) for n in passing}
            assert ids[row, : len(best)].tolist() == sorted(best, key=best.get, reverse=True)
            assert scores[row, : len(best)] == pytest.approx(sorted(best.values(), reverse=True), abs=1e-5)
            assert ids[row, len(best) :].tolist() == [None] * (20 - len(best))
        told |= {5: FACETS[4], 4: FACETS[5]}
        index.update_facets([5, 4, "nobody"], [FACETS[4], FACETS[5], {}])


def test_a_filter_of_one_item_in_20_loses_nothing(store):
    random = np.random.default_rng(3)
    vectors, few = random.normal(size=(400, 4)), range(7, 400, 20)
    facets = [{"colour": {"text": ["red" if n in few else "sea"]}} for n in range(400)]
    index = store.index.add(vectors, range(400), *([facets] if store.index.filters_itself else []))
    model = BruteForce()
    model.add(vectors, range(400))
    same_answers(index, model, vectors[:9], 10, allowed=few)
    if index.filters_itself:
        given, expected = index.search(vectors[:9], 10, where=RED), model.search(vectors[:9], 10, few)
        assert (given[0] == expected[0]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SAVED, *KEPT])
def test_what_was_acknowledged_before_kill_9_is_found(name, tmp_path, request):
    url = request.getfixturevalue("postgres_url") if name in SERVERS else "-"
    number = next(COUNTER)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tests.search.stores", name, str(tmp_path), url]
    if name in SERVERS:  # the child numbers its tables from 0
        for table in ("items0", *(f"part0_{part}" for part in range(3))):
            PgVectorIndex(url, table).clear()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    acknowledged = -1
    deadline = time.monotonic() + np.random.default_rng(number).uniform(0.3, 1.5)
    for line in child.stdout:
        acknowledged = int(line)
        if time.monotonic() > deadline or acknowledged >= 150:
            break
        deadline = max(deadline, time.monotonic() + 0.01) if acknowledged == 0 else deadline
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate()
    acknowledged = max([acknowledged, *map(int, rest.split())])
    assert acknowledged >= 0
    if name in SERVERS:
        wait_until_idle(url)
    store = opened_after_crash(name, tmp_path, url)
    held = set(store.ids())
    expected = {f"{batch}-{row}" for batch in range(acknowledged + 1) for row in range(10)}
    assert expected <= held
    assert held - expected <= {f"{acknowledged + 1}-{row}" for row in range(10)}
    if name == "sharded-postgres":  # opened without what was saved, it holds the same
        anew = ShardedIndex([PgVectorIndex(url, f"part0_{part}") for part in range(3)])
        assert set(anew.ids()) == held and len(anew) == len(held)
    if name == "postgres":
        assert len(held - expected) in (0, 10)  # a transaction is there whole or not at all
    assert len(store) == len(held)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(10, 4))
    if name in EXACT:
        assert store.search(vectors, 1)[0].ravel().tolist() == [f"0-{row}" for row in range(10)]
    assert f"{acknowledged}-9" in store.add(vectors[:1], ["after"]).ids()


def wait_until_idle(url):
    """A server ends the statement that it is at, though nobody waits for it any more."""
    import psycopg

    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(f"SELECT count(*) {others} AND state <> 'idle'").fetchone()[0]:
            time.sleep(0.05)


def opened_after_crash(name, folder, url):
    if name == "qdrant":
        return QdrantIndex(str(folder / "qdrant-0"))
    if name == "postgres":
        return PgVectorIndex(url, "items0")
    return persistence.load(folder / "saved-0")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EVERY if name not in MEMORY])
def test_ten_thousand_random_operations_agree_with_a_dict(name, tmp_path, request):
    url = request.getfixturevalue("postgres_url") if name in SERVERS else None
    store, model = Store.made(name, tmp_path, url), BruteForce()
    index, random = store.index, np.random.default_rng(7)
    vectors = random.integers(-2, 3, (64, 4)).astype(float)
    fresh = 0
    for step in range(10_000):
        kind = random.choice(["add", "remove", "replace", "search", "ask"], p=[0.25, 0.15, 0.1, 0.3, 0.2])
        held = list(model.items)
        if kind == "add" or not held:
            n = int(random.integers(1, 4)) if len(held) < 60 else 0
            ids = [fresh + i if random.random() < 0.5 else f"t{fresh + i}" for i in range(n)]
            fresh += n
            rows = vectors[random.integers(0, 64, n)].reshape(n, 4)
            index.add(rows, ids)
            model.add(rows, ids)
        elif kind == "remove":
            some = [
                held[i] for i in random.choice(len(held), min(len(held), int(random.integers(1, 4))), False)
            ]
            index.remove(some)
            model.remove(some)
        elif kind == "replace":
            key, row = held[random.integers(len(held))], vectors[random.integers(0, 64, 1)]
            index.remove([key]).add(row, [key])
            model.remove([key])
            model.add(row, [key])
        elif kind == "search":
            query, k = vectors[random.integers(0, 64, 1)], int(random.integers(1, 12))
            some = [key for key in held if random.random() < 0.3] if random.random() < 0.3 else None
            if name in EXACT:
                same_answers(index, model, query, k, some)
            else:
                valid_answers(*index.search(query, k, some), model.items if some is None else set(some))
        else:
            key = held[random.integers(len(held))]
            assert key in index and f"no {step}" not in index
        if step % 500 == 0:
            assert index.ids() == list(model.items)
            assert len(index) == len(model.items)
