"""Hash tables as sorted arrays: found, merged, renumbered, written and read."""

from itertools import pairwise

import numpy as np
import pytest

from classicxm.errors import DamagedFileError
from classicxm.search import segments as module
from classicxm.search.hash_keys import tabled
from classicxm.search.segments import Segment, appended, merged, read_segment, renumbered, write_segment

HASHES = np.array([[4, 1], [4, 0], [2, 1], [0, 0]], np.uint64)


def buckets(segment):
    return {
        int(key): sorted(segment.members[start:stop].tolist())
        for key, start, stop in zip(segment.keys, segment.starts[:-1], segment.starts[1:], strict=True)
    }


def find(segment, hashes):
    begins, sizes = segment.find(tabled(np.array(hashes, np.uint64)))
    return [
        sorted(segment.members[b : b + s].tolist())
        for b, s in zip(begins.ravel(), sizes.ravel(), strict=True)
    ]


@pytest.mark.parametrize("factor", [4, 0])  # with a directory of all keys, and by bisection
def test_buckets_by_hand(factor, monkeypatch):
    monkeypatch.setattr(module, "DIRECTORY_FACTOR", factor)
    segment = Segment.built(tabled(HASHES), 10)
    assert (segment.directory is None) == (factor == 0)
    assert find(segment, [[4, 1], [3, 0], [99, 99]]) == [[10, 11], [10, 12], [], [11, 13], [], []]
    assert segment.shared == pytest.approx((4 + 1 + 1 + 4 + 4) / 8)


def test_merging_is_building_at_once():
    parts = [Segment.built(tabled(HASHES[:1]), 0), Segment.built(tabled(HASHES[1:]), 1)]
    assert buckets(merged(*parts)) == buckets(Segment.built(tabled(HASHES), 0))


def test_segments_stay_few():
    found = ()
    for n in range(40):
        found = appended(found, Segment.built(tabled(HASHES[n % 4 : n % 4 + 1]), n))
        sizes = [len(segment.members) for segment in found]
        assert all(a > 2 * b for a, b in pairwise(sizes))
    assert sum(sizes) == 80


def test_rows_that_are_kept_are_numbered_anew():
    parts = (Segment.built(tabled(HASHES[:2]), 0), Segment.built(tabled(HASHES[2:]), 2))
    (kept,) = renumbered(parts, np.array([1, 3]))
    assert buckets(kept) == buckets(Segment.built(tabled(HASHES[[1, 3]]), 0))
    assert renumbered(parts, np.array([], int)) == ()


def test_files(tmp_path):
    write_segment((Segment.built(tabled(HASHES[:2]), 0), Segment.built(tabled(HASHES[2:]), 2)), tmp_path)
    (again,) = read_segment(tmp_path, 4, 2)
    assert buckets(again) == buckets(Segment.built(tabled(HASHES), 0))
    with pytest.raises(DamagedFileError, match="does not fit 2 tables of 5 vectors"):
        read_segment(tmp_path, 5, 2)
    np.save(tmp_path / "members.npy", np.array([0, 1, 2, 3, 9, 1, 0, 2]))
    with pytest.raises(DamagedFileError, match="names rows outside the 4 vectors"):
        read_segment(tmp_path, 4, 2)
    np.save(tmp_path / "starts.npy", np.zeros((2, 2)))
    with pytest.raises(DamagedFileError, match=r"starts\.npy: has shape"):
        read_segment(tmp_path, 4, 2)


def test_nothing():
    empty = Segment(np.empty(0, np.uint64), np.zeros(1, int), np.empty(0, int))
    assert (
        empty.directory is None
        and [part.tolist() for part in empty.find(np.zeros((1, 2), np.uint64))] == [[[0, 0]]] * 2
    )
