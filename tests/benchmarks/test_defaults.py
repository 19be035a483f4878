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
    drawn = defaults.divisions("recipes", tmp_path)
    assert [len(part.split("test")) for part in drawn] == [4] * 5
    assert len({tuple(part.split("test").ids) for part in drawn}) == 5


def test_sums_by_hand():
    values = {
        ("mAP wiki", "image->text"): [[0.2, 0.4], [0.5, 0.5]],
        ("mAP wiki", "text->image"): [[0.6, 0.6], [0.6, 0.6]],
        ("MedianRank captions", "text->image"): [[7, 7], [9, 9]],
    }
    rows = {
        r["measure"]: r
        for r in defaults.summed_up("s", values, [3.0, 1.0, 2.0], {"aim": "class", "seeds": 2})
    }
    assert rows["map_i2t"]["value"] == pytest.approx(0.4)
    assert rows["map_i2t"]["seed_spread"] == pytest.approx(0.2)
    assert rows["map_t2i"]["seed_spread"] == 0
    assert rows["seed_spread"]["value"] == pytest.approx(0.2)
    assert (rows["median_rank_t2i_captions"]["value"], rows["median_rank_t2i_captions"]["unit"]) == (
        8,
        "rank",
    )
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


@pytest.mark.slow
def test_what_is_taken_by_hand_stands_beside_sets_without_classes(tmp_path):
    scenes = make_scenes(60, size=32, folder=tmp_path / "flickr8k_dev", modalities=("text", "image"))
    unlabelled = [{k: v for k, v in r.items() if k in ("id", "image", "text", "split")} for r in scenes]
    Collection(unlabelled, root=scenes.root).write_manifest(tmp_path / "flickr8k_dev" / "manifest.jsonl")
    (part,) = defaults.divisions("flickr8k_dev", tmp_path)
    made = defaults.retriever_of(defaults.BY_HAND, part, str(tmp_path / "cache"), "partner")
    assert made.extractors["image"].get_params()["sift__encoder__power"] == 0.5
    assert made.extractors["text"].min_df == 3 and made.selection.texts is None
    rows = list(defaults.run(tmp_path, quick=True))
    found = {(r["system"], r["measure"]): r["value"] for r in rows}
    for system in ("by-hand/flickr8k_dev/selected", "baseline/flickr8k_dev/selected"):
        assert 0 < found[system, "success_at_10_t2i_captions"] <= 1
        assert found[system, "median_rank_i2t_captions"] >= 1
    assert not any(measure.startswith("map") for _, measure in found)
