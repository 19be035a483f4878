"""The benchmark of growth: exponents by hand, and a row of every step at every size."""

import numpy as np
import pytest

from benchmarks.scaling import QUICK_SIZES, STEPS, exponent, run
from benchmarks.timing import peak_megabytes, reset_peak


def test_exponents_by_hand():
    assert exponent([10, 1000], [3.0, 3.0]) == 0
    assert exponent([1, 2, 4], [1.0, 4.0, 16.0]) == 2
    assert exponent([1, 10], [1.0, 10**0.5]) == 0.5


def test_a_peak_is_counted_anew():
    large = np.ones(8_000_000)  # 61 MiB
    whole = peak_megabytes()
    del large
    before = reset_peak()
    if before > whole - 40:
        pytest.skip("this system counts from the start of the process")
    held = np.ones(4_000_000)
    assert 25 < peak_megabytes() - before < 45 and held[0] == 1


@pytest.mark.slow
def test_rows_of_a_quick_run():
    rows = list(run(None, quick=True))
    found = [(row["system"], row["measure"], row["settings"].get("n")) for row in rows]
    assert [found.count((step, "seconds", n)) for step in STEPS for n in QUICK_SIZES] == [1] * 15
    assert [row["system"] for row in rows if row["measure"] == "exponent"] == list(STEPS)
    assert [row["value"] for row in rows if row["measure"] == "over_writing_bytes"] != []
