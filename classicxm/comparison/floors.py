"""Floors of a comparison: what chance reaches, and a ranking that never looks at the query.

An alignment that is no better than the second has learned which items are relevant to many, and nothing of the query.
"""

from functools import partial

import joblib
import numpy as np

import classicxm
from classicxm.comparison.item_rows import mean_per_item, measured_per_item, row_relevance
from classicxm.comparison.journal import Journal
from classicxm.comparison.plan import PARTNER_MEASURES, Plan
from classicxm.comparison.trials import FeatureSet, Targets, directions
from classicxm.evaluation.floors import query_blind_scores, random_floor

__all__ = ["comparison_floors"]

#: Dimensions of the features that the query-blind classifier sees; it needs no more.
BLIND_FEATURES = 64


def comparison_floors(
    features: FeatureSet, targets: Targets, plan: Plan, journal: Journal
) -> dict[str, np.ndarray]:
    """What one set of features is measured at by chance and without looking at the query.

    Parameters
    ----------
    features : FeatureSet
    targets : Targets
    plan : Plan
    journal : Journal
        Where floors that were found before are read from.

    Returns
    -------
    dict of str to array (n_directions, n_measures, n_test)
        "random", and with labels of the training items "query-blind".

    Examples
    --------
    >>> views = {"image": np.eye(4), "text": np.eye(4)}
    >>> features, labels = FeatureSet(views, views), ["sea", "sea", "sky", "sky"]
    >>> floors = comparison_floors(features, Targets(labels, labels), Plan(measures=("P@1",)), Journal(None))
    >>> floors["random"].shape, float(floors["random"][0, 1, 0])
    ((2, 4, 4), 0.5)
    """
    key = joblib.hash(
        (
            classicxm.__version__,
            [(m, np.asarray(X)) for part in (features.train, features.test) for m, X in part.items()],
            (targets.train, targets.test, plan.protocol, plan.measures, "floors"),
            {name: np.asarray(rows) for name, rows in features.owners.items()},
        )
    )
    return journal.recall(key, lambda: ({}, _floor_values(features, targets, plan)))[1]


def _floor_values(features: FeatureSet, targets: Targets, plan: Plan) -> dict[str, np.ndarray]:
    n, owners = features.n_test, features.owners
    relevant, partner = targets.relevance(targets.test, n), np.eye(n, dtype=bool)
    asked = [(relevant, (plan.protocol, *plan.measures)), (partner, PARTNER_MEASURES)]
    pairs = directions(list(features.test))
    random = [
        [
            mean_per_item(random_floor(row_relevance(truth, owners, *pair), name), owners, pair[0])
            for truth, names in asked
            for name in names
        ]
        for pair in pairs
    ]
    floors = {"random": np.array(random)}
    if targets.train is None:
        return floors
    blind = []
    for source, target in pairs:
        train, gallery = _narrow(features.train[target], features.test[target])
        scores = query_blind_scores(train, targets.train, gallery)
        blind.append(measured_per_item(partial(_alike, scores), asked, owners, source, target))
    return {**floors, "query-blind": np.array(blind)}


def _alike(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The same scores for every query."""
    return np.broadcast_to(scores, truth.shape)


def _narrow(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leading principal components of wide features: the floor's classifier needs no more."""
    if train.shape[1] <= 2 * BLIND_FEATURES:
        return train, test
    from sklearn.decomposition import PCA

    reduction = PCA(min(BLIND_FEATURES, *train.shape), random_state=0).fit(train)
    return reduction.transform(train), reduction.transform(test)
