"""A model saved without payload holds no text, path or label in any byte, and answers as before."""

import json
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import GMLDA, Preprocessed
from classicxm.cli import main
from classicxm.datasets import Collection, make_scenes
from classicxm.encoding import Encoded, FeatureBlocks, Statistics
from classicxm.errors import MediaDecodeError
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText, Word2VecText, WordVectors


def contents(folder):
    """All bytes of a folder, packed files unpacked."""
    found = []
    for path in (p for p in folder.rglob("*") if p.is_file()):
        found.append(str(path.relative_to(folder)).encode() + path.read_bytes())
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                found += [name.encode() + packed.read(name) for name in packed.namelist()]
    return b"\n".join(found)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A retriever with a path or a note in every place that takes one, and what must not be found."""
    folder = tmp_path_factory.mktemp("secret-workshop")
    scenes = make_scenes(60, folder=folder / "scenes", modalities=("text", "image"))
    records = [dict(record) for record in scenes]
    for i, record in enumerate(records):
        record["label"] = "hush-hush" if "circle" in record["text"] else "top-secret"
        record["text"] += f" wordless{i}"
    (folder / "broken.png").write_bytes(b"no picture")
    position = next(i for i, record in enumerate(records) if record["split"] == "train")
    records[position]["image"] = folder / "broken.png"
    vectors = folder / "vectors.vec"
    vectors.write_text("red 1 0 0\ncircle 0 1 0\nsquare 0 0 1\nblue 1 1 0\n")
    text = FeatureBlocks(
        [
            ("terms", TfidfText(min_df=2, cache=folder / "block")),
            ("vectors", Word2VecText(vectors=vectors)),
            ("encoded", Encoded(WordVectors(vectors=str(vectors)), Statistics(("mean",)))),
        ]
    )
    image = Pipeline(
        [("color", ColorHistogram()), ("scale", StandardScaler())], memory=str(folder / "memory")
    )
    aligner = Preprocessed(GMLDA(1), StandardScaler())
    retriever = CrossModalRetriever(
        {"text": text, "image": image}, aligner, on_error="skip", cache=folder / "cache"
    )
    retriever.fit_collection(Collection(records, name="secret"))
    retriever.extractors_["image"][0].transform([record["image"] for record in records])
    assert retriever.skipped_ and retriever.extractors_["image"][0].error_report_.failures
    secrets = [
        "hush-hush",
        "top-secret",
        "wordless",
        "secret-workshop",
        "broken.png",
        "vectors.vec",
        str(folder),
    ]
    secrets += [record["text"] for record in records] + [str(record["image"].name) for record in records]
    return folder, retriever, secrets


def test_no_text_path_or_label_is_in_any_file(workshop):
    folder, retriever, secrets = workshop
    bare = contents(retriever.save(folder / "bare", payload=False))
    assert not [secret for secret in secrets if secret.encode() in bare]
    everything = contents(retriever.save(folder / "full"))
    # What is looked for is there to be found, so the search can fail.
    assert not [secret for secret in secrets if secret.encode() not in everything]


def test_ids_and_vocabulary_remain_as_stated(workshop):
    folder, retriever, _ = workshop
    bare = contents(retriever.save(folder / "bare", payload=False))
    assert all(json.dumps(key).encode() in bare for key in retriever.payload_)
    assert b"circle" in bare


def test_answers_are_the_same_and_the_original_is_untouched(workshop):
    folder, retriever, _ = workshop
    again = CrossModalRetriever.load(retriever.save(folder / "bare", payload=False))
    query = {"text": ["a red circle", "blue square"]}
    for one, other in zip(
        again.search_batch(query, "image"), retriever.search_batch(query, "image"), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert [hit.payload for hit in again.search({"text": "red"}, "image", k=3)] == [{}] * 3
    assert retriever.payload_ and retriever.cache == folder / "cache"
    assert retriever.extractors["text"].blocks[1][1].vectors == folder / "vectors.vec"
    assert retriever.extractors_["image"].memory == str(folder / "memory")
    assert list(retriever.aligner_.aligner_.classes_) == ["hush-hush", "top-secret"]
    again.add("text", ["a red circle"], ["new"], [{"text": "a red circle"}])
    assert again.search({"text": "a red circle"}, "text", allowed=["new"])[0].payload


def test_what_cannot_be_fitted_again_says_so(workshop):
    folder, retriever, _ = workshop
    again = CrossModalRetriever.load(retriever.save(folder / "bare", payload=False))
    with pytest.raises(MediaDecodeError, match="removed: word vectors cannot be read"):
        again.extractors["text"].fit(["a red circle", "a red square"])


@pytest.mark.slow
def test_command_line(tmp_path):
    make_scenes(40, folder=tmp_path / "hidden-scenes", modalities=("text", "image"))
    command = ["fit", str(tmp_path / "hidden-scenes"), "-o", str(tmp_path / "model"), "--recipe", "baseline"]
    command += ["--n-jobs", "1", "--cache", str(tmp_path / "hidden-cache"), "--no-payload"]
    command += ["--epsilon", "4"]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    aligner = CrossModalRetriever.load(tmp_path / "model").aligner_
    assert (aligner.epsilon, aligner.delta, aligner.moments_) == (4, 40**-1.1, None)
    found = contents(tmp_path / "model")
    assert not [word for word in (b"hidden-", b".png", str(tmp_path).encode()) if word in found]
    query = ["search", str(tmp_path / "model"), "--text", "a red circle", "--target", "image", "-k", "2"]
    assert CliRunner().invoke(main, query, catch_exceptions=False).exit_code == 0
