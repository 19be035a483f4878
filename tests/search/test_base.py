"""What every index over stored vectors shares, seen through the simplest one."""

import numpy as np
import pytest

from classicxm import load
from classicxm.search import ExactIndex


def filled():
    return ExactIndex("euclidean").add([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], ["a", 2, "c"])


def test_ids_vectors_and_order():
    index = filled()
    assert index.ids() == ["a", 2, "c"] and len(index) == 3 and 2 in index and "b" not in index
    np.testing.assert_allclose(index.vectors(["c", "a"]), [[1, 1], [1, 0]])
    assert index.insertion_ranks(["c", "nobody", "a"]).tolist() == [2, np.iinfo(np.int64).max, 0]
    with pytest.raises(KeyError):
        index.vectors(["nobody"])


def test_an_addition_is_whole_or_nothing():
    index = filled()
    with pytest.raises(ValueError, match="id 'a' is already in the index; remove it first or use another id"):
        index.add([[5.0, 5.0], [6.0, 6.0]], ["d", "a"])
    assert index.ids() == ["a", 2, "c"]
    with pytest.raises(ValueError, match="holds vectors of 2 dimensions, got 3"):
        index.add([[1.0, 2.0, 3.0]], ["d"])


def test_an_interrupted_addition_has_added_nothing(monkeypatch):
    index = filled()

    def interrupted(self, structure, snapshot, start):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ExactIndex, "extended", interrupted)
        index.add([[9.0, 9.0]], ["d"])
    assert index.ids() == ["a", 2, "c"] and index.add([[9.0, 9.0]], ["d"]).ids()[-1] == "d"


def test_removing_all_and_coming_back():
    index = filled().remove(["a", "c"])
    assert index.ids() == [2]
    with pytest.raises(KeyError):
        index.remove([2, "nobody"])
    assert index.ids() == [2] and index.remove([2]).ids() == [] and index.state() == (None, None)
    assert index.search([[1.0, 0.0]], 2)[0].tolist() == [[None, None]]


def test_nothing_is_known_of_an_index_that_holds_nothing():
    index = ExactIndex()
    assert len(index) == 0 and index.ids() == [] and index.structure is None
    assert index.add(np.empty((0, 2)), []).ids() == []


def test_hellinger_vectors_come_back_as_they_were(tmp_path):
    index = ExactIndex("hellinger").add([[0.25, 0.75]], ["a"])
    np.testing.assert_allclose(index.vectors(["a"]), [[0.25, 0.75]], atol=1e-6)
    again = load(index.save(tmp_path / "index")) if hasattr(index, "save") else index
    np.testing.assert_allclose(again.vectors(["a"]), index.vectors(["a"]))
