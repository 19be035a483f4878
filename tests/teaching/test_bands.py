"""Bands: what was measured, written and compared."""

import statistics
import tomllib
from dataclasses import replace

import pytest

from classicxm.teaching.bands import measure_bands, outside, write_bands
from classicxm.teaching.sources import AssignmentError


def test_means_and_deviations_over_seeds(cca):
    solved = "def report(seed):\n    return {'score': 0.5 + seed / 10, 'other': 1.0}\n"
    made = replace(cca, solved=solved, starter=solved.replace("0.5", "0.0"))
    bands = measure_bands(made, [1, 2, 3])
    assert bands["score"] == {
        "mean": 0.7,
        "deviation": round(statistics.stdev([0.6, 0.7, 0.8]), 6),
        "floor": 0.2,
    }
    with pytest.raises(AssignmentError, match="measuring needs the source"):
        measure_bands(replace(made, solved=None))


def test_what_is_written_is_read_again(tmp_path):
    bands = {"mAP of 10": {"mean": 0.5, "deviation": 0.1, "floor": 0.2}}
    assert tomllib.loads(write_bands(tmp_path, bands).read_text()) == bands


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [({"a": 0.5}, []), ({"a": 0.7}, []), ({"a": 0.71}, ["a"]), ({"a": float("nan")}, ["a"]), ({}, ["a"])],
)
def test_two_deviations_are_inside(numbers, wrong):
    assert outside(numbers, {"a": {"mean": 0.5, "deviation": 0.1}}) == wrong
