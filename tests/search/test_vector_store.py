import copy
import json

import numpy as np
import pytest

from classicxm import persistence
from classicxm.errors import DamagedFileError
from classicxm.search import ExactIndex, VectorStore
from classicxm.search.inputs import check_vectors
from tests.search.damage import damaged, each_damage


def test_rows_follow_insertion_order():
    store = VectorStore()
    assert store.add(np.eye(3), ["a", "b", "c"]) == slice(0, 3)
    assert store.add(np.ones((1, 3)), [7]) == slice(3, 4)
    assert store.snapshot().ids.tolist() == ["a", "b", "c", 7]
    assert store.rows([7])[0].tolist() == [1, 1, 1]
    assert (len(store), store.dimensions, "a" in store, "z" in store) == (4, 3, True, False)


def test_removed_rows_are_marked_then_packed():
    store = VectorStore()
    store.add(np.arange(10).reshape(5, 2), list("abcde"))
    assert store.remove(["d", "a"]).tolist() == [3, 0]
    assert store.snapshot().living().tolist() == [1, 2, 4]
    assert not store.crowded
    store.remove(["b"])
    assert store.crowded
    assert store.pack().tolist() == [2, 4]
    assert store.snapshot().ids.tolist() == ["c", "e"]
    assert store.rows(["e"])[0].tolist() == [8, 9]
    store.add([[0, 0]], ["f"])
    assert store.snapshot().living(["f", "c"]).tolist() == [0, 2]


def test_a_snapshot_stays_as_it_was_taken():
    store = VectorStore()
    store.add(np.arange(20).reshape(10, 2), range(10))
    before = store.snapshot()
    store.remove([0, 1])
    store.add(np.ones((100, 2)), range(100, 200))
    store.remove(range(2, 9))
    store.remove(range(100, 190))
    store.pack()
    assert before.vectors.tolist() == np.arange(20).reshape(10, 2).tolist()
    assert before.ids.tolist() == list(range(10))
    assert before.living() is None
    assert before.living([9, 3, 150]).max() < 10


def test_an_unknown_id_removes_nothing():
    store = VectorStore()
    store.add(np.eye(2), ["a", 5])
    with pytest.raises(KeyError, match="id 'x' is not in the index"):
        store.remove(["a", "x"])
    with pytest.raises(KeyError, match="id '5' is not in the index"):
        store.remove(["5"])
    with pytest.raises(KeyError, match="id 'x' is not in the index"):
        store.rows(["x"])
    assert len(store) == 2
    store.remove(["a", "a"])
    assert len(store) == 1


@pytest.mark.parametrize(
    ("vectors", "ids", "error", "message"),
    [
        ([[1, 2]], ["a"], ValueError, "id 'a' is already in the index; remove it first or use another id"),
        ([[1, 2], [3, 4]], ["b", "b"], ValueError, "id 'b' is given twice"),
        ([[1, 2]], ["b", "c"], ValueError, "got 1 vectors and 2 ids"),
        ([[1, 2, 3]], ["b"], ValueError, "the index holds vectors of 2 dimensions, got 3"),
        ([[1, np.nan]], ["b"], ValueError, "the vector of id 'b' has NaN or infinity"),
        ([[1, 1e300]], ["b"], ValueError, "the vector of id 'b' has NaN or infinity"),
        ([1, 2], ["b", "c"], ValueError, r"vectors must be 2-D \(n, n_dimensions\), got shape \(2,\)"),
        ([["x", "y"]], ["b"], TypeError, "vectors must be real numbers, got dtype <U1"),
        ([[1, 2j]], ["b"], TypeError, "vectors must be real numbers"),
        ([[1, 2]], [1.5], TypeError, r"an id must be a str or an int, got 1.5 \(float\)"),
        ([[1, 2]], [True], TypeError, "an id must be a str or an int, got True"),
        ([[1, 2]], [None], TypeError, "an id must be a str or an int, got None"),
        ([[1, 2]], "b", TypeError, "got the single str 'b'"),
    ],
)
def test_bad_additions_are_refused_whole(vectors, ids, error, message):
    index = ExactIndex().add([[1, 0]], ["a"])
    with pytest.raises(error, match=message):
        index.add(vectors, ids)
    assert len(index) == 1
    assert index.search([[1, 0]], k=1)[0].tolist() == [["a"]]


def test_ids_of_mixed_type_are_kept_apart(tmp_path):
    index = ExactIndex().add(np.eye(3), ["1", 1, np.int64(2)])
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    for one in (index, loaded):
        assert one.search(np.eye(3), k=1)[0].ravel().tolist() == ["1", 1, 2]
        assert [type(key) for key in one.search(np.eye(3), k=1)[0].ravel()] == [str, int, int]
    assert loaded.remove([1]).search(np.eye(3), k=1)[0].ravel().tolist() == ["1", "1", 2]


def test_nothing_added_changes_nothing():
    index = ExactIndex().add(np.empty((0, 4)), [])
    assert len(index) == 0
    index.add([[1, 2]], ["a"]).add(np.empty((0, 2)), [])
    assert index.search([[1, 2]], k=1)[0].tolist() == [["a"]]
    with pytest.raises(ValueError, match="holds vectors of 2 dimensions, got 9"):
        index.add(np.empty((0, 9)), [])


def test_vectors_need_a_dimension():
    with pytest.raises(ValueError, match=r"at least one dimension, got shape \(1, 0\)"):
        check_vectors(np.empty((1, 0)), ["a"])


def test_integer_vectors_and_lists_are_taken():
    index = ExactIndex("euclidean").add([[1, 2], [3, 4]], ("a", "b"))
    assert index.search(np.array([[3, 4]], np.int8), k=1)[0].tolist() == [["b"]]


def test_the_callers_array_may_change_afterwards():
    vectors = np.eye(2, dtype=np.float32)
    index = ExactIndex("dot").add(vectors, ["a", "b"])
    vectors[:] = 0
    assert index.search([[1.0, 0.0]], k=1)[1].tolist() == [[1.0]]


def test_one_by_one_equals_all_at_once():
    vectors = np.random.default_rng(0).random((100, 3))
    whole = ExactIndex().add(vectors, range(100))
    single = ExactIndex()
    for key, vector in enumerate(vectors):
        single.add(vector[None], [key])
    assert (whole.search(vectors, 5)[0] == single.search(vectors, 5)[0]).all()


def test_an_index_can_be_deep_copied():
    index = ExactIndex().add(np.eye(2), ["a", "b"])
    other = copy.deepcopy(index).remove(["a"])
    assert (len(index), len(other)) == (2, 1)


@each_damage
@pytest.mark.parametrize("name", ["vectors.npy", "ids.jsonl", "estimator.zip"])
def test_damaged_files_are_named(name, damage, tmp_path):
    file = persistence.save(ExactIndex().add(np.eye(2), ["a", "b"]), tmp_path / "index") / name
    damaged(file, damage)
    with pytest.raises(DamagedFileError, match=name):
        persistence.load(tmp_path / "index")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ids.jsonl", b'"a"\n', "has 1 ids for 2 vectors"),
        ("ids.jsonl", b'"a"\n"a"\n', "has an id twice"),
        ("ids.jsonl", b'"a"\n["b"]\n', "is not a list of ids"),
        ("ids.jsonl", b'"a"\nb\n', "is not a list of ids"),
        ("vectors.npy", b"nothing", "is not a readable array"),
        ("vectors.npy", None, r"has shape \(3,\) of float32"),
    ],
)
def test_files_that_do_not_fit_are_named(name, content, message, tmp_path):
    store = VectorStore()
    store.add(np.eye(2), ["a", "b"])
    store.write_files(tmp_path)
    if content is None:
        np.save(tmp_path / name, np.zeros(3, np.float32))
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DamagedFileError, match=f"{name}: {message}"):
        VectorStore.read_files(tmp_path)


def test_ids_are_written_as_json_lines(tmp_path):
    store = VectorStore()
    store.add(np.eye(3), ["ä", 5, "x"])
    store.remove(["x"])
    store.write_files(tmp_path)
    lines = (tmp_path / "ids.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == ["ä", 5]
    assert np.load(tmp_path / "vectors.npy").shape == (2, 3)
