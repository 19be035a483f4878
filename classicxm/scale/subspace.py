"""The leading directions of rows that lie in shards, by subspace iteration (Halko, Martinsson & Tropp 2011).

Every pass multiplies by X'X through products that add up, so no matrix of features by features is ever made.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from classicxm.scale.statistics import Products

__all__ = ["OVERSAMPLING", "leading_directions"]

#: Columns of the basis beyond those that are wanted.
OVERSAMPLING = 10
#: A pass that turns the wanted subspace by less than this (sine of the largest angle) is the last.
TURNED = 1e-7


def leading_directions(
    products: Callable[[np.ndarray, str], Products | None], basis: np.ndarray, n: int, most_passes: int
) -> Generator[Callable[[str], Products | None], Any, np.ndarray]:
    """The n leading directions (n, d), each with its largest entry positive.

    Parameters
    ----------
    products : callable
        ``products(basis, part)`` gives the `Products` of a part, None of one without rows; importable by workers.
    basis : array (d, k), k >= n
        To begin with; random numbers do.
    n, most_passes : int

    Yields
    ------
    A function of one part; it is to be sent the merged products of all parts.
    """
    basis = np.linalg.qr(basis)[0]
    before = None
    for _ in range(max(1, most_passes)):
        product = (yield functools.partial(products, basis)).product
        _, vectors = np.linalg.eigh((basis.T @ product + product.T @ basis) / 2)
        leading = basis @ vectors[:, ::-1][:, :n]
        if before is not None and np.linalg.norm(leading - before @ (before.T @ leading), 2) < TURNED:
            break
        before = leading
        basis = np.linalg.qr(product)[0]
    largest = np.abs(leading).argmax(axis=0)
    signs = np.sign(leading[largest, np.arange(leading.shape[1])])
    return (leading * np.where(signs == 0, 1, signs)).T
