"""The order of a few costs each, for very many of them."""

import math
from functools import lru_cache

import numpy as np

__all__ = ["ranked", "taken"]


def ranked(costs: np.ndarray) -> np.ndarray:
    """As ``np.argsort(costs, axis=-1)``, several times as fast, for costs that need not be told apart to the last bit.

    The position takes the place of the lowest bits of the cost, and whole numbers are sorted.

    Parameters
    ----------
    costs : float32 array (..., n), no NaN; signs do not count

    Examples
    --------
    >>> ranked(np.array([[0.5, 2.0, 0.0], [1.0, 1.0, np.inf]], np.float32))
    array([[2, 0, 1],
           [0, 1, 2]])
    """
    positions = np.uint32(2 ** (costs.shape[-1] - 1).bit_length() - 1)
    keys = np.abs(costs).view(np.uint32) & ~positions  # abs also makes a negative zero positive
    keys |= np.arange(costs.shape[-1], dtype=np.uint32)
    keys.sort(axis=-1)
    return (keys & positions).astype(np.int64)


def taken(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """As ``np.take_along_axis(values, order, axis=-1)``, whose own bookkeeping takes longer than a few entries do.

    >>> taken(np.array([[5, 6, 7], [1, 2, 3]]), np.array([[2], [0]]))
    array([[7],
           [1]])
    """
    if values.size > values.shape[-1]:
        order = order + _begins(values.shape)
    return values.reshape(-1).take(order)


@lru_cache(maxsize=16)
def _begins(shape: tuple[int, ...]) -> np.ndarray:
    """Where each row of an array of a shape (..., n) begins in its flattened form: (..., 1)."""
    begins = np.arange(0, math.prod(shape), shape[-1]).reshape(*shape[:-1], 1)
    begins.flags.writeable = False
    return begins
