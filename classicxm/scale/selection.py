"""Choosing an alignment from moments of folds: fitted on those of all folds but one, asked with rows of that one.

A fold's moments are sums over its rows, so those of all other folds are the total of theirs, and no row is read again.
The questions are a bounded sample of each fold's rows, chosen by hashes of ids.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from classicxm.alignment import CCA, CFA, GCCA, MCCA, PLSSVD, KernelRidgeMatching, Preprocessed
from classicxm.alignment.fold_candidates import AlignmentGrid, Candidate
from classicxm.alignment.linear import MomentAligner
from classicxm.alignment.moments import Moments
from classicxm.alignment.selection import retrieval_score
from classicxm.base import Aligner
from classicxm.evaluation import measure
from classicxm.labels import LABEL_VIEW, class_indicators
from classicxm.scale.engines import merged_in_tree
from classicxm.scale.statistics import Drawn, merge

__all__ = [
    "Choice",
    "candidates",
    "check_from_moments",
    "choose",
    "fitted_from_moments",
    "learns_from_labels",
]

RIDGES = (1e-3, 0.1, 1.0, 10.0, 30.0, 100.0)
POWERS = (0.0, 1.0, 2.0, 4.0)
COMPONENTS = (8, 16, 32, 64, 128)


@dataclass
class Choice:
    """What was chosen among alignments that are learned from moments.

    Attributes
    ----------
    aligner : Aligner
        Not fitted.
    score : float
        Mean over folds, both directions of every pair of views.
    tried : list of (Aligner, float)
        Everything tried, best first; of equal scores the first tried.
    measure : str
    """

    aligner: Aligner
    score: float
    tried: list[tuple[Aligner, float]] = field(default_factory=list)
    measure: str = "AP"

    def __str__(self) -> str:
        chosen = " ".join(str(self.aligner).split())
        return (
            f"chosen on {self.measure} of folds among {len(self.tried)} settings of alignments that are learned from "
            f"moments: {chosen} ({self.score:.3f})"
        )


def candidates(moments: Moments) -> list[Aligner]:
    """Alignments that are tried for the views of all moments, with as many components as they have.

    Where classes are one of the views, linear ridge regression on them is among the alignments.
    """
    views = [name for name in moments.widths if name != LABEL_VIEW]
    every: list[Aligner] = [CCA(None, ridge=ridge) for ridge in RIDGES]
    every += [PLSSVD(None), PLSSVD(None, scale=False)]
    if len(views) == 2:
        every.append(CFA(None))
    else:
        every += [kind(None, ridge=ridge) for kind in (MCCA, GCCA) for ridge in RIDGES]
    if LABEL_VIEW not in moments.widths:
        return every
    grid = AlignmentGrid()
    energies = {
        name: float(np.trace(moments.products(name, centred=True))) / moments.n_rows(name) for name in views
    }
    regressions = [
        Candidate("KRR", tuple((name, fraction) for name in views), metric)
        for fraction in grid.fractions
        for metric in grid.metrics
    ]
    return every + [one.aligner(energies) for one in regressions]


def learns_from_labels(aligner: Aligner) -> bool:
    """Whether an alignment needs moments of class indicators beside those of the views."""
    return isinstance(_within(aligner), KernelRidgeMatching)


def check_from_moments(aligner: Aligner) -> None:
    """Raise TypeError for an alignment that needs rows."""
    if not hasattr(_within(aligner), "fit_moments"):
        raise TypeError(
            f"{type(_within(aligner)).__name__} is not learned from moments; from shards CCA, PLSSVD, CFA, MCCA, GCCA "
            "and KernelRidgeMatching with a linear kernel are"
        )


def fitted_from_moments(aligner: Any, moments: Moments, classes: Sequence[Any] | None = None) -> Any:
    """An alignment fitted from moments, of which it is given the indicators of classes where it learns from them."""
    if learns_from_labels(aligner):
        return aligner.fit_moments(moments, classes)
    if LABEL_VIEW in moments.widths:
        moments = moments.restricted([name for name in moments.widths if name != LABEL_VIEW])
    return aligner.fit_moments(moments)


def _within(aligner: Any) -> Any:
    return aligner.aligner if isinstance(aligner, Preprocessed) else aligner


def choose(folds: Sequence[Moments], held: Sequence[Drawn], tried: Sequence[Aligner] | None = None) -> Choice:
    """The best alignment by retrieval among each fold's own sample.

    Parameters
    ----------
    folds : sequence of Moments
        Of each fold's rows, and of `LABEL_VIEW` where their classes are learned from too.
    held : sequence of Drawn
        Rows of each fold: a column per view, and "label"; where one has none, what is relevant is the partner.
    tried : sequence of Aligner, optional
        By default `candidates`; components and powers are varied where an alignment has them.

    Returns
    -------
    Choice
    """
    views = [name for name in folds[0].widths if name != LABEL_VIEW]
    tried = candidates(merged_in_tree(folds, merge)) if tried is None else tried
    scores: dict[str, list[float]] = {}
    settings: dict[str, Aligner] = {}
    ap = measure("AP")
    by_class = all(label is not None for one in held for label in one.columns["label"])
    for number, questions in enumerate(held):
        rest = merged_in_tree([fold for n, fold in enumerate(folds) if n != number], merge)
        relevant = _relevance(questions, by_class)
        asked = {name: questions.columns[name] for name in views}
        for aligner in tried:
            try:
                fitted = fitted_from_moments(copy.copy(aligner), rest)
            except (ValueError, np.linalg.LinAlgError):
                continue
            for setting, variant in _variants(aligner, fitted):
                key = repr(setting)
                settings.setdefault(key, setting)
                scores.setdefault(key, []).append(retrieval_score(variant, asked, relevant, ap))
    means = {key: float(np.mean(values)) for key, values in scores.items() if len(values) == len(held)}
    if not means:
        raise ValueError(
            "no alignment could be learned from the folds; describe more items, or give --aligner"
        )
    order = sorted(means, key=lambda key: -means[key])
    found = [(settings[key], means[key]) for key in order]
    return Choice(*found[0], found, "AP by class" if by_class else "AP of the partner")


def _variants(aligner: Aligner, fitted: Any) -> Iterator[tuple[Aligner, Any]]:
    """(unfitted setting, fitted aligner) for fewer components and other powers: prefixes of what was solved."""
    if not isinstance(fitted, MomentAligner):
        yield aligner, fitted
        return
    most = next(iter(fitted.weights_.values())).shape[1]
    for k in [k for k in COMPONENTS if k < most] + [min(most, COMPONENTS[-1])]:
        for power in POWERS if isinstance(fitted, CCA) else (None,):
            variant = copy.copy(fitted)
            variant.weights_ = {name: W[:, :k] for name, W in fitted.weights_.items()}
            setting = {"n_components": k}
            if power is not None:
                setting["power"] = power
                variant.component_scale_ = fitted.correlations_[:k] ** power
            yield type(fitted)(**{**fitted.get_params(), **setting}), variant


def _relevance(questions: Drawn, by_class: bool) -> np.ndarray:
    n = len(questions.keys)
    if not by_class:
        return np.eye(n, dtype=bool)
    indicators = class_indicators(questions.columns["label"].tolist(), n)[1]
    return indicators @ indicators.T > 0
