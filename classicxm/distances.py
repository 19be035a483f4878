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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from scipy.special import xlogy

from classicxm.sequences import plain_array

__all__ = ["METRICS", "Metric", "distance", "get_metric", "similarity"]

# Smallest probability that KL divides by; keeps the divergence finite where y has a zero and x has not.
SMALLEST_PROBABILITY = 1e-12
# Entries of the temporary that element-wise metrics may hold (32 MB of float64).
BLOCK_ENTRIES = 4_000_000
# Squared lengths that leave every digit, whatever power of two the row is scaled by.
SAFE_SQUARES = 2.0**-600, 2.0**600
# Slices of 20 to 25 bits that hold the 53 of a double.
N_SLICES = 3


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
    prepare: Callable[[np.ndarray], np.ndarray]
    score: Callable[[np.ndarray, np.ndarray], np.ndarray]
    to_distance: Callable[[np.ndarray], np.ndarray]
    inner_product: bool = False

    def __call__(self, queries: ArrayLike, items: ArrayLike) -> np.ndarray:
        """Scores (n_queries, n_items) of rows as they come."""
        queries, items = _matrix("queries", queries), _matrix("items", items)
        if queries.shape[1] != items.shape[1]:
            raise ValueError(
                f"queries have {queries.shape[1]} dimensions and items {items.shape[1]}; they must agree"
            )
        return self.score(self.prepare(queries), self.prepare(items))


def _matrix(name: str, X: ArrayLike) -> np.ndarray:
    X = plain_array(name, X)
    if X.ndim != 2:
        raise ValueError(f"{name} must be 2-D (n, n_dimensions), got shape {X.shape}")
    if X.size and X.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, got dtype {X.dtype}; convert them first")
    # single precision would lose rows near 1e-24 or 1e20, whose squares it cannot hold
    return X.astype(np.float64, copy=False)


def _unchanged(X: np.ndarray) -> np.ndarray:
    return X


def unit_rows(X: np.ndarray) -> np.ndarray:
    """Rows scaled to Euclidean length 1; zero rows stay zero.

    >>> unit_rows(np.array([[3e-200, 4e-200], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    if (
        len(X) == 1 and X.dtype == np.float64
    ):  # a query that somebody waits for: the same digits in a third of the time
        with np.errstate(over="ignore"):
            squared = np.add.reduce(X * X, axis=1, keepdims=True)
        if SAFE_SQUARES[0] < squared.item() < SAFE_SQUARES[1]:
            return X / np.sqrt(squared)
    if (
        X.dtype.kind == "f"
    ):  # by a power of two, so that squares neither vanish nor overflow, and no digit is lost
        _, exponent = np.frexp(np.maximum.reduce(np.abs(X), axis=1, initial=0, keepdims=True))
        X = np.ldexp(X, -exponent)
    length = np.sqrt(np.add.reduce(X * X, axis=1, keepdims=True))  # a query waits for np.linalg.norm's checks
    long = length > 0
    return X / (length if long.all() else np.where(long, length, 1))


def _centred_unit_rows(X: np.ndarray) -> np.ndarray:
    centred = X - X.mean(axis=1, keepdims=True)
    # what is left of a constant row is rounding, not direction
    centred[np.linalg.norm(centred, axis=1) <= 1e-6 * np.linalg.norm(X, axis=1)] = 0
    return unit_rows(centred)


def _histograms(X: np.ndarray) -> np.ndarray:
    if X.size and X.min() < 0:
        row, column = np.unravel_index(np.argmin(X), X.shape)
        raise ValueError(
            f"histogram metrics need non-negative values, got {X[row, column]:.4g} in row {row}, column {column}; "
            "use cosine or euclidean, or turn the rows into posteriors"
        )
    return X


def _distributions(X: np.ndarray) -> np.ndarray:
    X = _histograms(X).astype(np.float64, copy=False)
    total = X.sum(axis=1, keepdims=True)
    return X / np.where(total > 0, total, 1)


def _root_distributions(X: np.ndarray) -> np.ndarray:
    return np.sqrt(_distributions(X))


def product(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    """``queries @ items.T`` in which equal rows score equally, whatever the shapes, the BLAS and its threads.

    A matrix product adds in an order of its own, and the order decides the last digit. Here rows are cut into
    slices of so few bits that every product of slices is a sum of integers below 2**53, which is exact in any order
    (Ozaki et al. 2012); the products are then added entry by entry. Rows of few bits, such as codes, take one slice.

    Parameters
    ----------
    queries : float64 array (q, d)
    items : float64 array (n, d)

    Returns
    -------
    float64 array (q, n), as near to the exact sum as a matrix product is

    Examples
    --------
    >>> product(np.array([[0.5, 2.0]]), np.array([[1.0, 1.0], [3.0, 0.0]]))
    array([[2.5, 1.5]])
    """
    # as many as three slices side by side make rows of 3 d entries, each product below 2**(2 bits)
    bits = int((53 - np.ceil(np.log2(max(3 * queries.shape[1], 1)))) // 2)
    left_slices, right_slices = _slices(queries, bits), _slices(items, bits)
    if left_slices is None or right_slices is None:
        return queries @ items.T  # NaN and infinity are themselves in any order
    (a, a_exponent), (b, b_exponent) = left_slices, right_slices
    total = np.zeros((len(queries), len(items)))
    for order in reversed(range(N_SLICES)):
        pairs = [(a[i], b[order - i]) for i in range(order + 1) if i < len(a) and order - i < len(b)]
        if total.any():
            total *= 2.0**-bits
        if pairs:
            left, right = (np.concatenate(part, axis=1) for part in zip(*pairs, strict=True))
            total += left @ right.T
    exponent = a_exponent[:, None] + b_exponent - 2 * bits
    return np.ldexp(total, exponent, out=total)


def _slices(X: np.ndarray, bits: int) -> tuple[list[np.ndarray], np.ndarray] | None:
    """Rows as sums of integer slices: X = 2**(exponent - bits) sum_i slice_i 2**(-bits i), and the exponents (n,).

    None for rows with NaN or infinity, which have no exponent.
    """
    largest = np.abs(X).max(axis=1, initial=0)
    if not np.isfinite(largest).all():
        return None
    exponent = np.frexp(largest)[1]
    left, slices = np.ldexp(X, (bits - exponent)[:, None]), []
    for _ in range(N_SLICES):
        slices.append(np.rint(left))
        left = (left - slices[-1]) * 2.0**bits
        if not left.any():
            break
    return slices, exponent


def _unit_product(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Products of rows of length at most 1, which rounding may put beyond."""
    scores = product(queries, items)
    return np.clip(scores, -1, 1, out=scores)


def _negative_cdist(metric: str, queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    return -cdist(queries, items, metric)


def _negative_euclidean(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    return _negative_cdist("euclidean", queries, items)


def _negative_cityblock(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    return _negative_cdist("cityblock", queries, items)


def _negative_hellinger(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    return _negative_cdist("euclidean", queries, items) / np.sqrt(2)


def _negative_kl(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    log_items = np.log(np.maximum(items, SMALLEST_PROBABILITY))
    return product(queries, log_items) - xlogy(queries, queries).sum(axis=1, keepdims=True)


def _blockwise(
    one_query_block: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Apply an element-wise metric without a (q, n, d) temporary of collection size."""

    def score(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
        scores = np.empty((len(queries), len(items)))
        step = max(1, BLOCK_ENTRIES // max(items.size, 1))
        for start in range(0, len(queries), step):
            scores[start : start + step] = one_query_block(queries[start : start + step, None], items[None])
        return scores

    return score


def _negative_js(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    m = (x + y) / 2
    divergence = xlogy(x, x) + xlogy(y, y) - 2 * xlogy(m, m)
    return -np.maximum(divergence.sum(axis=-1) / 2, 0)


def _negative_chi2(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    total = x + y
    return -np.divide((x - y) ** 2, total, out=np.zeros_like(total), where=total > 0).sum(axis=-1)


def _negate(scores: np.ndarray) -> np.ndarray:
    return -scores


def _one_minus(scores: np.ndarray) -> np.ndarray:
    return 1 - scores


METRICS = {
    metric.name: metric
    for metric in (
        Metric("cosine", unit_rows, _unit_product, _one_minus, inner_product=True),
        Metric("dot", _unchanged, product, _negate, inner_product=True),
        Metric("euclidean", _unchanged, _negative_euclidean, _negate),
        Metric("cityblock", _unchanged, _negative_cityblock, _negate),
        Metric("correlation", _centred_unit_rows, _unit_product, _one_minus, inner_product=True),
        Metric("kl", _distributions, _negative_kl, _negate),
        Metric("js", _distributions, _blockwise(_negative_js), _negate),
        Metric("chi2", _histograms, _blockwise(_negative_chi2), _negate),
        Metric("hellinger", _root_distributions, _negative_hellinger, _negate),
    )
}


def get_metric(name: str | Metric) -> Metric:
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


def similarity(queries: ArrayLike, items: ArrayLike, metric: str | Metric = "cosine") -> np.ndarray:
    """Scores (n_queries, n_items), higher is better, of every query row against every item row.

    >>> similarity([[1, 0]], [[2, 0], [0, 3]])
    array([[1., 0.]])
    """
    return get_metric(metric)(queries, items)


def distance(queries: ArrayLike, items: ArrayLike, metric: str | Metric = "cosine") -> np.ndarray:
    """Distances (n_queries, n_items), lower is better; ``dot`` gives the negated product.

    >>> distance([[0.0, 0.0]], [[3.0, 4.0]], "euclidean")
    array([[5.]])
    """
    metric = get_metric(metric)
    # adding zero turns the -0.0 of a negated 0 into 0
    return metric.to_distance(metric(queries, items)) + 0.0


def gradient_lengths(dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Lengths of vectors (dx, dy), the same to the bit wherever in memory they are.

    `cv2.magnitude` rounds its vectorised middle, which begins at an aligned address of the result, otherwise than its
    ends, so equal images had other last digits in every process.

    >>> gradient_lengths(np.float32([3, 0]), np.float32([4, 2])).tolist()
    [5.0, 2.0]
    """
    lengths = dx * dx
    lengths += dy * dy
    return np.sqrt(lengths, out=lengths)
