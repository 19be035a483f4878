"""A comparison on disk is read back whole."""

import json

import numpy as np
import pytest

from classicxm.atomic import write_file
from classicxm.comparison import load_comparison
from classicxm.comparison.plan import Plan
from classicxm.comparison.result import Comparison, Trial
from classicxm.comparison.result_files import PER_QUERY, RESULTS, comparison_arrays, comparison_facts
from classicxm.comparison.trials import Targets
from classicxm.errors import DamagedFileError


def made():
    rng = np.random.default_rng(0)
    trial = Trial(
        "own",
        "CCA",
        views={"subspace": {m: rng.normal(size=(3, 2)) for m in ("image", "text")}},
        folds={"subspace": np.array([[0.5, 0.75]])},
        values={"subspace": rng.random((1, 1, 2, 2, 3)).astype(np.float32)},
        facts={"spaces": ["subspace"], "parameters": {"ridge": 0.1}},
    )
    failed = Trial("own", "SM", error="no labels")
    floors = {"own": {"random": rng.random((2, 2, 3))}}
    plan = Plan(("cosine",), {"exact": None}, n_folds=2)
    return Comparison(
        [trial, failed], floors, ["image", "text"], plan, Targets(None, ["a", "b", "a"]), 7, {"own": "a note"}
    )


def write(folder, comparison):
    np.savez_compressed(folder / PER_QUERY, **comparison_arrays(comparison))
    write_file(folder / RESULTS, json.dumps({"comparison": comparison_facts(comparison)}))


def test_what_is_read_is_what_was_written(tmp_path):
    comparison = made()
    write(tmp_path, comparison)
    again = load_comparison(tmp_path)
    assert comparison_facts(again) == comparison_facts(comparison)
    for name, array in comparison_arrays(comparison).items():
        np.testing.assert_array_equal(comparison_arrays(again)[name], array)
    assert (
        again.trials[1].error == "no labels" and again.n_train == 7 and again.targets.test == ["a", "b", "a"]
    )


def test_what_is_no_report(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no report \(it has no results\.json\)"):
        load_comparison(tmp_path)
    (tmp_path / RESULTS).write_text("{}")
    with pytest.raises(DamagedFileError, match="is not a readable report"):
        load_comparison(tmp_path)
    write(tmp_path, made())
    (tmp_path / PER_QUERY).write_bytes(b"damaged")
    with pytest.raises(DamagedFileError, match="run the comparison again"):
        load_comparison(tmp_path)
