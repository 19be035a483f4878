"""How sure a result is: bootstrap intervals over queries, paired randomisation tests, Holm's correction, marks."""

import numbers
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from classicxm.labels import label_indicators
from classicxm.sequences import real_array

__all__ = ["bootstrap_interval", "holm", "macro_interval", "paired_randomisation_test", "significance_marks"]

_STATISTICS: dict[str, Callable[..., Any]] = {"mean": np.mean, "median": np.median}
_CHUNK_VALUES = 2**21


def bootstrap_interval(
    values: ArrayLike,
    level: float = 0.95,
    n_resamples: int = 2000,
    random_state: int = 0,
    method: str = "percentile",
    statistic: str = "mean",
) -> tuple[float, float]:
    """Interval of the mean (or median) over queries, by resampling queries (Efron and Tibshirani 1993).

    Parameters
    ----------
    values : array (n_queries,)
        One value per query, finite.
    level : float in (0, 1), default=0.95
    n_resamples : int, default=2000
    random_state : int, default=0
    method : {"percentile", "bca"}
        ``percentile`` takes quantiles of the resampled means, set apart as Student's t asks of so few queries
        (Hesterberg 2015, expanded percentile interval); ``bca`` corrects for bias and skewness instead (Efron 1987)
        and is for the mean only.
    statistic : {"mean", "median"}

    Returns
    -------
    low, high : float
        One query, or equal values, give an interval of no width.

    Examples
    --------
    >>> low, high = bootstrap_interval([0, 0, 1, 1] * 25)
    >>> low < 0.5 < high and high - low < 0.25
    True
    """
    values = _finite_vector("values", values)
    _check_level(level)
    _check_resamples(n_resamples)
    if method not in ("percentile", "bca"):
        raise ValueError(f"method must be 'percentile' or 'bca', got {method!r}")
    if statistic not in _STATISTICS:
        raise ValueError(f"statistic must be 'mean' or 'median', got {statistic!r}")
    if method == "bca" and statistic != "mean":
        raise ValueError("method 'bca' is for the mean only; use method='percentile' for the median")
    # scipy.stats.bootstrap has no expanded percentile interval, the default here; where both have a method the tests
    # hold one against the other.
    resampled = _resampled(values, n_resamples, random_state, _STATISTICS[statistic])
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    tails = _bca_tails(values, resampled, tails) if method == "bca" else _expanded_tails(len(values), tails)
    low, high = np.quantile(resampled, tails)
    return float(low), float(high)


def macro_interval(
    values: ArrayLike, labels: Any, level: float = 0.95, n_resamples: int = 2000, random_state: int = 0
) -> tuple[float, float]:
    """Bootstrap percentile interval of a macro average, queries being resampled within their class.

    Parameters
    ----------
    values : array (n_queries,)
    labels : sequence of n_queries labels, or lists of labels (a query then counts in each of its classes)
        The classes of each query; the macro average is the mean of the classes' means.
    level : float in (0, 1), default=0.95
    n_resamples : int, default=2000
    random_state : int, default=0

    Returns
    -------
    low, high : float

    Examples
    --------
    Classes within which nothing varies leave nothing to resample.

    >>> macro_interval([0.2, 0.2, 0.2, 0.8], ["sea", "sea", "sea", "sky"])
    (0.5, 0.5)
    """
    values = _finite_vector("values", values)
    (indicator,), names = label_indicators(query=labels)
    if len(values) != indicator.shape[0]:
        raise ValueError(
            f"values and labels must hold the same queries, got {len(values)} and {indicator.shape[0]}"
        )
    if not names:
        raise ValueError("no query has a label; a macro average needs at least one class")
    _check_level(level)
    _check_resamples(n_resamples)
    random, held = np.random.default_rng(random_state), indicator.tocsc()
    columns = sorted(range(len(names)), key=names.__getitem__)
    classes = [values[held.indices[held.indptr[column] : held.indptr[column + 1]]] for column in columns]
    means = [own[random.integers(0, len(own), (n_resamples, len(own)))].mean(axis=1) for own in classes]
    low, high = np.quantile(np.mean(means, axis=0), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_randomisation_test(
    a: ArrayLike, b: ArrayLike, n_resamples: int = 10000, random_state: int = 0
) -> float:
    """Two-sided p-value of the difference in means between two systems on the same queries (Fisher 1935).

    Under the null hypothesis the two values of a query may be swapped. All swaps are enumerated where they are no
    more than ``n_resamples``; else as many are drawn, and p = (1 + as extreme) / (1 + drawn), which is never 0.

    Parameters
    ----------
    a, b : arrays (n_queries,)
        Values of the two systems; row i of both is query i.
    n_resamples : int, default=10000
    random_state : int, default=0

    Returns
    -------
    float in (0, 1]

    Examples
    --------
    Only swapping none or all of four queries is as extreme: 2 of 16.

    >>> paired_randomisation_test([2, 3, 4, 5], [1, 1, 1, 1])
    0.125
    """
    a, b = _finite_vector("a", a), _finite_vector("b", b)
    if a.shape != b.shape:
        raise ValueError(f"a and b must hold the same queries, got {len(a)} and {len(b)} values")
    _check_resamples(n_resamples)
    return float(_swap_p_values((a - b)[:, None], n_resamples, random_state)[0])


def holm(p_values: ArrayLike) -> np.ndarray:
    """P-values adjusted for several comparisons so that the family-wise error is held (Holm 1979).

    Parameters
    ----------
    p_values : array (n_comparisons,), each from 0 to 1

    Returns
    -------
    float array (n_comparisons,), in the given order; significant at alpha where not above alpha

    Examples
    --------
    >>> holm([0.04, 0.01, 0.03])
    array([0.06, 0.03, 0.06])
    """
    p = np.asarray(real_array("p_values", p_values), dtype=np.float64)
    if p.ndim != 1:
        raise ValueError(f"p_values must be 1-D, got shape {p.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must lie between 0 and 1, got {p[~((p >= 0) & (p <= 1))][0]}")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def significance_marks(
    per_query: Mapping[str, ArrayLike],
    baseline: str,
    alpha: float = 0.05,
    n_resamples: int = 10000,
    random_state: int = 0,
) -> dict[str, bool]:
    """Which systems of a table differ from a baseline: paired randomisation tests, corrected by Holm.

    Parameters
    ----------
    per_query : dict of str to array (n_queries,)
        Values of each system, higher better; position i of all is query i.
    baseline : str
        The system that every other is compared with.
    alpha : float in (0, 1), default=0.05
        Chance of one wrong mark or more in the whole table.
    n_resamples, random_state
        As for `paired_randomisation_test`. Drawn p-values are at least 1 / (n_resamples + 1), which Holm multiplies
        by the number of comparisons: a table of very many systems needs more resamples.

    Returns
    -------
    dict of str to str, in the order given
        "▲" where significantly above the baseline, "▼" where below, "" where not told apart and for the baseline.

    Examples
    --------
    >>> base = np.linspace(0.2, 0.6, 20)
    >>> significance_marks({"CCA": base, "KCCA": base + 0.1, "PLS": base - 0.1, "copy": base}, "CCA")
    {'CCA': '', 'KCCA': '▲', 'PLS': '▼', 'copy': ''}
    """
    if baseline not in per_query:
        raise ValueError(f"baseline must be one of {', '.join(map(repr, per_query))}, got {baseline!r}")
    if not (isinstance(alpha, numbers.Real) and 0 < alpha < 1):
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha!r}")
    values = {name: _finite_vector(name, array) for name, array in per_query.items()}
    for name, array in values.items():
        if len(array) != len(values[baseline]):
            raise ValueError(
                f"all systems must have the same queries, {name!r} has {len(array)} values and "
                f"{baseline!r} {len(values[baseline])}"
            )
    others = [name for name in values if name != baseline]
    _check_resamples(n_resamples)
    differences = np.array([values[name] - values[baseline] for name in others]).T
    adjusted = holm(_swap_p_values(differences, n_resamples, random_state) if others else [])
    marks = dict.fromkeys(values, "")
    for name, p in zip(others, adjusted, strict=True):
        if p <= alpha:
            marks[name] = "▲" if values[name].mean() > values[baseline].mean() else "▼"
    return marks


def _swap_p_values(differences: np.ndarray, n_resamples: int, random_state: Any) -> np.ndarray:
    """P-values of several systems' differences (n_queries, n_systems), all under the same swaps: (n_systems,)."""
    n = len(differences)
    # Sums that are equal in exact arithmetic may differ by rounding, and must count as equally extreme.
    bars = np.abs(differences.sum(axis=0)) - 1e-12 * np.abs(differences).sum(axis=0)
    if 2**n <= n_resamples:
        signs = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        return np.mean(np.abs((1.0 - 2 * signs) @ differences) >= bars, axis=0)
    random = np.random.default_rng(random_state)
    extreme = np.zeros(differences.shape[1])
    for size in _sizes(n_resamples, n):
        signs = random.integers(0, 2, (size, n), dtype=np.int8)
        extreme += np.count_nonzero(np.abs((1.0 - 2 * signs) @ differences) >= bars, axis=0)
    return (1 + extreme) / (1 + n_resamples)


def _resampled(
    values: np.ndarray, n_resamples: int, random_state: Any, statistic: Callable[..., np.ndarray]
) -> np.ndarray:
    """The statistic of each resample: (n_resamples,)."""
    random = np.random.default_rng(random_state)
    n = len(values)
    return np.concatenate(
        [statistic(values[random.integers(0, n, (size, n))], axis=1) for size in _sizes(n_resamples, n)]
    )


def _expanded_tails(n: int, tails: np.ndarray) -> np.ndarray:
    """Quantile levels that make up for the resamples' variance being (n - 1) / n of the unbiased one."""
    if n == 1:
        return tails
    return np.array([NormalDist().cdf(np.sqrt(n / (n - 1)) * stdtrit(n - 1, tail)) for tail in tails])


def _bca_tails(values: np.ndarray, resampled: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Quantile levels corrected for bias and acceleration (Efron 1987); unchanged where nothing varies."""
    centred = values - values.mean()
    if not np.any(np.abs(centred) > 1e-12 * np.abs(values).max()):
        return tails
    acceleration = (centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    # Ties with the observed mean count half, as in a mid-rank.
    below = np.mean(resampled < values.mean()) + np.mean(resampled == values.mean()) / 2
    edge = 0.5 / len(resampled)
    normal = NormalDist()
    bias = normal.inv_cdf(min(max(below, edge), 1 - edge))
    shifted = [bias + normal.inv_cdf(tail) for tail in tails]
    return np.array([normal.cdf(bias + z / (1 - acceleration * z)) for z in shifted])


def _sizes(n_resamples: int, n_values: int) -> list[int]:
    step = max(1, _CHUNK_VALUES // n_values)
    return [min(step, n_resamples - first) for first in range(0, n_resamples, step)]


def _check_level(level: float) -> None:
    if not (isinstance(level, numbers.Real) and 0 < level < 1):
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")


def _check_resamples(n_resamples: Any) -> None:
    if not isinstance(n_resamples, numbers.Integral) or n_resamples < 1:
        raise ValueError(f"n_resamples must be an integer of at least 1, got {n_resamples!r}")


def _finite_vector(name: str, values: ArrayLike) -> np.ndarray:
    values = np.asarray(real_array(name, values), dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{name} must be one value per query, at least one, got shape {values.shape}")
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise ValueError(f"{name} must be finite, got {values[row]} for query {row}; leave such queries out")
    return values
