"""Targets softer than labels: what the surest view says of each row when it is left out, beside the row's own label.

A photo labelled "dog" whose caption also tells of a sofa is partly a sofa. Knowledge that one view has is taught to the
others (Gupta, Hoffman and Malik, Cross modal distillation, CVPR 2016), as probabilities instead of labels (Hinton,
Vinyals and Dean 2015). Estimates are by ridge regression, whose left-out rows need no second fit.
"""

from collections.abc import Iterable

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_expit, log_softmax, softmax

from classicxm.alignment.whitening import rank_tolerance
from classicxm.labels import one_class_each

__all__ = ["left_out_posteriors", "soft_targets", "soft_weights"]

#: Penalty of the estimates, as a fraction of the rows' mean squared length.
FRACTION = 1.0
#: Logarithms of the factors that turn estimates into the exponents of probabilities.
LOG_SCALES = (-2.0, 7.0)
#: Of the mean loss's slope along any weight, where its descent ends.
TOLERANCE = 1e-5


def left_out_estimates(X: np.ndarray, indicators: np.ndarray, fraction: float = FRACTION) -> np.ndarray:
    """Ridge regression of indicators (n, c) on rows X (n, d): the estimates for each row without that row, (n, c).

    The residual of a row that is left out is its residual divided by 1 minus its leverage (Allen's PRESS, 1974).

    >>> left_out_estimates(np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [1.0], [2.0]]), 0.0).ravel().round(6)
    array([0., 1., 2.])
    """
    X = X - X.mean(axis=0)
    n, d = X.shape
    penalty = fraction * float(np.einsum("ij,ij->", X, X)) / n
    values, vectors = eigh(X @ X.T if n <= d else X.T @ X, check_finite=False)
    kept = values > rank_tolerance(len(values)) * values.max(initial=1e-300)
    U = vectors[:, kept] if n <= d else X @ (vectors[:, kept] / np.sqrt(values[kept]))
    shrunk = U * (values[kept] / (values[kept] + penalty))
    mean = indicators.mean(axis=0)
    estimates = mean + shrunk @ (U.T @ (indicators - mean))
    leverage = np.einsum("ij,ij->i", shrunk, U) + 1 / n
    return indicators - (indicators - estimates) / np.maximum(1 - leverage, 1e-6)[:, None]


def left_out_posteriors(X: np.ndarray, indicators: np.ndarray) -> tuple[np.ndarray, float]:
    """Class probabilities (n, c) of rows that were left out, and their mean loss: the surest view has the least.

    Where every row has one class they are the softmax of the estimates, scaled to be as likely as possible (Guo et al.
    2017); their loss is minus the logarithm of the right class's. Otherwise they are the estimates within 0 and 1, and
    the loss is their squared error.
    """
    estimates = left_out_estimates(X, indicators)
    if not one_class_each(indicators):
        posteriors = estimates.clip(0.0, 1.0)
        return posteriors, float(((posteriors - indicators) ** 2).mean())
    right = indicators.astype(bool)

    def loss(log_scale: float) -> float:
        return -float(log_softmax(np.exp(log_scale) * estimates, axis=1)[right].mean())

    best = minimize_scalar(loss, bounds=LOG_SCALES, method="bounded")
    return softmax(np.exp(best.x) * estimates, axis=1), float(best.fun)


def soft_targets(views: Iterable[np.ndarray], indicators: np.ndarray, share: float) -> np.ndarray:
    """Indicators (n, c) of which a share is replaced by the left-out posteriors of the surest view."""
    posteriors, _ = min((left_out_posteriors(X, indicators) for X in views), key=lambda found: found[1])
    return (1 - share) * indicators + share * posteriors


def soft_weights(
    X: np.ndarray, targets: np.ndarray, C: float, exclusive: bool, max_iter: int = 200
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (d, c) and intercepts (c,) of logistic regression on probabilities: the least penalised cross entropy.

    Parameters
    ----------
    X : (n, d)
    targets : (n, c)
        Probabilities, of rows that sum to 1 where classes exclude each other.
    C : float
        Inverse strength of the penalty, which spares intercepts.
    exclusive : bool
        One multinomial regression, or one regression per class.
    max_iter : int, default=200
        Of L-BFGS.

    Examples
    --------
    >>> X, targets = np.array([[-1.0], [1.0]]), np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> weights, intercepts = soft_weights(X, targets, 1e6, True)
    >>> softmax(X @ weights + intercepts, axis=1).round(3).tolist()
    [[0.9, 0.1], [0.1, 0.9]]
    """
    (n, d), c = X.shape, targets.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(d + 1, c)
        activations = X @ weights[:-1] + weights[-1]
        if exclusive:
            logs = log_softmax(activations, axis=1)
            entropy, found = -np.einsum("ij,ij->", targets, logs), np.exp(logs)
        else:
            logs, others = log_expit(activations), log_expit(-activations)
            entropy = -np.einsum("ij,ij->", targets, logs) - np.einsum("ij,ij->", 1 - targets, others)
            found = expit(activations)
        slopes = C * (found - targets)
        gradient = np.vstack([X.T @ slopes + weights[:-1], slopes.sum(axis=0)])
        penalty = 0.5 * np.einsum("ij,ij->", weights[:-1], weights[:-1])
        return (C * entropy + penalty) / (C * n), gradient.ravel() / (C * n)

    options = {"maxiter": max_iter, "gtol": TOLERANCE, "ftol": 0.0}
    best = minimize(loss, np.zeros((d + 1) * c), jac=True, method="L-BFGS-B", options=options)
    weights = best.x.reshape(d + 1, c)
    return weights[:-1], weights[-1]
