"""The words of a verdict."""

import pytest

from classicxm.reproductions.catalogue import Expected
from classicxm.reproductions.verdicts import Verdict, plain_number


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (0.2235, "OK"),
        (0.22390, "OK"),
        (0.2255, "OK within .005"),
        (0.2190, "OK within .005"),
        (0.2284999, "OK within .005"),
        (0.2150, "FAILED expected .2235 got .2150"),
        (None, "FAILED expected .2235 got nothing"),
        (float("nan"), "FAILED expected .2235 got nan"),
    ],
)
def test_words(found, text):
    verdict = Verdict(Expected("CM", "map_mean", 0.2235, 0.005), found)
    assert str(verdict) == text and verdict.ok == text.startswith("OK")


def test_a_wider_tolerance_is_told():
    assert str(Verdict(Expected("A", "accuracy", 0.5, 0.021), 0.52)) == "OK within .021"
    assert str(Verdict(Expected("A", "median_rank", 28.0, 1.0), 28.5)) == "OK within 1"
    assert str(Verdict(Expected("A", "accuracy", 0.5, 0.0005), 0.501)) == "FAILED expected .5000 got .5010"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, ".0000"), (-0.5, "-.5000"), (0.05, ".0500"), (0.1, ".1000"), (28.5, "28.5"), (-0.0, ".0000")],
)
def test_numbers(value, text):
    assert plain_number(value) == text
