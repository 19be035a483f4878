"""Alignments by name, each with its conventional preparation of features and a grid searched on training folds.

Linear methods get z-scored features, or the leading principal components where a view is wide. Kernel methods get
histograms as they are under an exponential chi2 kernel, wide views under a linear one, others z-scored under a
Gaussian. Sparse regressions on labels get square roots of histograms, whose dot products are Bhattacharyya's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from classicxm.alignment import (
    BLM,
    CCA,
    CFA,
    GMLDA,
    GMMFA,
    JFSSL,
    LCFS,
    PLSSVD,
    AlignerSearch,
    ClusterCCA,
    Identity,
    KernelCCA,
    KernelRidgeMatching,
    LabelCCA,
    MeanCCA,
    Preprocessed,
    PrincipalComponents,
    SemanticCorrelationMatching,
    SemanticMatching,
)
from classicxm.evaluation import measure

__all__ = ["ALIGNERS", "DEFAULT_ALIGNERS", "find_aligners", "searched_aligner"]

#: Columns beyond which a view is wide.
WIDE = 128
#: Columns up to which non-negative features count as a histogram for chi2 kernels and square roots.
WIDEST_HISTOGRAM = 1000

COMPONENTS = [1, 2, 4, 8, 16, 32]
PENALTIES = [1e-3, 1e-2, 1e-1, 1.0, 10.0]
TRADE_OFFS = [1.0, 10.0, 100.0, 1000.0]
STRENGTHS = [1e-2, 1e-1, 1.0, 10.0]


@dataclass(frozen=True)
class Named:
    """How an alignment is set up.

    Attributes
    ----------
    aligner : Aligner
    grid : dict of str to list
    prepare : {"scaled", "rooted", "kernel", "raw"}
    labels : bool
        Whether it learns from labels.
    """

    aligner: Any
    grid: dict
    prepare: str = "scaled"
    labels: bool = True


ALIGNERS = {
    "CCA": Named(CCA(), {"n_components": COMPONENTS, "ridge": PENALTIES, "power": [1.0, 2.0]}, labels=False),
    "PLS": Named(PLSSVD(scale=False), {"n_components": COMPONENTS}, labels=False),
    "CFA": Named(CFA(), {"n_components": COMPONENTS}, labels=False),
    "BLM": Named(BLM(scale=False), {"n_components": COMPONENTS, "trade_off": TRADE_OFFS}, labels=False),
    "KCCA": Named(KernelCCA(), {"n_components": COMPONENTS, "ridge": PENALTIES}, "kernel", labels=False),
    "SM": Named(SemanticMatching(), {"C": STRENGTHS}),
    "SCM": Named(SemanticCorrelationMatching(), {"n_components": COMPONENTS, "C": [0.1, 1.0, 10.0]}),
    "LabelCCA": Named(LabelCCA(scale=False), {"n_components": COMPONENTS, "ridge": PENALTIES}),
    "ClusterCCA": Named(ClusterCCA(scale=False), {"n_components": COMPONENTS, "ridge": PENALTIES}),
    "MeanCCA": Named(MeanCCA(scale=False), {"n_components": COMPONENTS, "ridge": PENALTIES}),
    "GMLDA": Named(
        GMLDA(scale=False), {"n_components": [2, 4, 8, 16], "trade_off": TRADE_OFFS, "ridge": [1e-2, 1.0]}
    ),
    "GMMFA": Named(
        GMMFA(scale=False), {"n_components": [2, 4, 8, 16], "trade_off": TRADE_OFFS, "ridge": [1e-2, 1.0]}
    ),
    "LCFS": Named(LCFS(), {"sparsity": PENALTIES, "coupling": [1e-3, 1e-1]}, "rooted"),
    "JFSSL": Named(JFSSL(), {"sparsity": PENALTIES, "smoothness": [1e-3, 1e-1]}, "rooted"),
    "Identity": Named(Identity(), {}, "raw", labels=False),
    "KRR": Named(KernelRidgeMatching(), {"ridge": [0.1, 0.3, 1.0, 3.0, 10.0]}, "kernel"),
}
#: All but the near relatives of others, and Identity, which is for views that share a space.
DEFAULT_ALIGNERS = tuple(name for name in ALIGNERS if name not in ("ClusterCCA", "MeanCCA", "Identity"))


def find_aligners(names: Iterable[str] | None = None, labelled: bool = True) -> list[str]:
    """Names as they are spelled here; case does not matter, and None takes `DEFAULT_ALIGNERS` (fit for the labels).

    Raises
    ------
    ValueError
        For a name that does not exist, or needs labels where there are none.

    Examples
    --------
    >>> find_aligners(["cca", "gmlda"])
    ['CCA', 'GMLDA']
    """
    if names is None:
        return [name for name in DEFAULT_ALIGNERS if labelled or not ALIGNERS[name].labels]
    spelled = {name.lower(): name for name in ALIGNERS}
    found = []
    for name in names:
        if name.lower() not in spelled:
            raise ValueError(f"unknown aligner {name!r}; choose one of {', '.join(ALIGNERS)}")
        found.append(spelled[name.lower()])
        if not labelled and ALIGNERS[found[-1]].labels:
            unsupervised = ", ".join(name for name in ALIGNERS if not ALIGNERS[name].labels)
            raise ValueError(f"aligner {name} learns from labels; without them choose one of {unsupervised}")
    if len(set(found)) < len(found):
        raise ValueError(f"aligners must be named once each, got {', '.join(names)}")
    return found


def searched_aligner(
    name: str,
    views: Mapping[str, np.ndarray],
    *,
    protocol: str = "wiki",
    relevance: str = "class",
    n_folds: int = 5,
    random_state: int = 0,
) -> AlignerSearch:
    """The search over a named alignment's grid, prepared for these training views; unfitted.

    Parameters
    ----------
    name : str
        A key of `ALIGNERS`.
    views : dict of str to array (n, d)
        Training rows. Only the kind of each view is looked at: its width, and whether it has negative entries.
    protocol : str
        The AP that settings are chosen by.
    relevance : {"class", "instance"}
    n_folds, random_state : int

    Examples
    --------
    >>> views = {"image": np.ones((4, 2)), "text": -np.ones((4, 3))}
    >>> searched_aligner("KRR", views).aligner.aligner.kernel
    {'image': 'chi2', 'text': 'rbf'}
    """
    named = ALIGNERS[name]
    aligner, grid = named.aligner, named.grid
    if named.prepare == "kernel":
        kernels = {modality: _kernel(X) for modality, X in views.items()}
        aligner = type(aligner)(kernel=kernels)
        steps = {m: StandardScaler() for m, kernel in kernels.items() if kernel == "rbf"}
    elif named.prepare == "raw":
        steps = {}
    else:
        steps = {modality: _preparation(X, named.prepare) for modality, X in views.items()}
    if steps:
        aligner = Preprocessed(aligner, steps)
        grid = {f"aligner__{parameter}": values for parameter, values in grid.items()}
    return AlignerSearch(
        aligner, grid, measure(protocol), relevance=relevance, n_folds=n_folds, random_state=random_state
    )


def _is_histogram(X: np.ndarray) -> bool:
    return X.shape[1] <= WIDEST_HISTOGRAM and X.min() >= 0


def _kernel(X: np.ndarray) -> str:
    if _is_histogram(X):
        return "chi2"
    return "linear" if X.shape[1] > WIDE else "rbf"


def _preparation(X: np.ndarray, kind: str) -> Any:
    """An unfitted transformer of one view."""
    rooted = kind == "rooted" and _is_histogram(X)
    if X.shape[1] <= WIDE:
        return FunctionTransformer(np.sqrt) if rooted else StandardScaler()
    reduction = PrincipalComponents(WIDE)
    return make_pipeline(FunctionTransformer(np.sqrt), reduction) if rooted else reduction
