"""Rows in buckets: ascending, each once, through several segments and a mask."""

import numpy as np
import pytest

from classicxm.search import candidates as module
from classicxm.search.candidates import candidates, candidates_of_one, distinct
from classicxm.search.hash_keys import tabled
from classicxm.search.segments import Segment


def segments():
    hashes = np.array([[1, 5], [1, 6], [2, 5], [3, 5]], np.uint64)
    return [Segment.built(tabled(hashes[:3]), 0), Segment.built(tabled(hashes[3:]), 3)]


def keys(*hashes):
    return tabled(np.array(hashes, np.uint64), np.tile([0, 1], len(hashes) // 2 or 1)[: len(hashes)])


def test_rows_by_hand():
    asked = np.stack([keys(1, 5), keys(2, 6), keys(9, 9)])
    assert [rows.tolist() for rows in candidates(segments(), asked)] == [[0, 1, 2, 3], [1, 2], []]
    mask = np.array([True, False, True, False])
    assert [rows.tolist() for rows in candidates(segments(), asked, mask)] == [[0, 2], [2], []]
    assert candidates_of_one(segments(), asked[0], mask).tolist() == [0, 2]
    assert candidates_of_one(segments()[:1], asked[2]).tolist() == []


@pytest.mark.parametrize("entries", [1, 3, 10**6])
def test_blocks_of_any_size(entries, monkeypatch):
    monkeypatch.setattr(module, "CANDIDATE_ENTRIES", entries)
    asked = np.stack([keys(1, 5), keys(2, 6)] * 3)
    assert [rows.tolist() for rows in candidates(segments(), asked)] == [[0, 1, 2, 3], [1, 2]] * 3


def test_distinct():
    found = distinct([np.array([3, 1, 3]), np.array([], int), np.array([3, 0])])
    assert [rows.tolist() for rows in found] == [[1, 3], [], [0, 3]]
    assert distinct([]) == []
