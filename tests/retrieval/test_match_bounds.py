"""What random pairs reach: learned on folds, kept with the model, and said where nothing beats it."""

import numpy as np
import pytest
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA, PrivateCCA, SemanticMatching
from classicxm.datasets import make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.match_bounds import fold_bounds, known_bounds, stored_bounds
from classicxm.text import TfidfText
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture(scope="module")
def views():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(90, 5))
    return {"image": shared + 0.3 * rng.normal(size=(90, 5)), "text": shared @ rng.normal(size=(5, 7))}


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(150, modalities=("text", "image"))


@pytest.fixture(scope="module")
def fitted(scenes):
    return CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(8)).fit_collection(
        scenes
    )


def unit(X):
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def test_bounds_are_quantiles_of_random_pairs_of_held_out_folds(views):
    found = {("text", "image"): [], ("text", "text"): [], ("any", "image"): []}
    for kept, held in KFold(3, shuffle=True, random_state=0).split(np.zeros(90)):
        cca = CCA(4).fit({name: X[kept] for name, X in views.items()})
        sides = {name: unit(cca.transform_view(name, X[held])) for name, X in views.items()}
        sides["any"] = unit((sides["text"] + sides["image"]) / 2)
        for (source, target), scores in found.items():
            pairs = sides[source] @ sides[target].T
            scores += [pairs[i, j] for i in range(len(held)) for j in range(len(held)) if i != j]
    bounds = fold_bounds(CCA(4), views)
    for (source, target), scores in found.items():
        assert bounds[source][target] == pytest.approx(np.quantile(scores, 0.95), abs=1e-9)


@pytest.mark.parametrize("n", [0, 2, 11])
def test_of_few_items_nothing_is_learned(views, n):
    assert fold_bounds(CCA(2), {name: X[:n] for name, X in views.items()}) == {}


@pytest.mark.parametrize("labels", [[None] * 90, ["a"] * 45 + [None] * 45, [["a", "b"], ["b"], []] * 30])
def test_items_may_lack_labels_or_have_several(views, labels):
    assert fold_bounds(CCA(4), views, labels)["text"]["image"] == pytest.approx(
        fold_bounds(CCA(4), views)["text"]["image"], abs=1e-9
    )


def test_of_many_items_one_fold_and_a_bounded_number_to_fit_on_serve():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(4000, 5))
    many = {"image": shared + 0.3 * rng.normal(size=(4000, 5)), "text": shared @ rng.normal(size=(5, 7))}
    fitted_on = []

    class Watched(CCA):
        def fit(self, views, y=None):
            fitted_on.append(len(views["text"]))
            return super().fit(views, y)

    bound = fold_bounds(Watched(4), many)["text"]["image"]
    assert fitted_on == [3000]
    few = fold_bounds(CCA(4), {name: X[:1500] for name, X in many.items()})["text"]["image"]
    assert bound == pytest.approx(few, abs=0.05)


def test_an_alignment_that_cannot_be_fitted_on_folds_has_no_bounds(views):
    assert fold_bounds(SemanticMatching(), views, ["a"] * 89 + ["b"]) == {}


def test_a_private_alignment_sees_the_items_once(views):
    assert fold_bounds(PrivateCCA(2, epsilon=1.0), views) == {}


def test_what_the_training_items_hold_matches_and_unknown_things_do_not(fitted):
    good = fitted.search({"text": "a big red circle"}, "image", 3)
    assert good.is_match and good.verdict == "" and good[:1].is_match
    assert good.bound == fitted.match_bounds_["text"]["image"]
    with pytest.warns(UserWarning):
        lost = fitted.search({"text": "annual report"}, "image", 3)
    assert lost.is_match is False and "knows nothing" in lost.verdict


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_steps_that_centre_do_not_make_the_unknown_known(scenes):
    centred = make_pipeline(TfidfText(), StandardScaler())
    retriever = CrossModalRetriever({"text": centred, "image": ColorHistogram()}, CCA(4, ridge=0.1))
    retriever.fit_collection(scenes)
    assert not retriever.search({"text": "annual report"}, "image", 3).is_known
    assert retriever.search({"text": "annual circle"}, "image", 3).is_known
    assert retriever.search([{"text": "annual report"}, {"text": "red"}], "image", 3).is_known
    assert not retriever.recommend(
        [{"text": "annual report"}, {"text": "red", "weight": -1}], "image"
    ).is_known


def test_the_verdict_names_both_scores(fitted):
    hits = fitted.search({"text": "a big red circle"}, "image", 3).judged(1.5)
    assert hits.is_match is False
    assert (
        hits.verdict
        == f"no good match: the best score is {hits.best:.4f}, and 5 % of random pairs reach 1.5000"
    )


def test_what_was_asked_with_is_no_match_of_itself(fitted):
    hits = fitted.search(["scene-0003"], "image", 5)
    assert hits[0].id == "scene-0003" and hits.best == hits[1].score


def test_several_parts_go_by_the_highest_bound_and_merged_lists_by_none(fitted, scenes):
    image, bounds = scenes[3]["image"], fitted.match_bounds_
    query = {"text": "red circle", "image": image}
    assert fitted.search(query, "image").bound == max(bounds[m]["image"] for m in query)
    assert fitted.search(query, "image", fusion="rrf").is_match is None
    for fusion in ("rrf", "combsum", "combmnz"):  # a list alone is merged too, and has scores of its own
        assert fitted.search({"text": "a red circle"}, "image", fusion=fusion).is_match is None
    assert fitted.search({"text": "a red circle"}, "image", fusion="confidence").is_match is not None
    assert fitted.recommend(["scene-0003"], "text").bound == bounds["any"]["text"]


def test_min_score_leaves_out_the_rest_and_keeps_the_verdict(fitted):
    every = fitted.search({"text": "red circle"}, "image", 20)
    some = fitted.search({"text": "red circle"}, "image", 20, min_score=every[4].score)
    assert [hit.id for hit in some] == [hit.id for hit in every if hit.score >= every[4].score]
    none = fitted.search({"text": "red circle"}, "image", min_score=2.0)
    assert not none and none.best == every.best


def test_bounds_are_saved_and_older_models_take_them_from_what_they_hold(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = CrossModalRetriever.load(tmp_path / "model")
    assert loaded.match_bounds_ == fitted.match_bounds_
    loaded.match_bounds_ = None
    fresh = [key for key in loaded.indexes_["text"].ids() if key not in set(loaded.learned_ids_)]
    scores = unit(loaded.indexes_["text"].vectors(fresh)) @ unit(loaded.indexes_["image"].vectors(fresh)).T
    expected = np.quantile(scores[~np.eye(len(fresh), dtype=bool)], 0.95)
    assert loaded.search({"text": "red circle"}, "image").bound == pytest.approx(expected, abs=1e-6)


def test_bounds_that_were_not_learned_are_found_once(monkeypatch):
    rng = np.random.default_rng(0)
    items = {modality: dict(enumerate(rng.normal(size=(20, 2)).tolist())) for modality in ("texts", "images")}
    retriever = plain_retriever(**items)
    retriever.match_bounds_ = None
    expected = stored_bounds(retriever)
    assert known_bounds(retriever) == expected and sorted(expected) == ["any", "image", "text"]
    retriever.remove(list(range(19)))
    assert known_bounds(retriever) == retriever.known_bounds() == expected != stored_bounds(retriever)
