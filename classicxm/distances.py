"""Named distances and similarities between the rows of two arrays, one registry.

Every metric gives a score, higher is better, so that searching and evaluating read alike; `distance` gives the
usual non-negative distance (lower is better) where there is one. Histogram metrics (``kl``, ``js``, ``chi2``,
``hellinger``) take rows as distributions: negative entries are refused and rows are scaled to sum 1, except for
``chi2``, which compares them as they are. A row of zeros stays zeros.

| name | score of x, y |
|---|---|
| cosine | x.y / (|x| |y|), 0 for a zero row |
| dot | x.y |
| euclidean | -sqrt(sum (x - y)^2) |
| cityblock | -sum |x - y| |
| correlation | cosine of x - mean x and y - mean y |
| kl | -sum x log(x / y), the query x first, 0 log 0 = 0 |
| js | -(KL(x, m) + KL(y, m)) / 2 with m = (x + y) / 2, at least -log 2 |
| chi2 | -sum (x - y)^2 / (x + y), 0 / 0 = 0 |
| hellinger | -sqrt(sum (sqrt x - sqrt y)^2 / 2), at least -1 |
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import xlogy

__all__ = ["METRICS", "Metric", "distance", "get_metric", "similarity"]

# Smallest probability that KL divides by; keeps the divergence finite where y has a zero and x has not.
SMALLEST_PROBABILITY = 1e-12
# Entries of the temporary that element-wise metrics may hold (32 MB of float64).
BLOCK_ENTRIES = 4_000_000


@dataclass(frozen=True)
class Metric:
    """A named similarity.

    Attributes
    ----------
    name : str
    prepare : callable
        Rows (n, d) -> rows (n, d), done once an array: normalising, centring, square roots.
    score : callable
        Prepared queries (q, d) and items (n, d) -> scores (q, n), higher is better.
    to_distance : callable
        Scores -> distances, lower is better.
    inner_product : bool
        Whether ``score`` is the plain dot product of prepared rows.
    """

    name: str
    prepare: callable
    score: callable
    to_distance: callable
    inner_product: bool = False

    def __call__(self, queries, items):
        """Scores (n_queries, n_items) of rows as they come."""
        queries, items = _matrix("queries", queries), _matrix("items", items)
        if queries.shape[1] != items.shape[1]:
            raise ValueError(
                f"queries have {queries.shape[1]} dimensions and items {items.shape[1]}; they must agree"
            )
        return self.score(self.prepare(queries), self.prepare(items))


def _matrix(name, X):
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(f"{name} must be 2-D (n, n_dimensions), got shape {X.shape}")
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


def _unchanged(X):
    return X


def unit_rows(X):
    """Rows scaled to Euclidean length 1; zero rows stay zero."""
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(length > 0, length, 1)


def _centred_unit_rows(X):
    centred = X - X.mean(axis=1, keepdims=True)
    # what is left of a constant row is rounding, not direction
    centred[np.linalg.norm(centred, axis=1) <= 1e-6 * np.linalg.norm(X, axis=1)] = 0
    return unit_rows(centred)


def _histograms(X):
    if X.size and X.min() < 0:
        row, column = np.unravel_index(np.argmin(X), X.shape)
        raise ValueError(
            f"histogram metrics need non-negative values, got {X[row, column]:.4g} in row {row}, column {column}; "
            "use cosine or euclidean, or turn the rows into posteriors"
        )
    return X


def _distributions(X):
    X = _histograms(X).astype(np.float64, copy=False)
    total = X.sum(axis=1, keepdims=True)
    return X / np.where(total > 0, total, 1)


def _root_distributions(X):
    return np.sqrt(_distributions(X))


def _dot(queries, items):
    return queries @ items.T


def _negative_cdist(metric, queries, items):
    return -cdist(queries, items, metric)


def _negative_euclidean(queries, items):
    return _negative_cdist("euclidean", queries, items)


def _negative_cityblock(queries, items):
    return _negative_cdist("cityblock", queries, items)


def _negative_hellinger(queries, items):
    return _negative_cdist("euclidean", queries, items) / np.sqrt(2)


def _negative_kl(queries, items):
    log_items = np.log(np.maximum(items, SMALLEST_PROBABILITY))
    return queries @ log_items.T - xlogy(queries, queries).sum(axis=1, keepdims=True)


def _blockwise(one_query_block):
    """Apply an element-wise metric without a (q, n, d) temporary of collection size."""

    def score(queries, items):
        scores = np.empty((len(queries), len(items)))
        step = max(1, BLOCK_ENTRIES // max(items.size, 1))
        for start in range(0, len(queries), step):
            scores[start : start + step] = one_query_block(queries[start : start + step, None], items[None])
        return scores

    return score


def _negative_js(x, y):
    m = (x + y) / 2
    divergence = xlogy(x, x) + xlogy(y, y) - 2 * xlogy(m, m)
    return -np.maximum(divergence.sum(axis=-1) / 2, 0)


def _negative_chi2(x, y):
    total = x + y
    return -np.divide((x - y) ** 2, total, out=np.zeros_like(total), where=total > 0).sum(axis=-1)


def _negate(scores):
    return -scores


def _one_minus(scores):
    return 1 - scores


METRICS = {
    metric.name: metric
    for metric in (
        Metric("cosine", unit_rows, _dot, _one_minus, inner_product=True),
        Metric("dot", _unchanged, _dot, _negate, inner_product=True),
        Metric("euclidean", _unchanged, _negative_euclidean, _negate),
        Metric("cityblock", _unchanged, _negative_cityblock, _negate),
        Metric("correlation", _centred_unit_rows, _dot, _one_minus, inner_product=True),
        Metric("kl", _distributions, _negative_kl, _negate),
        Metric("js", _distributions, _blockwise(_negative_js), _negate),
        Metric("chi2", _histograms, _blockwise(_negative_chi2), _negate),
        Metric("hellinger", _root_distributions, _negative_hellinger, _negate),
    )
}


def get_metric(name):
    """The registered metric of this name.

    >>> get_metric("cosine").name
    'cosine'
    >>> get_metric("cosin")
    Traceback (most recent call last):
    ...
    ValueError: unknown metric 'cosin'; choose one of cosine, dot, euclidean, ...
    """
    if isinstance(name, Metric):
        return name
    if name not in METRICS:
        raise ValueError(f"unknown metric {name!r}; choose one of {', '.join(METRICS)}")
    return METRICS[name]


def similarity(queries, items, metric="cosine"):
    """Scores (n_queries, n_items), higher is better, of every query row against every item row.

    >>> similarity([[1, 0]], [[2, 0], [0, 3]])
    array([[1., 0.]])
    """
    return get_metric(metric)(queries, items)


def distance(queries, items, metric="cosine"):
    """Distances (n_queries, n_items), lower is better; ``dot`` gives the negated product.

    >>> distance([[0.0, 0.0]], [[3.0, 4.0]], "euclidean")
    array([[5.]])
    """
    metric = get_metric(metric)
    return metric.to_distance(metric(queries, items))
