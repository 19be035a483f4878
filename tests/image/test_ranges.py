"""Ranges of parameters that hold several values."""

import pytest

from classicxm.image.ranges import TupleOf
from classicxm.parameters import Integer


@pytest.mark.parametrize(
    ("value", "accepted"),
    [((1, 2), True), ([3, 4], True), ((), False), ((1,), False), ((1, 0), False), (5, False), ("12", False)],
)
def test_pairs(value, accepted):
    assert TupleOf(Integer(1), 2).accepts(value) is accepted


def test_any_length_and_words():
    assert TupleOf(Integer(1)).accepts((1, 2, 3)) and not TupleOf(Integer(1)).accepts([])
    assert str(TupleOf(Integer(1), 2)) == f"a tuple of length 2, each value {Integer(1)}"
    assert str(TupleOf(Integer(1))).startswith("a tuple, each value")
