"""Which alignments and settings are tried on folds, each as the aligner that it would be fitted as on all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from classicxm.alignment.cca import CCA, MOST_AUTOMATIC
from classicxm.alignment.gram_folds import (
    FoldView,
    cca_vectors,
    cross_covariances,
    ridge_vectors,
    semantic_vectors,
    softened_vectors,
)
from classicxm.alignment.kernel_ridge import KernelRidgeMatching
from classicxm.alignment.preprocessed import Preprocessed
from classicxm.alignment.semantic import SemanticMatching
from classicxm.base import Aligner

__all__ = ["AlignmentGrid", "Candidate", "softened"]

#: Share of the targets of soft semantic matching that the surest view says.
SOFTNESS = 0.5


@dataclass(frozen=True)
class Candidate:
    """One alignment with its settings.

    Attributes
    ----------
    kind : {"CCA", "KRR", "SM", "soft SM"}
    settings : tuple of (name, value)
        Of `CCA` as they are; penalties of the others, one per view, as fractions of the rows' mean squared length.
    metric : str
        What its common space is searched by.
    """

    kind: str
    settings: tuple[tuple[str, Any], ...]
    metric: str = "cosine"

    def aligner(self, energies: dict[str, float]) -> Aligner:
        """The unfitted aligner; energies are mean squared lengths of each view's rows minus their mean.

        >>> Candidate("CCA", (("n_components", 32), ("ridge", 3.0))).aligner({})
        CCA(n_components=32, ridge=3.0)
        """
        settings = dict(self.settings)
        if self.kind == "CCA":
            return CCA(**settings)
        energies = {view: energy if energy > 0 else 1.0 for view, energy in energies.items()}
        if self.kind == "KRR":
            ridges: Any = {view: settings[view] * energy for view, energy in energies.items()}
            matching = KernelRidgeMatching(
                kernel="linear", ridge=ridges, centre=True, score_metric=self.metric
            )
        else:
            strengths: Any = {view: settings[view] / energy for view, energy in energies.items()}
            matching = SemanticMatching(kernel="linear", C=strengths, score_metric=self.metric)
            if self.kind == "soft SM":
                matching.set_params(softness=SOFTNESS)
        from sklearn.preprocessing import StandardScaler  # takes long to import

        return Preprocessed(matching, StandardScaler(with_std=False))

    def narrowed(self, width: int) -> Candidate:
        """The same with no more components than the rows of every fold had."""
        settings = tuple((n, min(v, width) if n == "n_components" else v) for n, v in self.settings)
        return replace(self, settings=settings)

    def __str__(self) -> str:
        settings = ", ".join(f"{name}={value:g}" for name, value in self.settings)
        return f"{self.kind}({settings}) by {self.metric}"


@dataclass(frozen=True)
class AlignmentGrid:
    """The settings that are tried; the classifiers only where items have classes.

    Attributes
    ----------
    ridges, powers, components : tuples
        Of `CCA`.
    fractions : tuple of float
        Penalties of linear kernel ridge regression on classes.
    strengths : tuple of float
        C of logistic regression; large ones penalise little.
    """

    ridges: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0)
    powers: tuple[float, ...] = (1.0, 2.0, 3.0)
    components: tuple[int, ...] = (32, 128, 256)
    fractions: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0)
    strengths: tuple[float, ...] = (10.0, 100.0, 300.0)
    metrics: tuple[str, ...] = field(default=("dot", "cosine"))

    def with_own(self, aligner: CCA) -> tuple[AlignmentGrid, Candidate]:
        """This grid with the settings of an alignment in it, and that alignment as a candidate.

        >>> grid, own = AlignmentGrid().with_own(CCA("auto", ridge=0.5))
        >>> grid.ridges, str(own)
        ((0.5, 1.0, 3.0, 10.0, 30.0), 'CCA(n_components=32, ridge=0.5, power=1) by cosine')
        """
        k = MOST_AUTOMATIC if aligner.n_components == "auto" else aligner.n_components or max(self.components)
        own = Candidate("CCA", (("n_components", k), ("ridge", aligner.ridge), ("power", aligner.power)))
        added: dict[str, Any] = {
            "components": tuple(sorted({*self.components, k})),
            "ridges": tuple(sorted({*self.ridges, aligner.ridge})),
            "powers": tuple(sorted({*self.powers, aligner.power})),
        }
        return replace(self, **added), own

    def tried(
        self, views: dict[str, FoldView], indicators: np.ndarray | None = None
    ) -> Iterator[tuple[Candidate, dict[str, np.ndarray]]]:
        """Every candidate, with the held-out rows of each view as it would project them.

        Parameters
        ----------
        views : dict of str to FoldView
        indicators : array (n_kept, n_classes), optional
            Classes of the kept rows; without them only correlations are tried.
        """
        covariances = cross_covariances(views)
        for ridge in self.ridges:
            held, correlations = cca_vectors(views, covariances, ridge, max(self.components))
            for k, power in product(self.components, self.powers):
                if k == self.components[0] or len(correlations) > max(c for c in self.components if c < k):
                    weights = correlations[:k] ** power
                    settings: tuple[tuple[str, Any], ...] = (
                        ("n_components", k),
                        ("ridge", ridge),
                        ("power", power),
                    )
                    yield Candidate("CCA", settings), {name: Z[:, :k] * weights for name, Z in held.items()}
        if indicators is None:
            return
        for kind, values, vectors in (
            ("KRR", self.fractions, ridge_vectors),
            ("SM", self.strengths, semantic_vectors),
        ):
            for view in views.values():
                if kind not in view.found:
                    view.found[kind] = list(vectors(view, indicators, list(values)))
            found = {name: view.found[kind] for name, view in views.items()}
            for chosen in combinations_of(len(values), len(views)):
                settings = tuple((name, values[i]) for name, i in zip(found, chosen, strict=True))
                projected = {name: found[name][i] for name, i in zip(found, chosen, strict=True)}
                for metric in self.metrics:
                    yield Candidate(kind, settings, metric), projected


def softened(
    candidate: Candidate, views: dict[str, FoldView], indicators: np.ndarray
) -> tuple[Candidate, dict[str, np.ndarray]]:
    """A semantic matching with softer targets, and the held-out rows of each view as it would project them."""
    soft = replace(candidate, kind="soft SM")
    return soft, softened_vectors(views, indicators, dict(candidate.settings), SOFTNESS)


def combinations_of(n_values: int, n_views: int) -> list[tuple[int, ...]]:
    """Which value each view takes: any of each of two views, the same of more.

    >>> combinations_of(2, 2), combinations_of(2, 3)
    ([(0, 0), (0, 1), (1, 0), (1, 1)], [(0, 0, 0), (1, 1, 1)])
    """
    if n_views <= 2:
        return list(product(range(n_values), repeat=n_views))
    return [(i,) * n_views for i in range(n_values)]
