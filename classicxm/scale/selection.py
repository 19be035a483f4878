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

from classicxm.alignment import CCA, CFA, GCCA, MCCA, PLSSVD
from classicxm.alignment.linear import MomentAligner
from classicxm.alignment.moments import Moments
from classicxm.alignment.selection import retrieval_score
from classicxm.evaluation import measure
from classicxm.labels import class_indicators
from classicxm.scale.engines import merged_in_tree
from classicxm.scale.statistics import Drawn, merge

__all__ = ["Choice", "candidates", "choose"]

RIDGES = (1e-3, 0.1, 1.0, 10.0, 30.0, 100.0)
POWERS = (0.0, 1.0, 2.0, 4.0)
COMPONENTS = (8, 16, 32, 64, 128)


@dataclass
class Choice:
    """What was chosen among alignments that are learned from moments.

    Attributes
    ----------
    aligner : MomentAligner
        Not fitted.
    score : float
        Mean over folds, both directions of every pair of views.
    tried : list of (MomentAligner, float)
        Everything tried, best first; of equal scores the first tried.
    measure : str
    """

    aligner: MomentAligner
    score: float
    tried: list[tuple[MomentAligner, float]] = field(default_factory=list)
    measure: str = "AP"

    def __str__(self) -> str:
        return (
            f"chosen on {self.measure} of folds among {len(self.tried)} settings of alignments that are learned from "
            f"moments: {self.aligner} ({self.score:.3f})"
        )


def candidates(views: Sequence[str]) -> list[MomentAligner]:
    """Alignments that are tried for these views, with as many components as they have."""
    every: list[MomentAligner] = [CCA(None, ridge=ridge) for ridge in RIDGES]
    every += [PLSSVD(None), PLSSVD(None, scale=False)]
    if len(views) == 2:
        return [*every, CFA(None)]
    return every + [kind(None, ridge=ridge) for kind in (MCCA, GCCA) for ridge in RIDGES]


def choose(
    folds: Sequence[Moments], held: Sequence[Drawn], tried: Sequence[MomentAligner] | None = None
) -> Choice:
    """The best alignment by retrieval among each fold's own sample.

    Parameters
    ----------
    folds : sequence of Moments
        Of each fold's rows.
    held : sequence of Drawn
        Rows of each fold: a column per view, and "label"; where one has none, what is relevant is the partner.
    tried : sequence of MomentAligner, optional
        By default `candidates`; components and powers are varied where an alignment has them.

    Returns
    -------
    Choice
    """
    views = list(folds[0].widths)
    scores: dict[str, list[float]] = {}
    settings: dict[str, MomentAligner] = {}
    ap = measure("AP")
    by_class = all(label is not None for one in held for label in one.columns["label"])
    for number, questions in enumerate(held):
        rest = merged_in_tree([fold for n, fold in enumerate(folds) if n != number], merge)
        relevant = _relevance(questions, by_class)
        asked = {name: questions.columns[name] for name in views}
        for aligner in candidates(views) if tried is None else tried:
            try:
                fitted = copy.copy(aligner).fit_moments(rest)
            except (ValueError, np.linalg.LinAlgError):
                continue
            for setting, variant in _variants(fitted):
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


def _variants(fitted: Any) -> Iterator[tuple[MomentAligner, Any]]:
    """(unfitted setting, fitted aligner) for fewer components and other powers: prefixes of what was solved."""
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
