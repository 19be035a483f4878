"""Matrix products by SciPy's BLAS, which the factorisations that follow them use too.

NumPy and SciPy each bring a BLAS with threads of its own, and threads that have just worked keep their core busy
for a while: going to and fro between the two costs up to ten times the time of a small factorisation.
"""

import numpy as np
from scipy.linalg.blas import dgemm, dsyrk

__all__ = ["add_gram", "gram", "mirrored", "product"]


def product(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A @ B for float64 matrices.

    >>> product(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    if not A.size or not B.size:
        return A @ B
    a, transpose_a = (A, 0) if A.flags.f_contiguous else (A.T, 1)
    b, transpose_b = (B, 0) if B.flags.f_contiguous else (B.T, 1)
    return dgemm(1.0, a, b, trans_a=transpose_a, trans_b=transpose_b)


def add_gram(rows: np.ndarray, upper: np.ndarray) -> None:
    """Add rows.T @ rows to the upper triangle of a Fortran-ordered matrix, in place."""
    if rows.size:
        dsyrk(1.0, rows.T, beta=1.0, c=upper, overwrite_c=1)


def mirrored(upper: np.ndarray) -> np.ndarray:
    """The symmetric matrix with this upper triangle; the lower one is written over."""
    for i in range(1, len(upper)):
        upper[i, :i] = upper[:i, i]
    return upper


def gram(rows: np.ndarray) -> np.ndarray:
    """rows.T @ rows, (d, d), for rows (n, d).

    >>> gram(np.array([[1.0, 2.0], [0.0, 1.0]]))
    array([[1., 2.],
           [2., 5.]])
    """
    upper = np.zeros((rows.shape[1],) * 2, order="F")
    add_gram(rows, upper)
    return mirrored(upper)
