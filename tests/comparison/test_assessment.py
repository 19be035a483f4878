"""Figures of a fitted retriever, worked out again from its vectors."""

import json

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.comparison import assess
from classicxm.comparison.assessment import Assessment, Figure
from classicxm.datasets import Collection, make_scenes
from classicxm.encoding import PrecomputedFeatures
from classicxm.evaluation import average_precision, bootstrap_interval, class_relevance
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from tests.retrieval.plain_vectors import plain_retriever

RNG = np.random.default_rng(0)
RECORDS = [
    {
        "id": f"i{n}",
        "text": RNG.normal(size=2).tolist(),
        "image": RNG.normal(size=2).tolist(),
        "label": "ab"[n % 2],
    }
    for n in range(12)
]


class Vectors(Collection):
    """Items are their own vectors, so nothing is checked of them."""

    def __init__(self, records, name="made"):
        self.records, self.name = records, name


@pytest.fixture
def assessment():
    return assess(plain_retriever(), Vectors(RECORDS))


def test_values_are_those_of_the_vectors(assessment):
    unit = {
        m: np.array([r[m] for r in RECORDS]) / np.linalg.norm([r[m] for r in RECORDS], axis=1, keepdims=True)
        for m in ("text", "image")
    }
    labels = [record["label"] for record in RECORDS]
    expected = average_precision(unit["text"] @ unit["image"].T, class_relevance(labels, labels))
    figure = next(f for f in assessment.figures if (f.direction, f.measure) == ("text->image", "mAP"))
    assert figure.value == pytest.approx(expected.mean())
    assert (figure.low, figure.high) == pytest.approx(bootstrap_interval(expected))
    assert (figure.n_queries, figure.n_items, figure.seen, figure.query_blind) == (12, 12, 0, None)


def test_partners_without_labels():
    unlabelled = [{name: value for name, value in record.items() if name != "label"} for record in RECORDS]
    measures = {figure.measure for figure in assess(plain_retriever(), Vectors(unlabelled)).figures}
    assert measures == {"Success@1", "Success@10", "MedianRank"}


def test_texts_that_are_looked_up_are_named_where_captions_are_single(tmp_path):
    scenes = make_scenes(24, modalities=("text", "image"))
    np.savez(tmp_path / "texts.npz", text=RNG.random((24, 4)), ids=scenes.ids)
    extractors = {"text": PrecomputedFeatures(tmp_path / "texts.npz", "text"), "image": ColorHistogram()}
    figures = []
    for captions in ("single", "together"):
        retriever = CrossModalRetriever(extractors, CCA(2), captions=captions).fit_collection(scenes)
        figures.append(assess(retriever, scenes.split("test")).figures)
    assert figures[0] == figures[1]


def test_tables_and_json(assessment):
    head, *rows = assessment.table()
    assert head[0] == "direction" and len(rows) == len(assessment.figures)
    assert json.loads(json.dumps(assessment.to_dict()))["protocol"] == "wiki"
    seen = Assessment([Figure("a->b", "MedianRank", 3.0, 1.0, 5.0, 6.0, None, 10, 12, seen=2)], [], "wiki")
    assert seen.table()[1] == ("a->b", "MedianRank", "3.0*", "1.0 .. 5.0", "6.0", "-", "10 x 12")


def test_what_cannot_be_measured():
    with pytest.raises(ValueError, match="unknown protocol 'mine'; choose one of wiki"):
        assess(plain_retriever(), Vectors(RECORDS), "mine")
    texts = [{"id": "a", "text": [1.0, 0.0]}]
    with pytest.raises(ValueError, match="made has items of text only; measuring needs items of two"):
        assess(plain_retriever(), Vectors(texts))
