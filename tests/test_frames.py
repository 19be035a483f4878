"""Results as data frames: columns in order, missing values where a row lacks them, a message without pandas."""

import sys
from pathlib import Path

import pytest

from classicxm.alignment import CCA
from classicxm.comparison.assessment import Assessment, Figure
from classicxm.datasets import Collection, make_scenes
from classicxm.errors import MissingExtraError
from classicxm.frames import data_frame
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.hits import Hit, Hits
from classicxm.text import TfidfText


def test_hits_become_rows():
    pytest.importorskip("pandas")
    frame = Hits([Hit("a", 0.5, {"label": "sea"}), Hit("b", 0.25, {"split": "test"})]).to_frame()
    assert list(frame.columns) == ["rank", "id", "score", "label", "split"]
    assert frame["rank"].tolist() == [1, 2] and frame["label"].isna().tolist() == [False, True]
    assert list(Hits().to_frame().columns) == ["rank", "id", "score"]


def test_an_assessment_becomes_rows_and_a_notebook_table():
    pytest.importorskip("pandas")
    figure = Figure("text->image", "mAP", 0.5, 0.4, 0.6, 0.1, None, 20, 20)
    assessment = Assessment([figure], [], "wiki")
    frame = assessment.to_frame()
    assert (
        frame.loc[0, "value"] == 0.5 and frame.loc[0, "n_items"] == 20 and frame["query_blind"].isna().all()
    )
    page = assessment._repr_html_()
    assert "text-&gt;image" in page and "0.4000 .. 0.6000" in page and "protocol wiki" in page


def test_a_collection_becomes_rows():
    pytest.importorskip("pandas")
    records = [
        {"id": "a", "text": "x", "image": Path("a.jpg"), "label": ["s", "t"]},
        {"id": "b", "text": ["y", "z"]},
    ]
    frame = Collection(records).to_frame()
    assert list(frame.columns) == ["id", "text", "image", "label"] and frame["id"].tolist() == ["a", "b"]
    assert frame.loc[0, "image"] == "a.jpg" and frame["image"].isna().tolist() == [False, True]
    assert frame.loc[1, "text"] == ["y", "z"]


def test_an_explanation_becomes_rows_that_add_up_to_the_score():
    pytest.importorskip("pandas")
    scenes = make_scenes(40, modalities=("text", "image"))
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(4))
    retriever.fit_collection(scenes)
    why = retriever.explain({"text": "a red circle"}, scenes.ids[1], "image", scenes[1]["image"])
    frame = why.to_frame()
    assert list(frame.columns) == ["side", "modality", "kind", "part", "contribution"]
    assert frame.groupby("side")["contribution"].sum().tolist() == pytest.approx([why.score] * 2)
    words = frame[frame["kind"] == "word"]
    assert set(words["part"]) == {"red", "circle"} and set(words["side"]) == {"query"}
    assert frame["kind"].value_counts()["baseline"] == 2


def test_without_pandas_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(
        MissingExtraError, match=r'pandas is not installed; run: pip install "classicxm\[frames\]"'
    ):
        data_frame([])
