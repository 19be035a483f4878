"""What is tried for which views, which of it wins, and what cannot be learned is passed over."""

import numpy as np
import pytest
from sklearn.base import clone

from classicxm.alignment import CCA, CFA, GCCA, MCCA, PLSSVD, KernelRidgeMatching, Preprocessed
from classicxm.alignment.moments import Moments
from classicxm.alignment.selection import retrieval_score
from classicxm.evaluation import measure
from classicxm.labels import LABEL_VIEW, class_indicators
from classicxm.scale.selection import COMPONENTS, POWERS, candidates, choose
from classicxm.scale.statistics import Drawn

RANDOM = np.random.default_rng(0)
FACTORS = RANDOM.normal(size=(90, 4))
VIEWS = {
    name: FACTORS @ RANDOM.normal(size=(4, d)) + 0.7 * RANDOM.normal(size=(90, d))
    for name, d in (("image", 20), ("text", 12))
}
LABELS = np.array([f"class {n}" for n in np.digitize(FACTORS[:, 0], [-0.4, 0.4])], object)
FOLD = np.arange(90) % 3


def folds(labels=None):
    """Moments and rows of each of three folds."""
    moments, held = [], []
    for fold in range(3):
        mine = {name: X[fold == FOLD] for name, X in VIEWS.items()}
        label = np.full(30, None, object) if labels is None else labels[fold == FOLD]
        if labels is not None and all(labels):
            mine[LABEL_VIEW] = class_indicators(labels, 90)[1][fold == FOLD]
        moments.append(Moments().add(mine))
        held.append(Drawn.of(np.arange(30, dtype=np.uint64), {**mine, "label": label}, 30))
    return moments, held


def score_of(setting, relevance, labels=None):
    """Mean of an alignment that is fitted on the rows of two folds and asked with those of the third."""
    scores = []
    for fold in range(3):
        kept = {n: X[fold != FOLD] for n, X in VIEWS.items()}
        fitted = clone(setting).fit(kept, None if labels is None else labels[fold != FOLD])
        inside = {n: X[fold == FOLD] for n, X in VIEWS.items()}
        scores.append(
            retrieval_score(fitted, inside, relevance[fold == FOLD][:, fold == FOLD], measure("AP"))
        )
    return np.mean(scores)


def test_two_views_and_three_have_alignments_of_their_own():
    moments = Moments().add(VIEWS)
    two, three = candidates(moments), candidates(Moments().add({**VIEWS, "audio": VIEWS["text"]}))
    assert {type(one) for one in two} == {CCA, PLSSVD, CFA}
    assert {type(one) for one in three} == {CCA, PLSSVD, MCCA, GCCA}
    assert len({repr(one) for one in three}) == len(three)


def test_classes_are_regressed_on_where_all_items_have_them():
    T = class_indicators(LABELS, 90)[1]
    every = candidates(Moments().add({**VIEWS, LABEL_VIEW: T}))
    regressions = [one for one in every if isinstance(one, Preprocessed)]
    assert {type(one.aligner) for one in regressions} == {KernelRidgeMatching}
    assert {one.score_metric for one in regressions} == {"dot", "cosine"} and len(regressions) == 8
    energy = ((VIEWS["text"] - VIEWS["text"].mean(axis=0)) ** 2).sum() / 90
    assert regressions[0].aligner.ridge["text"] == pytest.approx(0.1 * energy)
    choice = choose(*folds(LABELS), [CCA(None), *regressions[::3]])
    assert {type(setting) for setting, _ in choice.tried} == {CCA, Preprocessed}
    by_class = LABELS[:, None] == LABELS
    for setting, score in choice.tried:
        if isinstance(setting, Preprocessed):
            assert score == pytest.approx(score_of(setting, by_class, LABELS), abs=1e-9)
    assert "\n" not in str(choice)


@pytest.mark.parametrize("labels", [None, LABELS])
def test_scores_are_those_of_alignments_of_the_rows(labels):
    choice = choose(*folds(labels), [CCA(None, ridge=1.0), PLSSVD(None)])
    relevance = np.eye(90, dtype=bool) if labels is None else labels[:, None] == labels
    for setting, score in choice.tried:
        assert score == pytest.approx(score_of(setting, relevance), abs=1e-9)
    assert choice.measure == ("AP of the partner" if labels is None else "AP by class")


def test_prefixes_and_powers_are_tried_and_the_best_is_first():
    choice = choose(*folds(), [CCA(None, ridge=1.0), CFA(None)])
    tried = [setting.get_params() for setting, _ in choice.tried]
    of_cca = {(one["n_components"], one["power"]) for one in tried if "power" in one}
    assert of_cca == {(k, power) for k in (8, 12) for power in POWERS}
    assert {one["n_components"] for one in tried if "power" not in one} == {8, 12} and 8 in COMPONENTS
    scores = [score for _, score in choice.tried]
    assert scores == sorted(scores, reverse=True)
    assert (choice.aligner, choice.score) == choice.tried[0] and not hasattr(choice.aligner, "weights_")
    assert f"among {len(tried)} settings" in str(choice)


def test_one_item_without_a_class_makes_the_partner_relevant():
    labels = LABELS.copy()
    labels[5] = None
    assert choose(*folds(labels), [PLSSVD(None)]).measure == "AP of the partner"


class Singular(PLSSVD):
    """Cannot be learned from anything."""

    def fit_moments(self, moments):
        raise np.linalg.LinAlgError("singular")


def test_what_cannot_be_learned_is_passed_over():
    choice = choose(*folds(), [Singular(None), PLSSVD(None)])
    assert {type(setting) for setting, _ in choice.tried} == {PLSSVD}
    with pytest.raises(ValueError, match="no alignment could be learned from the folds; describe more items"):
        choose(*folds(), [Singular(None)])
