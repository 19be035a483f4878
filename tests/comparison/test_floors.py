"""What a comparison is held against: by the functions of evaluation, row by row, and once for every journal."""

import numpy as np
import pytest

from classicxm.comparison import FeatureSet, Plan, Targets
from classicxm.comparison import floors as module
from classicxm.comparison.floors import comparison_floors
from classicxm.comparison.journal import Journal
from classicxm.comparison.plan import PARTNER_MEASURES
from classicxm.evaluation import class_relevance, evaluate
from classicxm.evaluation.floors import query_blind_scores, random_floor

LABELS = ["sea", "sky"] * 12
PLAN = Plan(measures=("P@5",))


def features(width=3):
    rng = np.random.default_rng(0)
    towards = np.array([[0.0], [2.0]] * 12)
    train, test = ({m: towards + rng.normal(size=(24, width)) for m in ("image", "text")} for _ in range(2))
    return FeatureSet(train, test)


def test_chance_is_that_of_every_direction_and_measure():
    floors = comparison_floors(features(), Targets(LABELS, LABELS), PLAN, Journal(None))
    relevant, partner = class_relevance(LABELS, LABELS), np.eye(24, dtype=bool)
    expected = [random_floor(relevant, name) for name in (PLAN.protocol, "P@5")]
    expected += [random_floor(partner, name) for name in PARTNER_MEASURES]
    assert floors["random"].shape == (2, len(expected), 24)
    for direction in floors["random"]:
        np.testing.assert_allclose(direction, expected)


def test_a_blind_ranking_is_the_same_for_every_query():
    given = features()
    floors = comparison_floors(given, Targets(LABELS, LABELS), PLAN, Journal(None))
    scores = query_blind_scores(
        given.train["text"], LABELS, given.test["text"]
    )  # the first direction's gallery
    relevant = class_relevance(LABELS, LABELS)
    expected = evaluate(np.tile(scores, (24, 1)), relevant, ["P@5"])["P@5"]
    np.testing.assert_allclose(floors["query-blind"][0, 1], expected)
    assert len(set(floors["query-blind"][0, 1].tolist())) <= 2  # one value for each class of queries


def test_without_labels_there_is_chance_alone():
    floors = comparison_floors(features(), Targets(None, None), PLAN, Journal(None))
    assert list(floors) == ["random"]


@pytest.mark.parametrize(("width", "seen"), [(2 * module.BLIND_FEATURES, 128), (129, 24)])
def test_wide_features_are_reduced_for_the_classifier(width, seen):
    train, test = module._narrow(*(np.random.default_rng(n).normal(size=(24, width)) for n in range(2)))
    assert train.shape == test.shape == (24, seen)


def test_floors_are_found_once(tmp_path, monkeypatch):
    asked = features(), Targets(LABELS, LABELS), PLAN, Journal(tmp_path)
    first = comparison_floors(*asked)
    monkeypatch.setattr(module, "_floor_values", None)
    again = comparison_floors(*asked)
    assert first.keys() == again.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values)
