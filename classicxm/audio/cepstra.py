"""From spectra to cepstra: cosine transforms, lifters, all-pole models and their cepstra, deltas."""

import functools

import numpy as np

__all__ = ["cosine_basis", "deltas", "levinson", "lifter", "linear_prediction", "lpc_cepstra", "with_deltas"]

SINGULAR = 1e-13  # share of a frame's energy below which a prediction error is taken for rounding


@functools.lru_cache(maxsize=64)
def cosine_basis(n_filters: int, n_cepstra: int, orthonormal: bool = True) -> np.ndarray:
    """DCT-II as a matrix (n_filters, n_cepstra).

    Column k holds sqrt(2 / n_filters) cos(pi k (i + 1/2) / n_filters). An orthonormal basis divides column 0 by
    sqrt(2); HTK does not.

    >>> cosine_basis(2, 2).round(3).tolist()
    [[0.707, 0.707], [0.707, -0.707]]
    """
    k, i = np.arange(n_cepstra), np.arange(n_filters)[:, None]
    basis = np.sqrt(2 / n_filters) * np.cos(np.pi * k * (i + 0.5) / n_filters)
    if orthonormal:
        basis[:, 0] /= np.sqrt(2)
    basis.setflags(write=False)
    return basis


@functools.lru_cache(maxsize=64)
def lifter(n_cepstra: int, shape: str, amount: float) -> np.ndarray:
    """Factors (n_cepstra,) that bring cepstra to like variance; the first is 1.

    Parameters
    ----------
    shape : {"sine", "power"}
        Of cepstrum n: 1 + amount / 2 * sin(pi n / amount) as in HTK, or n**amount as in rastamat.
    amount : float
        0 leaves the cepstra as they are.

    >>> lifter(3, "sine", 22).round(3).tolist(), lifter(3, "power", 0.6).round(3).tolist()
    ([1.0, 2.565, 4.099], [1.0, 1.0, 1.516])
    """
    n = np.arange(n_cepstra, dtype=float)
    if amount == 0:
        factors = np.ones(n_cepstra)
    elif shape == "sine":
        factors = 1 + amount / 2 * np.sin(np.pi * n / amount)
    else:
        factors = np.where(n == 0, 1, n**amount)
    factors.setflags(write=False)
    return factors


def linear_prediction(spectra: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """All-pole models of power spectra sampled evenly from 0 to half the sample rate.

    The autocorrelation is the inverse DFT of the spectrum, mirrored (Makhoul 1975).

    Parameters
    ----------
    spectra : array (n_frames, n_points)
    order : int
        Poles; at most n_points - 1.

    Returns
    -------
    coefficients : (n_frames, order + 1), column 0 is 1
    errors : (n_frames,)
        Energy of the prediction errors.
    """
    n_points = spectra.shape[1]
    angles = np.pi / (n_points - 1) * np.outer(np.arange(n_points), np.arange(order + 1))
    basis = np.cos(angles) / (n_points - 1)
    # The mirrored spectrum holds 0 Hz and half the sample rate once, every other point twice.
    basis[[0, -1]] /= 2
    return levinson(spectra @ basis)


def levinson(autocorrelation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prediction coefficients from autocorrelations (n_frames, order + 1), by Levinson and Durbin's recursion.

    >>> coefficients, errors = levinson(np.array([[1.0, 0.5, 0.25]]))
    >>> coefficients.tolist(), errors.tolist()
    ([[1.0, -0.5, 0.0]], [0.75])
    """
    r = np.ascontiguousarray(autocorrelation.T)  # one row per lag, so that every step works on whole rows
    coefficients = np.zeros_like(r)
    coefficients[0] = 1
    smallest = np.maximum(SINGULAR * r[0], np.finfo(float).tiny)  # a pure tone leaves no error but rounding
    errors = np.maximum(r[0], smallest)
    for m in range(1, len(r)):
        # A reflection of more than 1 is rounding; unclipped it would turn the error negative and the filter
        # unstable.
        reflection = np.clip(-(coefficients[:m] * r[m:0:-1]).sum(axis=0) / errors, -1, 1)
        coefficients[1 : m + 1] += reflection * coefficients[m - 1 :: -1][:m]
        errors = np.maximum(errors * (1 - reflection * reflection), smallest)
    return coefficients.T, errors


def lpc_cepstra(coefficients: np.ndarray, errors: np.ndarray, n_cepstra: int) -> np.ndarray:
    """Cepstra (n_frames, n_cepstra) of all-pole models errors / |A|^2; column 0 is the logarithm of the errors.

    >>> lpc_cepstra(np.array([[1.0, -0.5]]), np.array([1.0]), 3).tolist()
    [[0.0, 0.5, 0.125]]
    """
    coefficients = coefficients.T
    order = len(coefficients) - 1
    cepstra = np.zeros((n_cepstra, len(errors)))
    weighted = np.zeros_like(cepstra)  # k times cepstrum k
    cepstra[0] = np.log(errors)
    for n in range(1, n_cepstra):
        # c_n = -a_n - sum over k < n of (k / n) c_k a_(n-k), where a_n = 0 beyond the order.
        first = max(1, n - order)
        if n <= order:
            cepstra[n] = -coefficients[n]
        cepstra[n] -= (weighted[first:n] * coefficients[n - first : 0 : -1]).sum(axis=0) / n
        weighted[n] = n * cepstra[n]
    return cepstra.T


def deltas(features: np.ndarray, width: int = 2) -> np.ndarray:
    """Slopes of features over time: regression over ``width`` frames on either side, ends repeated.

    Parameters
    ----------
    features : array (n_frames, d)

    Returns
    -------
    float64 array (n_frames, d)

    >>> deltas(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), width=1).ravel().tolist()
    [0.5, 1.0, 1.0, 1.0, 0.5]
    """
    if not len(features):
        return np.zeros(features.shape)
    padded = np.pad(np.asarray(features, float), ((width, width), (0, 0)), mode="edge")
    n = len(features)
    slopes = np.zeros(features.shape)
    for k in range(1, width + 1):
        slopes += k * (padded[width + k : width + k + n] - padded[width - k : width - k + n])
    return slopes / (2 * sum(k * k for k in range(1, width + 1)))


def with_deltas(features: np.ndarray, order: int, width: int = 2) -> np.ndarray:
    """Features (n_frames, d) and their first ``order`` slopes side by side: (n_frames, d * (order + 1))."""
    blocks = [features]
    for _ in range(order):
        blocks.append(deltas(blocks[-1], width))
    return np.hstack(blocks)
