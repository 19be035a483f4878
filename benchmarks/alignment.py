"""How fast canonical correlation analysis is, and how well it holds on new rows, beside its peers.

Views are synthetic: shared latent factors of falling strength in Gaussian noise. Every system is fitted on the
same n rows and its components are correlated on as many held-out rows (at most 5000). The bare products X'X, X'Y
and Y'Y of the centred views are the floor of any solution by moments.

Where a view has more columns than rows (`WIDE`), CCA works from products of rows: it is timed beside the two Gram
matrices that it needs. Choosing settings is timed beside one fit: `FoldSelection`, which is what `classicxm fit` does
and looks at no more than 3000 rows, and `AlignerSearch`, which fits every setting on all rows of every fold and then
the best. All by processor time.
"""

import importlib.util
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.linalg import eigh
from sklearn.base import clone

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, row
from benchmarks.timing import best_seconds, child_peak
from classicxm.alignment import CCA, GCCA, AlignerSearch, KernelCCA
from classicxm.alignment.blas import gram
from classicxm.retrieval.selection import FoldSelection

#: Rows and columns; the third is left out of quick runs.
SHAPES = [(2173, 128, 10), (5000, 500, 300), (20000, 1000, 500)]
#: Rows, columns and components where there are more columns than rows.
WIDE, QUICK_WIDE = (6000, 16561, 2958, 256), (400, 1100, 200, 16)
WIDE_RIDGE = 3.0
N_COMPONENTS = 10
N_SHARED = 10
HELD_OUT = 5000
#: Which system of ours a peer is timed against, where it is not CCA.
COUNTERPARTS = {"cca_zoo.GCCA": "classicxm.GCCA", "cca_zoo.KCCA": "classicxm.KernelCCA"}


def make_views(n, d1, d2, seed=SEED):
    """Two views of n + min(n, 5000) rows with shared factors, split into fitting and held-out rows."""
    rng = np.random.default_rng(seed)
    total = n + min(n, HELD_OUT)
    factors = rng.normal(size=(total, N_SHARED)) * np.geomspace(4.0, 0.5, N_SHARED)
    views = [
        factors @ rng.normal(size=(N_SHARED, d)) / np.sqrt(d)
        + rng.normal(size=(total, d))
        + rng.normal(size=d)
        for d in (d1, d2)
    ]
    return [X[:n].copy() for X in views], [X[n:].copy() for X in views]


def column_correlations(A, B):
    """Correlation of each column of A with the same column of B."""
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    return (A * B).sum(axis=0) / np.sqrt((A**2).sum(axis=0) * (B**2).sum(axis=0))


def classicxm_system(aligner):
    """A system of ours with a number of components yet to be set."""

    def fit(X, Y, k):
        model = clone(aligner).set_params(n_components=k).fit({"x": X, "y": Y})
        return model, lambda A, B: (model.transform_view("x", A), model.transform_view("y", B))

    return fit


def sklearn_system(name):
    """A scikit-learn system with its default iterations."""
    import sklearn.cross_decomposition

    def fit(X, Y, k):
        model = getattr(sklearn.cross_decomposition, name)(n_components=k).fit(X, Y)
        return model, model.transform

    return fit


def cca_zoo_system(module, name, **parameters):
    """A cca-zoo system."""

    def fit(X, Y, k):
        model = getattr(importlib.import_module(f"cca_zoo.{module}"), name)(n_components=k, **parameters).fit(
            [X, Y]
        )
        return model, lambda A, B: model.transform([A, B])

    return fit


def products(X, Y):
    return X.T @ X, X.T @ Y, Y.T @ Y


def eigh_correlations(X, Y, k):
    """Canonical correlations by the block generalised eigenproblem."""
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    d1 = X.shape[1]
    within = np.zeros((d1 + Y.shape[1],) * 2)
    within[:d1, :d1], within[d1:, d1:] = X.T @ X, Y.T @ Y
    between = np.zeros_like(within)
    between[:d1, d1:] = X.T @ Y
    between[d1:, :d1] = between[:d1, d1:].T
    last = len(within) - 1
    return eigh(between, within, eigvals_only=True, subset_by_index=[last - k + 1, last])[::-1]


def systems(shape, quick):
    """Name -> (fit, most repeats) of what is compared at a shape."""
    ours = classicxm_system(CCA(ridge=0.0, power=0.0))
    chosen = {"classicxm.CCA": (ours, 15), "sklearn.CCA": (sklearn_system("CCA"), 1)}
    if importlib.util.find_spec("cca_zoo"):
        chosen["cca_zoo.CCA"] = (cca_zoo_system("linear", "CCA"), 5)
    if not quick:
        chosen["sklearn.PLSCanonical"] = (sklearn_system("PLSCanonical"), 1)
        if importlib.util.find_spec("cca_zoo"):
            chosen["classicxm.GCCA"] = (classicxm_system(GCCA(ridge=0.0)), 5)
            chosen["cca_zoo.GCCA"] = (cca_zoo_system("linear", "GCCA"), 2)
            if shape[0] < 3000:
                chosen["classicxm.KernelCCA"] = (classicxm_system(KernelCCA(kernel="linear", ridge=0.1)), 1)
                chosen["cca_zoo.KCCA"] = (cca_zoo_system("nonparametric", "KCCA", shrinkage=0.1), 1)
    return chosen


def run(data, quick):
    """Rows of every shape; ``data`` is not read."""
    for n, d1, d2 in SHAPES[:2] if quick else SHAPES:
        yield from _one_shape(n, d1, d2, quick)
    yield from _wide(*(QUICK_WIDE if quick else WIDE))
    if not quick:
        yield from _memory_mapped()


def _one_shape(n, d1, d2, quick):
    k = min(N_COMPONENTS, d1, d2)
    (X, Y), (A, B) = make_views(n, d1, d2)
    settings = {"n": n, "d1": d1, "d2": d2, "n_components": k, "held_out_rows": len(A)}
    bare = best_seconds(lambda: products(X, Y), repeats=10, budget=10, warm_up=True)
    yield row("alignment", "products", "seconds", bare, "s", **settings)
    seconds = {}
    for system, (fit, repeats) in systems((n, d1, d2), quick).items():
        fitted = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warm = repeats > 1
            seconds[system] = best_seconds(
                lambda fit=fit, fitted=fitted: fitted.append(fit(X, Y, k)), repeats, budget=10, warm_up=warm
            )
            model, project = fitted[-1]
            held = column_correlations(*project(A, B))
        extra = {"ridge": 0.0} if system == "classicxm.CCA" else {}
        if hasattr(model, "max_iter"):
            extra["max_iter"] = model.max_iter
        yield row("alignment", system, "seconds", seconds[system], "s", **settings, **extra)
        yield row(
            "alignment", system, "held_out_correlation", held.mean(), "r", **settings, first=held[0], **extra
        )
        if system == "classicxm.CCA":
            error = np.abs(eigh_correlations(X, Y, k) - model.correlations_).max()
            yield row("alignment", system, "difference_from_eigh", error, "r", **settings)
            yield row("alignment", system, "times_products", seconds[system] / bare, "x", **settings)
        elif not system.startswith("classicxm"):
            ratio = seconds[system] / seconds[COUNTERPARTS.get(system, "classicxm.CCA")]
            yield row("alignment", system, "times_classicxm", ratio, "x", **settings)


def _wide(n, d1, d2, k):
    """Processor seconds of CCA of a view with more columns than rows, and of choosing its settings."""
    (X, Y), _ = make_views(n, d1, d2)
    views, settings = {"x": X, "y": Y}, {"n": n, "d1": d1, "d2": d2, "n_components": k, "ridge": WIDE_RIDGE}
    aligner = CCA(k, ridge=WIDE_RIDGE)
    grid = {
        "ridge": [WIDE_RIDGE * factor for factor in (0.1, 0.3, 1, 3)],
        "n_components": [k // 4, k // 2, k],
    }
    search = AlignerSearch(aligner, grid, "RR", relevance="instance")
    selected = []
    bare, fit, chosen, folds = (
        best_seconds(function, repeats=2, budget=5, clock=time.process_time)
        for function in (
            lambda: (gram(X.T), gram(Y)),
            lambda: clone(aligner).fit(views),
            lambda: clone(search).fit(views),
            lambda: selected.append(FoldSelection().choose(views, aligner)[2]),
        )
    )
    yield row("alignment", "gram-products", "seconds", bare, "s", **settings)
    yield row("alignment", "classicxm.CCA", "seconds", fit, "s", **settings)
    yield row("alignment", "classicxm.CCA", "times_gram_products", fit / bare, "x", **settings)
    own = settings | {"settings": len(selected[0].tried), "folds": selected[0].n_folds}
    own |= {"chosen_on": selected[0].n_items}
    yield row("alignment", "FoldSelection", "seconds", folds, "s", **own)
    yield row("alignment", "FoldSelection", "times_fit", folds / fit, "x", **own)
    own = settings | {"settings": 12, "folds": search.n_folds}
    yield row("alignment", "AlignerSearch", "seconds", chosen, "s", **own)
    yield row("alignment", "AlignerSearch", "times_fit", chosen / fit, "x", **own)


def fit_file(folder):
    """Fit on two memory-mapped files; called in a process of its own."""
    views = {name: np.load(Path(folder) / f"{name}.npy", mmap_mode="r") for name in ("x", "y")}
    return CCA(N_COMPONENTS).fit(views).correlations_.tolist()


def _memory_mapped(sizes=(250_000, 500_000, 1_000_000), d=256):
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            try:
                _write_views(folder, n, d)
            except OSError as error:
                raise BenchmarkError(f"no room for {n} memory-mapped pairs: {error}") from error
            run_alone = child_peak("benchmarks.alignment", "fit_file", folder=folder)
        settings = {"n": n, "d1": d, "d2": d, "n_components": N_COMPONENTS, "source": "memory-mapped float32"}
        yield row("alignment", "classicxm.CCA", "seconds", run_alone["seconds"], "s", **settings)
        yield row("alignment", "classicxm.CCA", "peak_mb", run_alone["peak_mb"], "MB", **settings)


def _write_views(folder, n, d, step=50_000):
    rng = np.random.default_rng(SEED)
    mixing = rng.normal(size=(2, N_SHARED, d)).astype(np.float32)
    files = [
        np.lib.format.open_memmap(Path(folder) / f"{name}.npy", "w+", np.float32, (n, d))
        for name in ("x", "y")
    ]
    for start in range(0, n, step):
        stop = min(n, start + step)
        factors = rng.standard_normal((stop - start, N_SHARED), dtype=np.float32)
        for file, A in zip(files, mixing, strict=True):
            file[start:stop] = factors @ A + 2 * rng.standard_normal((stop - start, d), dtype=np.float32)
    for file in files:
        file.flush()
