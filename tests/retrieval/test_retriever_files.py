"""A retriever as a folder."""

import json

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.errors import DamagedFileError
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.retriever_files import FACTS, read_retriever, write_retriever
from classicxm.text import TfidfText


def fitted():
    scenes = make_scenes(30, modalities=("text", "image"))
    return CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(3)).fit_collection(
        scenes
    )


def test_the_files_of_a_retriever(tmp_path):
    retriever = fitted()
    write_retriever(retriever, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {FACTS, "items.jsonl", "index-text", "index-image"}
    assert json.loads((tmp_path / FACTS).read_text())["learned"] == list(retriever.learned_ids_)
    again = read_retriever(tmp_path)
    assert again.payload_ == retriever.payload_ and again.learned_ids_ == list(retriever.learned_ids_)
    np.testing.assert_array_equal(
        again.search_batch({"text": ["a red circle"]}, "image")[1],
        retriever.search_batch({"text": ["a red circle"]}, "image")[1],
    )


def test_facts_of_older_models_are_optional(tmp_path):
    write_retriever(fitted(), tmp_path)
    (tmp_path / FACTS).unlink()
    assert len(read_retriever(tmp_path).search({"text": "red"}, "image", 2)) == 2


def test_what_is_not_fitted_or_not_there(tmp_path):
    with pytest.raises(NotFittedError):
        write_retriever(CrossModalRetriever({"text": TfidfText()}, CCA(3)), tmp_path)
    write_retriever(fitted(), tmp_path)
    (tmp_path / "items.jsonl").unlink()
    with pytest.raises(DamagedFileError, match=r"items\.jsonl"):
        read_retriever(tmp_path)
