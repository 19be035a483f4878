"""The benchmark of extraction: the photographs that it takes."""

import pytest

from benchmarks.extraction import photographs
from benchmarks.rows import BenchmarkError
from classicxm.datasets import Collection, make_scenes


def test_photographs_are_spread_over_a_collection_and_items_without_are_passed_over(tmp_path):
    scenes = make_scenes(12, size=16, folder=tmp_path, modalities=("text", "image"))
    records = [{k: v for k, v in record.items() if k != "image" or n % 2} for n, record in enumerate(scenes)]
    Collection(records, root=scenes.root).write_manifest(tmp_path / "manifest.jsonl")
    assert photographs(tmp_path, 3) == [str(scenes[n]["image"]) for n in (1, 5, 9)]


def test_a_collection_without_photographs_is_named(tmp_path):
    Collection([{"id": "a", "text": "x"}]).write_manifest(tmp_path / "manifest.jsonl")
    with pytest.raises(BenchmarkError, match="no photographs in"):
        photographs(tmp_path, 3)
