"""The benchmark of scale: what its tasks write, and how it counts."""

import math
import pickle

import numpy as np
import pytest

from benchmarks import scale, scale_work
from classicxm.scale import read_shard
from classicxm.scale.engines import Task


def test_a_shard_depends_on_its_name_alone(tmp_path):
    one, other = (scale_work.draw_shard(tmp_path / part, 50, "00003") for part in "ab")
    assert one == other != scale_work.draw_shard(tmp_path / "a", 50, "00004")
    shard = read_shard(tmp_path / "a" / "00003")
    assert {name: X.shape for name, X in shard.views.items()} == {
        name: (50, width) for name, width in scale_work.WIDTHS.items()
    }


def test_moments_are_gathered_with_what_they_cost(tmp_path):
    for name in ("00000", "00001"):
        scale_work.draw_shard(tmp_path, 40, name)
    parts = [scale_work.Gathered.of(tmp_path, name) for name in ("00000", "00001")]
    both = parts[0].merge(parts[1])
    assert both.n_bytes == sum(len(pickle.dumps(part.moments)) for part in parts)
    assert both.seconds > 0 and both.merge(parts[0]).seconds > both.seconds
    X = np.concatenate([read_shard(tmp_path / name).views["text"] for name in ("00000", "00001")])
    np.testing.assert_allclose(both.moments.mean("text"), X.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [([(0, 1), (1, 2)], (1, 1)), ([(0, 2), (0, 2)], (2, 2)), ([(0, 4), (1, 3), (6, 8)], (8 / 6, 2))],
)
def test_tasks_at_the_same_time(spans, expected):
    assert scale_work.at_once([Task(n, n, *span) for n, span in enumerate(spans)]) == pytest.approx(expected)


def test_growth_by_shards():
    assert scale_work.shard_counts(100) == [10, 20, 40, 80]
    assert scale_work.shard_counts(3) == [1, 2]
    assert scale_work.exponent({10: 5.0, 20: 10.0, 40: 20.0, 80: 40.0}) == pytest.approx(1)
    assert scale_work.exponent({10: 1.0, 20: 4.0, 40: 16.0}) == pytest.approx(2)


@pytest.mark.slow
def test_engines_side_by_side(monkeypatch):
    monkeypatch.setattr(scale, "ENGINES", ("serial", "processes"))
    monkeypatch.setattr(scale, "QUICK_N", 8000)
    rows = {(one["system"], one["measure"]): one["value"] for one in scale.run(None, quick=True)}
    assert rows["all", "equal_to_the_bit"] == 1
    assert rows["serial", "moved_megabytes"] == 0 < rows["processes", "moved_megabytes"]
    assert rows["serial", "most_at_once"] == 1
    assert rows["serial", "fit_microseconds_per_item"] > 0 and rows["serial", "core_seconds_per_shard"] > 0
    assert math.isfinite(rows["serial", "linear_exponent"])  # of tiny shards it says nothing more
    assert rows["processes", "worker_within_limit"] == 1
    for engine in ("serial", "processes", "dask"):
        assert rows[engine, "vectors_equal_to_the_bit"] == 1 and rows[engine, "largest_angle"] < 1e-8
    assert ("processes", "linear_exponent") not in rows
    assert 0 < rows["processes", "worker_megabytes"] < scale.WORKER_MEGABYTES
