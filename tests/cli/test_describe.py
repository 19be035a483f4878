"""``classicxm describe``: shards of a collection, what is said of them, and a second run that goes on."""

import shutil

import pytest

from classicxm.image import ColorHistogram
from classicxm.scale import describing, read_shard
from classicxm.scale.shards import shard_names
from classicxm.text import TfidfText
from tests.scale.collections import write_collection


@pytest.fixture
def quick(monkeypatch):
    """Quick features in place of a recipe's; the recipes that were asked for."""
    asked = []

    def extractor_of(recipe, modality):
        asked.append((recipe, modality))
        return {"text": TfidfText(), "image": ColorHistogram()}[modality]

    monkeypatch.setattr(describing, "extractor_of", extractor_of)
    return asked


@pytest.fixture
def collection(tmp_path):
    return write_collection(tmp_path / "collection", 20)


def test_shards_are_written_and_counted(command, quick, collection, tmp_path):
    shards = tmp_path / "shards"
    result = command("describe", collection, "-o", shards, "--recipe", "strong", "--shard", 8, "--n-jobs", 1)
    assert result.exit_code == 0 and quick == [("strong", "text"), ("strong", "image")]
    assert result.stdout.startswith(f"{shards}: 3 shards; 20 items described, 0 left out, in ")
    assert "classicxm: 20 items in 3 shards of text, image" in result.stderr
    assert [len(read_shard(shards / name).ids) for name in shard_names(shards)] == [8, 8, 4]


def test_a_second_run_goes_on(command, quick, collection, tmp_path):
    asked = ("describe", collection, "-o", tmp_path / "shards", "--shard", 8, "--n-jobs", 1)
    command(*asked)
    shutil.rmtree(tmp_path / "shards" / "00002")
    assert ": 3 shards, 2 were there; 4 items described, 0 left out" in command(*asked).stdout
    other = command(*asked, "--split", "all")
    assert other.exit_code != 0 and "holds shards of split 'train', not None" in other.stderr


def test_what_is_left_out_has_a_line(command, quick, collection, tmp_path):
    (collection / "3.png").unlink()
    asked = ("describe", collection, "-o", tmp_path / "shards", "--n-jobs", 1)
    stopped = command(*asked)
    assert stopped.exit_code != 0 and "item 'item-3'" in stopped.stderr
    result = command(*asked, "--on-error", "skip")
    assert ": 1 shards; 19 items described, 1 left out" in result.stdout
    assert "item 'item-3': line 4: image file '3.png' does not exist" in result.stderr


def test_options_reach_what_describes(command, monkeypatch, collection, tmp_path):
    import classicxm.scale

    asked = {}

    def describe_collection(*places, **options):
        asked.update(options)
        raise ValueError("enough")

    monkeypatch.setattr(classicxm.scale, "describe_collection", describe_collection)
    options = ("--sample", 9, "--split", "all", "--remote", "s3", "--remote", "https", "--allow-outside")
    result = command("describe", collection, "-o", tmp_path / "shards", *options, "--n-jobs", 1)
    assert result.exit_code != 0 and "enough" in result.stderr
    assert (asked["sample"], asked["split"], asked["remote"]) == (9, None, ("s3", "https"))
    assert asked["allow_outside"] is True and type(asked["engine"]).__name__ == "SerialEngine"


def test_a_cache_has_no_use(command, collection, tmp_path):
    result = command("describe", collection, "-o", tmp_path / "shards", "--cache", tmp_path / "cache")
    assert result.exit_code == 2 and "--cache has no use here: finished shards are kept" in result.stderr
    assert not (tmp_path / "shards").exists()
