"""Measured rows become expected ones; what is written by hand stays."""

import tomllib

import pytest

from benchmarks.expected import MARK, expected_rows, written
from benchmarks.rows import BenchmarkError, row


def test_only_figures_of_quality_and_only_settings_that_tell_rows_apart():
    rows = [
        row(
            "b",
            "H",
            "map",
            0.5,
            "mAP",
            0.4,
            0.6,
            database=database,
            bits=bits,
            chosen_by="folds",
            fold_map=0.1 * bits,
        )
        for bits in (16, 32)
        for database in ("labels", "one view")
    ]
    rows += [
        row("b", "H", "seconds", 3.0, "s", bits=16),
        row("b", "random", "map", 0.1, "mAP", expectation="exact"),
    ]
    found = expected_rows(rows)
    pairs = [(one["setting"]["database"], one["setting"]["bits"], len(one["setting"])) for one in found[:4]]
    assert pairs == [("labels", 16, 2), ("one view", 16, 2), ("labels", 32, 2), ("one view", 32, 2)]
    assert len(found) == 5 and found[-1] == {"system": "random", "measure": "map", "value": 0.1}


def test_tolerances_follow_the_spread_over_seeds():
    rows = [
        {**row("b", name, "map", 0.5, unit), "seed_spread": spread}
        for name, unit, spread in (("A", "mAP", 0.001), ("B", "mAP", 0.0102), ("C", "rank", 0.2))
    ]
    assert [one.get("tolerance") for one in expected_rows(rows)] == [None, 0.02, 1.0]
    assert expected_rows(rows)[1]["spread"] == 0.0102


def test_rows_that_cannot_be_told_apart():
    with pytest.raises(BenchmarkError, match="two rows are the same"):
        expected_rows([row("b", "A", "map", 0.5, "mAP")] * 2)


def test_written_rows_read_back_and_the_rest_stays():
    head = 'title = "by hand"\n\n[[statistics]]\nview = "image"\n'
    rows = [
        {
            "system": 'A"b',
            "measure": "map@50",
            "setting": {"d e": 1, "f": True},
            "value": 0.1234567,
            "low": 0.0,
        }
    ]
    once = written(head, rows)
    assert once.startswith(head) and once.count(MARK) == 1
    found = tomllib.loads(once)
    assert found["expected"]["rows"] == [{**rows[0], "value": 0.123457}] and found["statistics"]
    assert written(once, rows) == once
