"""Mixtures of Gaussians with diagonal covariances by expectation-maximisation, in chunked matrix products.

Single precision and two products a step make it several times faster than a general-purpose implementation.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from classicxm.encoding.vocabulary import learn_words, nearest_words

__all__ = ["fit_gmm", "maximise", "posteriors"]

CHUNK = 2048  # rows of one matrix product
#: Of a share against the largest one: far below rounding, and far above the numbers that processors are slow with.
LEAST_LOG_SHARE = -60.0
VARIANCE_FLOOR = 1e-3  # as a fraction of the data's mean variance


def posteriors(
    X: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each component given each row.

    Parameters
    ----------
    X : float32 array (n, d)
    weights : array (k,), means : array (k, d), variances : array (k, d)

    Returns
    -------
    responsibilities : float32 array (n, k), rows sum to 1
    log_likelihood : float64 array (n,), log density of each row under the mixture

    >>> X = np.float32([[0.0], [4.0]])
    >>> posteriors(X, np.array([0.5, 0.5]), np.array([[0.0], [4.0]]), np.ones((2, 1)))[0].round(3).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    constant, linear, quadratic = _density_coefficients(weights, means, variances)
    coefficients = np.concatenate([linear, quadratic])
    d = X.shape[1]
    joined = np.empty((min(CHUNK, len(X)), 2 * d), np.float32)  # a row and its squares: one product for both
    shares = np.empty((len(X), len(weights)), np.float32)
    likelihoods = np.empty(len(X))
    for start in range(0, len(X), CHUNK):
        rows = slice(start, start + CHUNK)
        log_joint = shares[rows]
        part = joined[: len(log_joint)]
        part[:, :d] = X[rows]
        np.multiply(X[rows], X[rows], out=part[:, d:])
        np.matmul(part, coefficients, out=log_joint)
        log_joint += constant
        highest = log_joint.max(axis=1, keepdims=True)
        log_joint -= highest
        np.maximum(log_joint, LEAST_LOG_SHARE, out=log_joint)
        np.exp(log_joint, out=log_joint)
        total = log_joint.sum(axis=1, keepdims=True)
        log_joint *= 1 / total
        likelihoods[rows] = (np.log(total) + highest).ravel()
    return shares, likelihoods


def _density_coefficients(
    weights: np.ndarray, means: np.ndarray, variances: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log(weight * density) of component k is ``constant[k] + x @ linear[:, k] + x**2 @ quadratic[:, k]``."""
    precisions = 1 / variances
    constant = np.log(weights) - 0.5 * (
        means.shape[1] * np.log(2 * np.pi)
        + np.log(variances).sum(axis=1)
        + (means**2 * precisions).sum(axis=1)
    )
    return (
        constant.astype(np.float32),
        (means * precisions).T.astype(np.float32),
        (-0.5 * precisions).T.astype(np.float32),
    )


def fit_gmm(
    X: np.ndarray, n_components: int, max_iter: int = 40, tol: float = 1e-4, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit a mixture, started from mini-batch k-means.

    Parameters
    ----------
    X : float32 array (n, d), n >= n_components
    max_iter : int
        Most steps of expectation-maximisation.
    tol : float
        Stop when a step adds less than this to the mean log-likelihood.

    Returns
    -------
    weights (k,), means (k, d), variances (k, d) : float64 arrays
        Variances are at least a thousandth of the data's mean variance; weights are positive and sum to 1.
    """
    offset = X.mean(axis=0, dtype=np.float64)
    X = X - offset.astype(np.float32)  # sums of squares in single precision want centred data
    floor = max(
        VARIANCE_FLOOR * float(X.var(axis=0, dtype=np.float64).mean()), float(np.finfo(np.float32).tiny)
    )
    words = learn_words(X, n_components, random_state)
    assigned = nearest_words(X, words)[0][:, 0]
    hard = (np.eye(n_components, dtype=np.float32)[assigned[i : i + CHUNK]] for i in range(0, len(X), CHUNK))
    weights, means, variances = maximise(*_moments(X, hard), floor)
    previous = -np.inf
    with threadpool_limits(1):
        for _ in range(max_iter):
            likelihoods: list[float] = []
            soft = _responsibilities(X, weights, means, variances, likelihoods)
            sums = _moments(X, soft)
            mean_likelihood = np.sum(likelihoods) / len(X)
            if mean_likelihood - previous < tol:
                break
            previous = mean_likelihood
            weights, means, variances = maximise(*sums, floor)
    return weights, means + offset.astype(np.float32), variances


def _responsibilities(
    X: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray, likelihoods: list[float]
) -> Iterator[np.ndarray]:
    for start in range(0, len(X), CHUNK):
        shares, likelihood = posteriors(X[start : start + CHUNK], weights, means, variances)
        likelihoods.append(likelihood.sum())
        yield shares


def _moments(
    X: np.ndarray, responsibilities: Iterable[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums over rows of the responsibilities (k,), times X (k, d) and times X squared (k, d), in chunks."""
    totals: list[np.ndarray] = []
    for start, shares in zip(range(0, len(X), CHUNK), responsibilities, strict=True):
        part = X[start : start + CHUNK]
        sums = [
            shares.sum(axis=0, dtype=np.float64),
            (shares.T @ part).astype(np.float64),
            (shares.T @ (part * part)).astype(np.float64),
        ]
        totals = sums if not totals else [total + more for total, more in zip(totals, sums, strict=True)]
    return totals[0], totals[1], totals[2]


def maximise(
    zeroth: np.ndarray, first: np.ndarray, second: np.ndarray, floor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (k,), means and variances (k, d), at least ``floor``, from sums of posteriors, times x and x**2."""
    occupied = np.maximum(zeroth, 10 * np.finfo(np.float64).eps)
    means = first / occupied[:, None]
    variances = np.maximum(second / occupied[:, None] - means**2, floor)
    return occupied / occupied.sum(), means, variances
