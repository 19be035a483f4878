"""The trials of the reliability benchmark, small; and that they count what is wrong."""

import numpy as np
import pytest

from benchmarks import reliability
from classicxm.search import ExactIndex


def values(rows):
    return {row["measure"]: row["value"] for row in rows}


@pytest.mark.slow
def test_nothing_is_lost_or_wrong(tmp_path):
    assert values(reliability.kills(tmp_path / "k", 2)) == {"tried": 2, "lost": 0, "mixed": 0, "leftovers": 0}
    assert values(reliability.operations(300))["wrong"] == 0
    assert values(reliability.threads(3, 0.3))["wrong"] == 0


def test_wrong_answers_are_counted(monkeypatch):
    right = ExactIndex.search

    def wrong(self, queries, k=10, allowed=None):
        ids, scores = right(self, queries, k, allowed)
        return ids, np.asarray(scores)[:, ::-1]

    monkeypatch.setattr(ExactIndex, "search", wrong)
    assert values(reliability.operations(300))["wrong"] > 0
    assert values(reliability.threads(2, 0.3))["wrong"] > 0
