"""Explanations under alignments that are not linear: parts sum to the score minus the empty item's score."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import KernelCCA, KernelRidgeMatching, Preprocessed, SemanticMatching
from classicxm.datasets import make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever, make_retriever
from classicxm.retrieval.integrated_gradients import path_weights
from classicxm.text import TfidfText

ALIGNERS = {
    "logistic, dot": Preprocessed(SemanticMatching(kernel="linear", C=30.0), StandardScaler(with_std=False)),
    "logistic, cosine": SemanticMatching(C=10.0, score_metric="cosine"),
    "chi2 kernel": KernelRidgeMatching(kernel="chi2"),
    "linear kernel": KernelRidgeMatching(kernel="linear", centre=True, score_metric="cosine"),
    "kernel CCA": KernelCCA(4, kernel="rbf", ridge=0.1),
}


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(60, modalities=("text", "image"))


@pytest.mark.parametrize("name", ALIGNERS)
def test_parts_and_the_empty_items_score_sum_to_the_score(scenes, name):
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    fitted = CrossModalRetriever(extractors, ALIGNERS[name]).fit_collection(scenes)
    hit = fitted.search({"text": "a red circle"}, "image", k=1)[0]
    why = fitted.explain(
        {"text": "a red circle"}, hit, "image", item=scenes[scenes.ids.index(hit.id)]["image"]
    )
    assert why.score == pytest.approx(hit.score, abs=1e-6)
    words = sum(word.contribution for word in why.query.words)
    assert words + why.query.baseline == pytest.approx(why.score, abs=1e-6)
    assert why.target.heat_map.sum() + why.target.baseline == pytest.approx(why.score, abs=1e-6)
    if name != "linear kernel":  # whose baseline is that of the item's own length, as all linear ones'
        empty = fitted.aligner_.transform_view(
            "text", np.zeros((1, fitted.extractors_["text"].n_features_out_))
        )
        found = fitted.indexes_["image"].vectors([hit.id])
        score = float(empty[0] @ found[0])
        if why.metric == "cosine":
            score /= np.linalg.norm(empty) * np.linalg.norm(found)
        assert why.query.baseline == pytest.approx(score, abs=1e-6)


def test_the_sum_is_exact_without_the_correction():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 20)
    views = {name: rng.random((60, 6)) + np.eye(3)[y] @ rng.random((3, 6)) for name in ("a", "b")}
    model = SemanticMatching(C=1.0).fit(views, y)
    row, other = rng.random(6), model.transform_view("b", views["b"][:1])[0]
    weights, empty = path_weights(model, "a", row, other, "dot")
    fine = np.linspace(0, 1, 20_001)[:, None] * row  # the trapezium rule as an oracle
    slopes = model.gradient("a", fine, np.broadcast_to(other, (len(fine), 3)))
    mean = (slopes[:-1] + slopes[1:]).mean(axis=0) / 2
    np.testing.assert_allclose(weights, mean, atol=1e-6)
    assert empty + row @ weights == pytest.approx(float(model.transform_view("a", row[None])[0] @ other))


def test_what_selection_chooses_explains_annotates_recommends_and_saves(scenes, tmp_path):
    fitted = make_retriever("baseline", select=True, aim="class")
    fitted.selection.set_params(n_folds=2)
    fitted.set_params(extractors={"text": TfidfText(), "image": ColorHistogram()}).fit_collection(scenes)
    for candidate in ALIGNERS.values():
        model = CrossModalRetriever(fitted.extractors, candidate).fit_collection(scenes)
        model.save(tmp_path / "m")
        loaded = CrossModalRetriever.load(tmp_path / "m")
        assert loaded.annotate({"image": scenes[0]["image"]}, k=3) == model.annotate(
            {"image": scenes[0]["image"]}, k=3
        )
        assert len(loaded.recommend([scenes[0]["id"]], "image", k=3)) == 3
    assert len(fitted.annotate({"image": scenes[0]["image"]}, k=3)) == 3
    why = fitted.explain({"text": "a red circle"}, scenes[0]["id"], "image", item=scenes[0]["image"])
    assert why.target.heat_map.sum() + why.target.baseline == pytest.approx(why.score, abs=1e-6)
