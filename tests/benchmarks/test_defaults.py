"""The benchmark of defaults on tiny data: its rows, its divisions, and its sums."""

import numpy as np
import pytest

from benchmarks import defaults
from classicxm.datasets import Collection, load_collection, make_scenes


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Drawn scenes under the name of a set with splits, and titles with official folds."""
    parent = tmp_path_factory.mktemp("data")
    make_scenes(60, size=32, folder=parent / "pascal_sentence", modalities=("text", "image"))
    (parent / "esc10").mkdir()
    titles = [{"id": f"t{n}", "text": f"sound {n}", "label": "ab"[n % 2], "fold": n % 3} for n in range(12)]
    Collection(titles).write_manifest(parent / "esc10" / "manifest.jsonl")
    return parent


def test_every_official_fold_is_test_once(data):
    parts = defaults.divisions("esc10", data)
    assert [len(part.split("test")) for part in parts] == [4, 4, 4]
    assert sorted(key for part in parts for key in part.split("test").ids) == sorted(parts[0].ids)
    for part in parts:
        assert not set(part.split("train").column("fold")) & set(part.split("test").column("fold"))


def test_own_splits_stay_and_others_are_drawn(data, tmp_path):
    (own,) = defaults.divisions("pascal_sentence", data)
    assert own.split("test").ids == load_collection(data / "pascal_sentence").split("test").ids
    (tmp_path / "recipes").mkdir()
    Collection([{"id": str(n), "text": "x"} for n in range(20)]).write_manifest(
        tmp_path / "recipes" / "manifest.jsonl"
    )
    (drawn,) = defaults.divisions("recipes", tmp_path)
    assert len(drawn.split("test")) == 4


def test_sums_by_hand():
    values = {
        ("mAP", "image->text"): [[0.2, 0.4], [0.5, 0.5]],
        ("mAP", "text->image"): [[0.6, 0.6], [0.6, 0.6]],
    }
    rows = {r["measure"]: r for r in defaults.summed_up("s", values, [3.0, 1.0, 2.0], {"aim": "class"})}
    assert rows["map_i2t"]["value"] == pytest.approx(0.4)
    assert rows["map_i2t"]["settings"]["seed_spread"] == pytest.approx(0.2)
    assert rows["map_t2i"]["settings"]["seed_spread"] == 0
    assert rows["map_mean"]["value"] == pytest.approx(0.5)
    assert rows["seconds"]["value"] == 2 and rows["seconds"]["settings"]["aim"] == "class"


@pytest.mark.slow
def test_a_quick_run_has_every_row(data):
    rows = list(defaults.run(data, quick=True))
    found = {(r["system"], r["settings"]["aim"], r["measure"]) for r in rows}
    for how, aim in (("plain", "none"), ("selected", "class"), ("selected", "partner")):
        for name in ("map_i2t", "map_t2i", "map_mean", "success_at_10_i2t", "success_at_10_t2i", "seconds"):
            assert (f"baseline/pascal_sentence/{how}", aim, name) in found
    assert all(np.isfinite(r["value"]) for r in rows)
