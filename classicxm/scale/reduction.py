"""Scaling and reducing wide views before moments are gathered, learned from shards in passes that add up."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from classicxm.alignment.kernels import mapped
from classicxm.scale.engines import Engine
from classicxm.scale.statistics import BinCounts, Columns, Products, merge
from classicxm.scale.subspace import OVERSAMPLING, leading_directions

__all__ = ["SCALINGS", "Views", "learn_quantiles", "learn_reduction"]

SCALINGS = ("none", "standard", "robust")
N_BINS = 512
#: Passes over the bins: each divides what is not known of a quantile by `N_BINS`.
BIN_PASSES = 4
POWER_PASSES = 6

#: A function of a shard's name that gives the rows of every view, all of the same items.
Views = Callable[[str], dict[str, np.ndarray]]


def learn_reduction(
    read: Views,
    shards: Sequence[str],
    engine: Engine,
    *,
    scaling: str = "none",
    widest: int = 1024,
    n_reduced: int = 256,
    random_state: int = 0,
) -> dict[str, Any]:
    """A fitted transformer for every view that needs one.

    Parameters
    ----------
    read : callable
        See `Views`; importable by workers.
    shards : sequence of str
    engine : Engine
    scaling : {"none", "standard", "robust"}, default="none"
        Columns are divided by their deviations, or by their interquartile range after the median is taken away.
    widest : int, default=1024
        A view of more columns is reduced, since moments take the square of the number of columns.
    n_reduced : int, default=256
        To so many principal directions.
    random_state : int, default=0

    Returns
    -------
    dict of str to PCA, scaler or Pipeline
    """
    columns: dict[str, Columns] = engine.reduce(functools.partial(_columns_of, read), merge, shards) or {}
    steps: dict[str, list[tuple[str, Any]]] = {name: [] for name in columns}
    if scaling == "standard":
        steps = {name: [("scale", _standard(one))] for name, one in columns.items()}
    elif scaling == "robust":
        low, middle, high = learn_quantiles(read, columns, shards, engine, (0.25, 0.5, 0.75))
        steps = {name: [("scale", _robust(low[name], middle[name], high[name]))] for name in columns}
    for name, one in columns.items():
        if len(one.total) > widest:
            mean = mapped(steps[name][0][1], one.mean[None])[0] if steps[name] else one.mean
            pca = _principal(read, name, steps[name], mean, one.n, n_reduced, random_state, shards, engine)
            steps[name].append(("reduce", pca))
    return {
        name: found[0][1] if len(found) == 1 else Pipeline(found) for name, found in steps.items() if found
    }


def learn_quantiles(
    read: Views,
    columns: dict[str, Columns],
    shards: Sequence[str],
    engine: Engine,
    quantiles: Sequence[float],
) -> list[dict[str, np.ndarray]]:
    """Quantiles of every column, by counting in bins and looking closer at the bin that holds each.

    The value given has a share ``q`` of the rows at or below it, to within ``(greatest - least) / 512**4``.

    Returns
    -------
    list of dict of str to array (d,), one per quantile
    """
    low = {name: np.tile(one.least, (len(quantiles), 1)) for name, one in columns.items()}
    high = {name: np.tile(one.most, (len(quantiles), 1)) for name, one in columns.items()}
    for _ in range(BIN_PASSES):
        counts = engine.reduce(functools.partial(_bins_of, read, low, high), merge, shards)
        for name, one in counts.items():
            wanted = np.ceil(np.asarray(quantiles)[:, None] * columns[name].n).clip(1)
            reached = one.below[:, :, None] + np.cumsum(one.bins, axis=2) >= wanted[:, :, None]
            number = np.where(reached.any(axis=2), reached.argmax(axis=2), N_BINS - 1)
            width = (high[name] - low[name]) / N_BINS
            low[name], high[name] = low[name] + number * width, low[name] + (number + 1) * width
    return [{name: (low[name][q] + high[name][q]) / 2 for name in columns} for q in range(len(quantiles))]


def _principal(
    read: Views,
    name: str,
    steps: list[tuple[str, Any]],
    mean: np.ndarray,
    n: int,
    n_reduced: int,
    random_state: int,
    shards: Sequence[str],
    engine: Engine,
) -> PCA:
    """A fitted PCA, by subspace iteration."""
    width = len(mean)
    kept = min(n_reduced, width, max(1, n - 1))
    basis = np.random.default_rng(random_state).normal(size=(width, min(kept + OVERSAMPLING, width)))
    products = functools.partial(_products_of, read, name, [step for _, step in steps], mean)
    learner = leading_directions(products, basis, kept, POWER_PASSES)
    try:
        statistic = next(learner)
        while True:
            statistic = learner.send(engine.reduce(statistic, merge, shards))
    except StopIteration as done:
        components = done.value
    pca = PCA(kept)
    pca.mean_, pca.components_, pca.n_components_ = mean, components, kept
    product = engine.reduce(functools.partial(products, components.T), merge, shards).product
    pca.explained_variance_ = np.einsum("dk,kd->k", product, components) / max(1, n - 1)
    pca.n_features_in_, pca.n_samples_ = width, n
    return pca


def _columns_of(read: Views, shard: str) -> dict[str, Columns] | None:
    views = read(shard)
    return {name: Columns.of(X) for name, X in views.items()} if _any_rows(views) else None


def _bins_of(read: Views, low: dict, high: dict, shard: str) -> dict[str, BinCounts] | None:
    views = read(shard)
    if not _any_rows(views):
        return None
    return {name: BinCounts.of(X, low[name], high[name], N_BINS) for name, X in views.items()}


def _products_of(
    read: Views, name: str, steps: list[Any], mean: np.ndarray, basis: np.ndarray, shard: str
) -> Products | None:
    views = read(shard)
    if not _any_rows(views):
        return None
    rows = views[name]
    for step in steps:
        rows = mapped(step, np.asarray(rows, np.float64))
    return Products.of(rows, basis, mean)


def _any_rows(views: dict[str, np.ndarray]) -> bool:
    return len(next(iter(views.values()))) > 0


def _standard(one: Columns) -> StandardScaler:
    scaler = StandardScaler()
    scaler.mean_, scaler.var_ = one.mean, one.deviation**2
    scaler.scale_ = np.where(one.deviation > 0, one.deviation, 1.0)
    scaler.n_features_in_, scaler.n_samples_seen_ = len(one.total), one.n
    return scaler


def _robust(low: np.ndarray, middle: np.ndarray, high: np.ndarray) -> RobustScaler:
    scaler = RobustScaler()
    scaler.center_, scaler.scale_ = middle, np.where(high > low, high - low, 1.0)
    scaler.n_features_in_ = len(middle)
    return scaler
