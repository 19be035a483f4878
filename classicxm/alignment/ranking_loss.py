"""Losses on the score matrix of a batch of pairs, with gradients: right pairs on the diagonal, wrong ones off it."""

import numpy as np
from scipy.special import expit, logsumexp, softmax

__all__ = ["LOSSES", "contrastive_loss", "cross_entropy_loss", "triplet_loss"]


def triplet_loss(
    S: np.ndarray, wrong: np.ndarray, margin: float = 0.2, temperature: float | None = None
) -> tuple[float, np.ndarray]:
    """sum over wrong pairs of max(0, m + D(x, x+) - D(x, x-)), both ways, with D = 2 - 2 S, over the batch size.

    D is the squared Euclidean distance of unit vectors whose cosines are S.

    Parameters
    ----------
    S : (b, b)
    wrong : bool (b, b)
        Which pairs count as wrong.
    margin : float

    Returns
    -------
    loss : float
    gradient : (b, b)

    Examples
    --------
    >>> loss, gradient = triplet_loss(np.array([[0.5, 0.45], [0.0, 0.5]]), ~np.eye(2, dtype=bool))
    >>> round(loss, 6), gradient.tolist()
    (0.1, [[-1.0, 2.0], [0.0, -1.0]])
    """
    b, right = len(S), np.diag(S)
    gradient, loss = np.zeros_like(S), 0.0
    for axis_right in (right[:, None], right[None, :]):
        # D(x, x+) - D(x, x-) = 2 S(x, x-) - 2 S(x, x+): the constants of both distances cancel.
        excess = np.where(wrong, margin - 2 * axis_right + 2 * S, 0.0)
        active = excess > 0
        loss += excess[active].sum()
        gradient += 2.0 * active
        # Each active wrong pair pushes the right pair of its row (or column) by as much as itself.
        gradient[np.diag_indices(b)] -= 2.0 * active.sum(axis=1 if axis_right.shape[1] == 1 else 0)
    return float(loss / b), gradient / b


def contrastive_loss(
    S: np.ndarray, wrong: np.ndarray, margin: float | None = None, temperature: float = 0.1
) -> tuple[float, np.ndarray]:
    """Cross-entropy of the right partner among the batch, both ways (InfoNCE; van den Oord et al. 2018).

    Returns
    -------
    loss : float
    gradient : (b, b)

    Examples
    --------
    >>> loss, _ = contrastive_loss(np.zeros((2, 2)), ~np.eye(2, dtype=bool))
    >>> round(loss, 6)
    0.693147
    """
    b = len(S)
    logits = np.where(wrong | np.eye(b, dtype=bool), S / temperature, -np.inf)
    right = np.diag(logits)
    loss = (logsumexp(logits, axis=1) - right).mean() + (logsumexp(logits, axis=0) - right).mean()
    gradient = (softmax(logits, axis=1) + softmax(logits, axis=0) - 2 * np.eye(b)) / (b * temperature)
    return float(loss / 2), gradient / 2


def cross_entropy_loss(
    S: np.ndarray, wrong: np.ndarray, margin: float | None = None, temperature: float = 0.1
) -> tuple[float, np.ndarray]:
    """Binary cross-entropy of right against wrong pairs, both kinds counting alike.

    Returns
    -------
    loss : float
    gradient : (b, b)

    Examples
    --------
    >>> loss, _ = cross_entropy_loss(np.zeros((2, 2)), ~np.eye(2, dtype=bool))
    >>> round(loss, 6)
    0.693147
    """
    b, logits = len(S), S / temperature
    # A batch has b right pairs and up to b (b - 1) wrong ones; each kind gets half of the weight.
    weight = np.where(wrong, 0.5 / max(1, wrong.sum()), 0.0)
    weight[np.diag_indices(b)] = 0.5 / b
    sign = np.where(np.eye(b, dtype=bool), 1.0, -1.0)
    loss = (weight * np.logaddexp(0, -sign * logits)).sum()
    return float(loss), -weight * sign * expit(-sign * logits) / temperature


LOSSES = {"triplet": triplet_loss, "contrastive": contrastive_loss, "cross_entropy": cross_entropy_loss}
