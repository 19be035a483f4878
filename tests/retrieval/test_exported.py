"""Vectors as files for other programs, read back by these."""

import csv
import json

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import Collection, make_scenes
from classicxm.encoding import PrecomputedFeatures
from classicxm.errors import MissingExtraError
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval import exported as module
from classicxm.retrieval.exported import (
    Exported,
    check_export,
    exported_items,
    exported_queries,
    write_exported,
)
from classicxm.text import TfidfText
from tests.retrieval.plain_vectors import plain_retriever


def parts():
    retriever = plain_retriever(texts={"a": [1, 0]}, images={"a": [3, 4], 7: [0, 1]})
    return retriever, exported_items(retriever)


def test_rows_of_held_items():
    retriever, (texts, images) = parts()
    assert (texts.modality, texts.ids) == ("text", ["a"]) and images.ids == ["a", 7]
    np.testing.assert_allclose(images.vectors, [[0.6, 0.8], [0, 1]], atol=1e-6)
    assert images.payloads == [{"letter": "a"}, {"letter": "7"}]
    (only,) = exported_items(retriever, ["image"], ids=[7, "nobody"])
    assert only.ids == [7] and exported_items(retriever, ["text"], ids=[7]) == []


def test_queries_are_numbered():
    found = exported_queries(plain_retriever(), "text", [[1.0, 0.0], [0.0, 2.0]])
    assert found.ids == [0, 1] and found.vectors.tolist() == [[1, 0], [0, 2]]
    assert found.payloads[1] == {"text": "[0.0, 2.0]"}


def test_raw_features_need_the_content():
    with pytest.raises(
        ValueError, match="item 'a': raw features need its image, which the model does not hold"
    ):
        exported_items(plain_retriever(images={"a": [1, 0]}), raw=True)


def test_raw_features_are_those_of_what_was_described(tmp_path):
    (tmp_path / "long.txt").write_text("red circle " * 7000)  # of which the path is kept
    items = make_scenes(12, modalities=("text", "image"))
    records = [*items, {"id": "long", "text": tmp_path / "long.txt", "image": items[0]["image"]}]
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    retriever.fit_collection(Collection(records, root=tmp_path), split=None)
    (texts,) = exported_items(retriever, ["text"], raw=True)
    assert retriever.payload_["long"]["text"] == "long.txt"
    expected = retriever.extractors_["text"].transform([record["text"] for record in records])
    assert texts.ids[-1] == "long" and np.array_equal(texts.vectors, expected)


def test_raw_features_of_looked_up_texts_are_found_by_their_ids(tmp_path):
    items = make_scenes(12, modalities=("text", "image"))
    vectors = np.random.default_rng(0).random((12, 4)).astype(np.float32)
    np.savez(tmp_path / "texts.npz", text=vectors, ids=items.ids)
    looked_up = PrecomputedFeatures(tmp_path / "texts.npz", "text")
    retriever = CrossModalRetriever({"text": looked_up, "image": ColorHistogram()}, CCA(2))
    retriever.fit_collection(items, split=None)
    (texts,) = exported_items(retriever, ["text"], raw=True)
    assert texts.ids == items.ids and np.array_equal(texts.vectors, vectors)


def test_npz(tmp_path):
    with np.load(write_exported(parts()[1], tmp_path / "a.npz")) as stored:
        assert stored["text_ids"].tolist() == ["a"] and stored["image_ids"].tolist() == ["a", "7"]
        assert json.loads(str(stored["image_payloads"][1])) == {"letter": "7"}
    with np.load(
        write_exported([Exported("text", [1, 2], np.eye(2), [{}, {}])], tmp_path / "b.npz")
    ) as stored:
        assert stored["text_ids"].dtype == np.int64


def test_csv(tmp_path):
    rows = list(csv.DictReader(write_exported(parts()[1], tmp_path / "a.csv").read_text().splitlines()))
    assert [(row["modality"], row["id"]) for row in rows] == [("text", "a"), ("image", "a"), ("image", "7")]
    assert float(rows[1]["v1"]) == pytest.approx(0.8) and json.loads(rows[1]["payload"]) == {"letter": "a"}


def test_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(write_exported(parts()[1], tmp_path / "a.parquet"))
    assert table["id"].to_pylist() == ["a", "a", "7"]


def test_formats_are_checked_before_any_work(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"a\.txt must end with one of \.npz, \.csv, \.parquet"):
        check_export(tmp_path / "a.txt")
    with pytest.raises(ValueError, match="there are no items to export"):
        write_exported([], tmp_path / "a.csv")

    def missing():
        raise MissingExtraError("frames", "pyarrow")

    monkeypatch.setattr(module, "_pyarrow", missing)
    with pytest.raises(MissingExtraError):
        check_export("a.parquet")
    assert check_export("A.NPZ") == ".npz"


@pytest.mark.parametrize(("ids", "suffix"), [([7, "7"], ".csv"), (["a", "a\0"], ".npz")])
def test_ids_that_a_file_would_not_tell_apart_are_named(tmp_path, ids, suffix):
    with pytest.raises(ValueError, match=r"the ids .* and .* are one in a file of embeddings; rename one"):
        write_exported([Exported("text", ids, np.eye(2), [{}, {}])], tmp_path / f"x{suffix}")
    assert list(tmp_path.iterdir()) == []
