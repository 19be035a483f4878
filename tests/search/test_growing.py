"""Rows appended in place where there is room."""

import numpy as np

from classicxm.search.growing import appended_rows


def test_room_is_made_once_and_used():
    array = appended_rows(None, 0, np.ones((3, 2)))
    assert array.tolist() == [[1, 1]] * 3
    grown = appended_rows(array, 3, np.full((1, 2), 2.0))
    assert grown is not array and len(grown) == 16 and grown[:4].tolist() == [[1, 1]] * 3 + [[2, 2]]
    again = appended_rows(grown, 4, np.full((2, 2), 3.0))
    assert again is grown and again[4:6].tolist() == [[3, 3]] * 2


def test_rows_behind_the_used_ones_are_written_over():
    array = np.arange(20.0).reshape(10, 2)
    found = appended_rows(array, 1, np.zeros((2, 2)))
    assert found is array and found[:4].tolist() == [[0, 1], [0, 0], [0, 0], [6, 7]]
