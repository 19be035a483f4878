"""Results of steps are found again, and a damaged one is made anew."""

import numpy as np
import pytest

from classicxm.comparison.journal import Journal


@pytest.fixture
def step():
    calls = []

    def run():
        calls.append(1)
        return {"n": len(calls), "name": "é"}, {"X": np.eye(2), "a/b": np.arange(3)}

    run.calls = calls
    return run


def test_a_step_is_done_once(tmp_path, step):
    journal = Journal(tmp_path / "journal")
    assert journal.read("key") is None
    for _ in range(3):
        facts, arrays = journal.recall("key", step)
        assert facts == {"n": 1, "name": "é"}
    np.testing.assert_array_equal(arrays["a/b"], [0, 1, 2])
    assert len(step.calls) == 1 and journal.recall("other", step)[0]["n"] == 2


def test_without_a_folder_nothing_is_kept(step):
    journal = Journal()
    journal.recall("key", step), journal.recall("key", step)
    assert len(step.calls) == 2 and journal.read("key") is None


@pytest.mark.parametrize("content", [b"", b"PK\3\4 damaged"])
def test_a_damaged_step_is_done_again(content, tmp_path, step):
    journal = Journal(tmp_path)
    journal.recall("key", step)
    (tmp_path / "key.npz").write_bytes(content)
    assert journal.recall("key", step)[0]["n"] == 2 and journal.read("key")[0]["n"] == 2
