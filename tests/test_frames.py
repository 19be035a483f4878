"""Results as data frames: columns in order, missing values where a row lacks them, a message without pandas."""

import sys

import pytest

from classicxm.comparison.assessment import Assessment, Figure
from classicxm.errors import MissingExtraError
from classicxm.frames import data_frame
from classicxm.retrieval.hits import Hit, Hits


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


def test_without_pandas_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(
        MissingExtraError, match=r'pandas is not installed; run: pip install "classicxm\[frames\]"'
    ):
        data_frame([])
