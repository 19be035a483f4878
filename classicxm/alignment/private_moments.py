"""Second moments of paired rows under differential privacy: "Analyze Gauss" (Dwork, Talwar, Thakurta & Zhang 2014).

Rows are shortened to a bounded length, and Gaussian noise is added to their sum and to the matrix of their second
moments, as little as Balle & Wang (2018) show to be enough for any epsilon.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.linalg import eigh
from scipy.special import log_ndtr, ndtr

from classicxm.alignment.blas import add_gram, mirrored, product
from classicxm.alignment.linear import per_view
from classicxm.alignment.moments import CHUNK_NUMBERS, JointMoments, Moments, raise_not_finite
from classicxm.base import check_views
from classicxm.parameters import Real
from classicxm.sequences import plain_array

__all__ = [
    "check_clips",
    "gaussian_delta",
    "largest_shift",
    "nearest_positive",
    "private_moments",
    "symmetric_noise",
]

#: Share of the budget (of the squared shift) that the means take: they are few numbers and need little.
MEAN_SHARE = 0.1


def check_clips(**clips: Any) -> None:
    """Complain about a view's clip that is not above 0."""
    for parameter, clip in clips.items():
        for name, length in clip.items() if isinstance(clip, dict) else ():
            if not Real(0, above=True).accepts(length):
                raise ValueError(
                    f"{parameter} of the {name!r} view must be {Real(0, above=True)}, got {length!r}"
                )


def gaussian_delta(epsilon: float, shift: float) -> float:
    """The least delta for which Gaussian noise is (epsilon, delta)-private (Balle & Wang 2018, theorem 8).

    Parameters
    ----------
    epsilon : float
    shift : float
        How far one row can move the answer (in Euclidean norm), in standard deviations of the noise.

    Examples
    --------
    >>> round(float(gaussian_delta(1.0, 0.5)), 6), round(float(gaussian_delta(0.0, 2.0)), 4)
    (0.00683, 0.6827)
    """
    ratio = epsilon / shift
    return ndtr(shift / 2 - ratio) - np.exp(epsilon + log_ndtr(-shift / 2 - ratio))


def largest_shift(epsilon: float, delta: float) -> float:
    """The largest shift that is (epsilon, delta)-private, to the last digits and never above it.

    >>> bool(gaussian_delta(1.0, largest_shift(1.0, 1e-5)) <= 1e-5 < gaussian_delta(1.0, 0.2681))
    True
    """
    low = high = 1.0
    while gaussian_delta(epsilon, low) > delta:
        low /= 2
    while gaussian_delta(epsilon, high) <= delta:
        high *= 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if gaussian_delta(epsilon, middle) <= delta else (low, middle)
    return low


def symmetric_noise(size: int, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """A symmetric Gaussian matrix (size, size): ``deviation`` on the diagonal, 1 / sqrt(2) of it beside.

    It is the same in every direction of the space of symmetric matrices under the Frobenius norm, so it answers
    for a sensitivity in that norm; Dwork et al. draw all entries of the upper triangle with the full deviation.
    """
    noise = rng.normal(scale=deviation, size=(size, size))
    return (noise + noise.T) / 2


def nearest_positive(matrix: np.ndarray) -> np.ndarray:
    """The nearest positive semi-definite matrix to a symmetric one: negative eigenvalues become zero.

    >>> nearest_positive(np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    values, vectors = eigh(matrix, check_finite=False)
    rooted = vectors[:, values > 0] * np.sqrt(values[values > 0])
    return product(rooted, rooted.T)


def private_moments(
    views: Mapping[str, np.ndarray],
    epsilon: float,
    delta: float,
    clip: Any,
    mean_clip: Any,
    rng: np.random.Generator,
) -> Moments:
    """`Moments` of paired rows that are (epsilon, delta)-private when any one row is replaced by another.

    First each view is divided by its ``mean_clip`` and its rows shortened to length 1: the sum of V views' joint rows
    then moves by 2 sqrt(V) at most when one is replaced. Once that noisy mean is known, rows minus it are divided by
    their ``clip`` and shortened to length 1: their second moments u u' move by sqrt(2) V at most in the Frobenius
    norm, since |u u' - v v'|^2 = |u|^4 + |v|^4 - 2 (u'v)^2. Both answers get Gaussian noise; shifts of successive
    Gaussian answers add up in squares (Dong, Roth & Su 2022), and their total is the largest the budget allows.

    Parameters
    ----------
    views : dict of str to array (n, d)
        n is taken as public.
    epsilon, delta : float
    clip, mean_clip : float or dict of str to float
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        If delta is not below 1 / n; for NaN or infinity, and values too large to be squared.
    UnpairedViewsError
        If the numbers of rows differ.
    """
    views = {
        name: np.asarray(plain_array(f"rows of the {name!r} view", X), order="C") for name, X in views.items()
    }
    # A stand-in without columns passes through every check but the one for NaN, and costs nothing.
    check_views({name: X[:, :0] if X.ndim == 2 else X for name, X in views.items()})
    n, edges = len(next(iter(views.values()))), np.cumsum([0, *(X.shape[1] for X in views.values())])
    if delta * n >= 1:
        raise ValueError(
            f"delta must be below 1 / n = {1 / n:.3g}, or publishing a row as it is would count as private; "
            f"got {delta:g}"
        )
    shift = largest_shift(epsilon, delta)
    sum_noise = 2 * math.sqrt(len(views)) / (shift * math.sqrt(MEAN_SHARE))
    square_noise = math.sqrt(2) * len(views) / (shift * math.sqrt(1 - MEAN_SHARE))

    unit = np.repeat([per_view(mean_clip, name, "mean_clip") for name in views], np.diff(edges))
    total = sum(rows.sum(axis=0) for rows in _bounded_chunks(views, edges, np.zeros(edges[-1]), unit))
    mean = (total + rng.normal(scale=sum_noise, size=edges[-1])) / n
    mean = _shortened(mean[None], edges)[0] * unit  # no mean of such rows is longer than they are
    unit = np.repeat([per_view(clip, name, "clip") for name in views], np.diff(edges))
    squares = np.zeros((edges[-1],) * 2, order="F")
    for rows in _bounded_chunks(views, edges, mean, unit):
        add_gram(rows, squares)
    squares = nearest_positive(mirrored(squares) + symmetric_noise(edges[-1], square_noise, rng))
    moments = Moments()
    moments.parts.append(JointMoments(views, edges, n, mean, squares * unit * unit[:, None]))
    return moments


def _bounded_chunks(
    views: Mapping[str, np.ndarray], edges: np.ndarray, centre: np.ndarray, unit: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield the joint rows (m, D), some at a time: minus a centre, over a unit, and each view at most of length 1."""
    n = len(next(iter(views.values())))
    step = max(256, CHUNK_NUMBERS // max(1, edges[-1]))
    for start in range(0, n, step):
        rows = np.hstack([np.asarray(X[start : start + step], np.float64) for X in views.values()])
        rows = _shortened((rows - centre) / unit, edges)
        if not np.isfinite(rows).all():
            raise_not_finite(views)
        yield rows


def _shortened(rows: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Joint rows (n, D) with each view at most of Euclidean length 1; NaN where a length is not finite."""
    shortened = np.empty_like(rows)
    with np.errstate(over="ignore", invalid="ignore"):
        for start, stop in itertools.pairwise(edges):
            lengths = np.linalg.norm(rows[:, start:stop], axis=1)
            lengths[~np.isfinite(lengths)] = np.nan
            shortened[:, start:stop] = rows[:, start:stop] / np.maximum(lengths, 1.0)[:, None]
    return shortened
