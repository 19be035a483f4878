"""``classicxm fit --shards``: a model of what describe wrote, which is the model that the library fits."""

import pytest

from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.scale import describe_collection, fit_shards
from classicxm.text import TfidfText
from tests.scale.collections import write_collection


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("described")
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    write_collection(folder / "collection", 60)
    describe_collection(folder / "collection", folder / "shards", extractors=extractors, shard=25)
    return folder / "shards"


def test_the_model_is_that_of_the_library(command, shards, tmp_path):
    asked = ("fit", "--shards", shards, "-o", tmp_path / "model", "--scaling", "standard", "--n-jobs", 1)
    result = command(*asked)
    assert result.exit_code == 0, result.stderr
    assert f": 60 text, 60 image items indexed from {shards} in " in result.stdout
    assert "learned from 48 items" in result.stdout and "chosen on AP by class" in result.stdout
    model, (expected, _) = (
        CrossModalRetriever.load(tmp_path / "model"),
        fit_shards(shards, scaling="standard"),
    )
    query = {"text": "a striped red sheet"}
    found, wanted = (one.search(query, "image", k=5) for one in (model, expected))
    assert [(hit.id, hit.score) for hit in found] == [(hit.id, hit.score) for hit in wanted]
    assert found[0].payload["label"] == "red"
    told = model.summary()
    assert (told["collection"], told["recipe"]) == ("collection", "standard")


def test_every_item_and_no_payload(command, shards, tmp_path):
    options = ("--split", "all", "--no-payload", "--index", "hamming")
    result = command("fit", "--shards", shards, "-o", tmp_path / "model", "--n-jobs", 1, *options)
    assert "learned from 60 items" in result.stdout
    model = CrossModalRetriever.load(tmp_path / "model")
    assert type(model.indexes_["text"]).__name__ == "HammingIndex"
    assert model.search({"text": "a red sheet"}, "image", k=1)[0].payload == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--holdout", "0.2"), "--holdout cannot be given with --shards"),
        (("--quick", "--aim", "class"), "--quick, --aim cannot be given with --shards"),
        (("--aligner", "cca"), "--aligner cannot be given with --shards"),
        (("--epsilon", "1"), "--epsilon cannot be given with --shards"),
        (("--embeddings", "clip.npz"), "--embeddings cannot be given with --shards"),
        (("--recipe", "strong", "--on-error", "skip"), "--recipe, --on-error cannot be given with --shards"),
        (("--seed", "1", "--cache", "c"), "--seed, --cache cannot be given with --shards"),
    ],
)
def test_what_shards_have_decided_is_refused(command, shards, tmp_path, options, message):
    result = command("fit", "--shards", shards, "-o", tmp_path / "model", *options)
    assert result.exit_code == 2 and message in result.stderr
    assert not (tmp_path / "model").exists()


def test_options_of_shards_go_with_shards(command, shards, tmp_path):
    collection = shards.parent / "collection"
    for options in (("--scaling", "robust"), ("--cluster", "local"), ("--worker-memory", "1GB")):
        result = command("fit", collection, "-o", tmp_path / "model", *options)
        assert result.exit_code == 2 and "--worker-memory and --scaling go with --shards" in result.stderr
    result = command("fit", "-o", tmp_path / "model")
    assert result.exit_code == 2 and "give a COLLECTION, or --shards" in result.stderr


def test_the_memory_of_workers_reaches_the_cluster(command, shards, tmp_path, monkeypatch):
    import classicxm.scale

    asked = []

    def engine_of(*given, **settings):
        asked.append((given, settings))
        raise ValueError("enough")

    monkeypatch.setattr(classicxm.scale, "engine_of", engine_of)
    begun = (("fit", "--shards", shards), ("describe", shards.parent / "collection"))
    for words in begun:
        options = ("-o", tmp_path / "new", "--n-jobs", 2, "--cluster", "local", "--worker-memory", "1GB")
        assert "enough" in command(*words, *options).stderr
        assert asked.pop() == (("local", 2), {"memory_limit": "1GB"})
        result = command(*words, "-o", tmp_path / "new", "--worker-memory", "1GB")
        assert result.exit_code == 2 and "--worker-memory goes with --cluster local" in result.stderr


def test_a_folder_without_shards_is_said(command, tmp_path):
    (tmp_path / "empty").mkdir()
    result = command("fit", "--shards", tmp_path / "empty", "-o", tmp_path / "model", "--n-jobs", 1)
    assert result.exit_code != 0 and "holds no shards; make them by: classicxm describe" in result.stderr


def test_a_target_that_cannot_be_written_is_said_first(command, shards, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "letter.txt").touch()
    result = command("fit", "--shards", shards, "-o", tmp_path / "model", "--n-jobs", 1)
    assert result.exit_code != 0 and "chosen on" not in result.stdout
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["letter.txt"]
