"""What a result has to beat: random order, and an order that never looks at the query."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from classicxm.evaluation.expectation import first_relevant_probability
from classicxm.evaluation.measures import Measure
from classicxm.evaluation.measures import measure as measure_of
from classicxm.evaluation.ties import ranked_relevance, row_chunks
from classicxm.labels import label_indicators, one_class_each
from classicxm.sequences import plain_array, real_array

__all__ = [
    "class_posteriors",
    "posterior_strength",
    "query_blind_floor",
    "query_blind_scores",
    "random_floor",
]

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of the logistic regression, chosen on training folds


def random_floor(
    relevant: ArrayLike, measure: str | Measure = "AP", n_samples: int = 200, random_state: int = 0
) -> np.ndarray:
    """A measure's expectation for a gallery in random order, per query.

    Exact (the policy ``average`` on all-tied scores) for every measure but 11pt, which has no closed form and is
    simulated, and MedianRank, which becomes the median of each query's first relevant rank.

    Parameters
    ----------
    relevant : array (n_queries, n_items) of bool or numbers of at least 0
    measure : str or Measure
    n_samples : int, default=200
        Random orders a query that a simulation draws.
    random_state : int, default=0
        Seed of the simulation.

    Returns
    -------
    float array (n_queries,)

    Examples
    --------
    >>> random_floor([[1, 0, 0, 0]], "Success@1")
    array([0.25])
    """
    chosen = measure_of(measure, ties="gallery_order" if measure_of(measure).kind == "11pt" else "average")
    relevant = plain_array("relevant", relevant)
    if relevant.ndim != 2:
        raise ValueError(f"relevant must be 2-D (n_queries, n_items), got shape {relevant.shape}")
    if chosen.kind == "11pt":
        return _simulated(relevant, chosen, n_samples, random_state)
    if chosen.kind == "MedianRank":
        return _median_first_rank(relevant)
    return chosen(np.broadcast_to(0.0, relevant.shape), relevant)


def query_blind_scores(
    train_features: ArrayLike, train_labels: Sequence[Any], features: ArrayLike
) -> np.ndarray:
    """Score a gallery by sum_c prior_c * posterior_c(item), ignoring the query.

    This is the probability that an item shares its class with a query drawn at random. Posteriors come from
    logistic regression on z-scored features (one per class where an item has several labels), its strength chosen by
    likelihood on training folds.

    Parameters
    ----------
    train_features : array (n_train, d)
        Training items of the gallery's modality.
    train_labels : sequence of n_train labels, or lists of labels
    features : array (n_items, d)
        The gallery.

    Returns
    -------
    float array (n_items,), the same for every query

    Examples
    --------
    >>> scores = query_blind_scores([[0], [0.1], [0.2], [5]], ["sea", "sea", "sea", "sky"], [[0], [5]])
    >>> bool(scores[0] > scores[1])
    True
    """
    posteriors, priors = class_posteriors(train_features, train_labels, features)
    return posteriors @ priors


def query_blind_floor(
    relevant: ArrayLike,
    train_features: ArrayLike,
    train_labels: Sequence[Any],
    features: ArrayLike,
    measure: str | Measure = "AP",
) -> np.ndarray:
    """A measure of the ranking by `query_blind_scores`, per query: (n_queries,).

    Examples
    --------
    >>> train, labels = [[0], [0.1], [0.2], [5]], ["sea", "sea", "sea", "sky"]
    >>> query_blind_floor([[True, False], [False, True]], train, labels, [[0], [5]])
    array([1. , 0.5])
    """
    scores = query_blind_scores(train_features, train_labels, features)
    return measure_of(measure)(np.broadcast_to(scores, (np.shape(relevant)[0], len(scores))), relevant)


def class_posteriors(
    train_features: ArrayLike, train_labels: Sequence[Any], features: ArrayLike, strength: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Class posteriors (n_items, n_classes) and class priors (n_classes,) learned from a training set.

    ``strength`` is the C of the logistic regression; None takes that of `posterior_strength`.
    """
    train, targets = _training_set(train_features, train_labels)
    features = _finite("features", features)
    if features.shape[1] != train.shape[1]:
        raise ValueError(
            f"features must have {train.shape[1]} columns as in training, got {features.shape[1]}"
        )
    priors = targets.mean(axis=0)
    if not len(features):
        return np.zeros((0, targets.shape[1])), priors
    with threadpool_limits(1):  # many small problems: threads would only wait for each other
        strength = _best_strength(train, targets) if strength is None else strength
        return _fitted_posteriors(train, targets, features, strength), priors


def posterior_strength(train_features: ArrayLike, train_labels: Sequence[Any]) -> float:
    """The C of `class_posteriors` that gives held-out training labels the highest likelihood.

    >>> posterior_strength([[0], [0.1], [0.2], [5]], ["sea", "sea", "sea", "sky"]) in STRENGTHS
    True
    """
    with threadpool_limits(1):
        return _best_strength(*_training_set(train_features, train_labels))


def _training_set(features: ArrayLike, labels: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Finite rows and bool indicators (n_train, n_classes)."""
    train = _finite("train_features", features)
    (indicator,), classes = label_indicators(train=labels)
    if len(train) != indicator.shape[0]:
        raise ValueError(f"train_labels must be one a training item ({len(train)}), got {indicator.shape[0]}")
    if not classes:
        raise ValueError("train_labels has no class; give at least one labelled item")
    return train, indicator.toarray() > 0


def _best_strength(X: np.ndarray, targets: np.ndarray, n_folds: int = 5) -> float:
    """The C whose posteriors give held-out training labels the highest likelihood."""
    if len(X) < 2:
        return STRENGTHS[len(STRENGTHS) // 2]
    likelihood = dict.fromkeys(STRENGTHS, 0.0)
    folds = KFold(min(n_folds, len(X)), shuffle=True, random_state=0)
    for kept, held in folds.split(X):
        for strength in STRENGTHS:
            posterior = _fitted_posteriors(X[kept], targets[kept], X[held], strength)
            right = np.where(targets[held], posterior, 1 - posterior)
            if one_class_each(targets):
                right = right[targets[held]]
            likelihood[strength] += np.log(np.maximum(right, 1e-12)).sum()
    return max(STRENGTHS, key=lambda strength: likelihood[strength])


def _fitted_posteriors(X: np.ndarray, targets: np.ndarray, X_new: np.ndarray, strength: float) -> np.ndarray:
    """Posteriors (n_new, n_classes): multinomial for one class per item, else one regression per class."""
    scaler = StandardScaler().fit(X)
    X, X_new = scaler.transform(X), scaler.transform(X_new)
    posterior = np.zeros((len(X_new), targets.shape[1]))
    if one_class_each(targets):
        present, y = np.unique(targets.argmax(axis=1), return_inverse=True)
        posterior[:, present] = _probabilities(X, y, X_new, strength)
        return posterior
    for column, y in enumerate(targets.T):
        posterior[:, column] = _probabilities(X, y, X_new, strength)[:, -1] if y.any() else 0
    return posterior


def _probabilities(X: np.ndarray, y: np.ndarray, X_new: np.ndarray, strength: float) -> np.ndarray:
    if (y == y[0]).all():
        return np.ones((len(X_new), 1))
    from sklearn.linear_model import LogisticRegression  # takes long to import

    model = LogisticRegression(C=strength, max_iter=1000)
    with warnings.catch_warnings():
        # A floor that stops a hair before the optimum is the same floor.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Many classes of few items each are classes all the same.
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        return model.fit(X, y).predict_proba(X_new)


def _finite(name: str, X: ArrayLike) -> np.ndarray:
    X = real_array(name, X).astype(np.float64)
    if X.ndim != 2:
        raise ValueError(f"{name} must be 2-D (n_items, n_features), got shape {X.shape}")
    bad = ~np.isfinite(X).all(axis=1)
    if bad.any():
        raise ValueError(f"{name} has NaN or infinity, first in row {bad.argmax()}; drop or impute such rows")
    return X


def _simulated(relevant: np.ndarray, chosen: Measure, n_samples: int, random_state: Any) -> np.ndarray:
    """Mean over random orders; queries with as many relevant items share their draws."""
    random = np.random.default_rng(random_state)
    counts, group = np.unique((relevant > 0).sum(axis=1), return_inverse=True)
    means = np.zeros(len(counts))
    n_items = relevant.shape[1]
    for row, count in enumerate(counts):
        line = np.broadcast_to(np.arange(n_items) < count, (n_samples, n_items))
        drawn = [chosen(random.random((r.stop - r.start, n_items)), line[r]) for r in row_chunks(*line.shape)]
        means[row] = np.concatenate(drawn).mean()
    return means[group]


def _median_first_rank(relevant: np.ndarray) -> np.ndarray:
    """The smallest rank within which a random order has its first relevant item half of the time."""
    medians = np.full(len(relevant), np.inf)
    for rows in row_chunks(*relevant.shape):
        tied = ranked_relevance(np.broadcast_to(0.0, relevant[rows].shape), relevant[rows], "average")
        reached = np.cumsum(first_relevant_probability(tied), axis=1) >= 0.5 - 1e-9
        some = reached.any(axis=1)
        medians[rows][some] = reached[some].argmax(axis=1) + 1
    return medians
