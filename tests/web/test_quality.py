"""How good a served model is, worked out again from its vectors."""

import json

import numpy as np
import pytest

from classicxm.web.quality import Quality, measured
from tests.retrieval.plain_vectors import plain_retriever

RNG = np.random.default_rng(0)
VECTORS = {f"i{n}": RNG.normal(size=2).tolist() for n in range(20)}


def test_partners_that_lie_together_are_found():
    retriever = plain_retriever(texts=VECTORS, images=VECTORS)
    retriever.match_bounds_ = None  # as of models that learned none
    quality = measured(retriever)
    figures = {(f.direction, f.measure): f for f in quality.figures}
    first = figures["text->image", "Success@1"]
    assert (
        first.value == 1 and first.random == pytest.approx(1 / 20) and not first.seen and first.n_items == 20
    )
    assert figures["image->text", "MedianRank"].value == 1
    unit = np.array([v / np.linalg.norm(v) for v in VECTORS.values()])
    expected = np.quantile((unit @ unit.T)[~np.eye(20, dtype=bool)], 0.95)
    assert quality.strangers["text"]["image"] == pytest.approx(expected, abs=1e-6)


def test_items_that_were_learned_from_are_left_out_or_marked():
    retriever = plain_retriever(texts=VECTORS, images=VECTORS)
    retriever.learned_ids_ = list(VECTORS)[:15]
    assert {figure.n_items for figure in measured(retriever).figures} == {5}
    retriever.learned_ids_ = list(VECTORS)
    assert {(figure.n_items, figure.seen) for figure in measured(retriever).figures} == {(20, True)}
    assert {figure.n_items for figure in measured(retriever, most=7).figures} == {7}


def test_figures_are_json():
    quality = Quality((), {"text": {"image": 0.5}})
    assert json.loads(json.dumps(quality.to_dict()))["strangers"] == [
        {"source": "text", "target": "image", "score": 0.5}
    ]


def test_too_few_pairs():
    assert measured(plain_retriever(texts={"a": [1, 0]}, images={"a": [1, 0]})).figures == ()
