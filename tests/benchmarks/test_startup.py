"""The start-up benchmark: processor time of whole processes, and the ratio to the bare imports."""

import sys

import pytest

from benchmarks.rows import BenchmarkError
from benchmarks.startup import cpu_seconds, run


def test_processor_time_counts_work_and_not_waiting():
    waiting = cpu_seconds([sys.executable, "-c", "import time; time.sleep(0.3)"])
    busy = cpu_seconds([sys.executable, "-c", "import time\nwhile time.process_time() < 0.4: pass"])
    assert waiting < 0.3 < busy


def test_a_command_that_fails_is_told():
    with pytest.raises(BenchmarkError, match="failed: ValueError: no"):
        cpu_seconds([sys.executable, "-c", "raise ValueError('no')"])


@pytest.mark.slow
def test_rows_of_a_quick_run(tmp_path):
    rows = list(run(tmp_path / "nowhere", quick=True))
    assert [(row["system"], row["measure"]) for row in rows] == [
        ("imports", "cpu_seconds"),
        ("load", "cpu_seconds"),
        ("load", "ratio_to_imports"),
        ("search", "cpu_seconds"),
        ("search", "ratio_to_imports"),
    ]
    assert all(row["value"] > 0 for row in rows)
    load, search = rows[1]["value"], rows[3]["value"]
    assert 0.5 * load < search < 10 * load
