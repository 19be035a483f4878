"""Corrections of scores for hubs, items that are near neighbours of too many queries.

CSLS: Conneau et al. 2018, equation 3. Inverted softmax: Smith, Turban, Hamblin & Hammerla 2017, equation 5.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from classicxm.base import Aligner
from classicxm.distances import get_metric
from classicxm.parameters import Choice, InstanceOf, Integer, Real, check_parameters

__all__ = ["HubCorrection", "csls", "inverted_softmax"]


def csls(
    scores: np.ndarray, bank_to_items: np.ndarray, queries_to_bank: np.ndarray, k: int = 10
) -> np.ndarray:
    """2 s(q, x) - r(q) - r(x), r being the mean score to the k nearest in a bank of the other modality.

    Parameters
    ----------
    scores : (n_queries, n_items)
    bank_to_items : (n_bank, n_items)
        Scores of known queries with the items: how popular an item is. Never those that are being evaluated,
        unless all queries are known beforehand in use too.
    queries_to_bank : (n_queries, n_bank)
        Scores of the queries with known items.
    k : int

    Examples
    --------
    >>> scores = np.array([[0.9, 0.8]])
    >>> csls(scores, np.array([[0.9, 0.1]]), np.array([[0.5]]), k=1).round(6)
    array([[0.4, 1. ]])
    """
    return 2 * scores - _nearest_mean(queries_to_bank.T, k)[:, None] - _nearest_mean(bank_to_items, k)


def _nearest_mean(scores: np.ndarray, k: int) -> np.ndarray:
    """Mean of the k largest of each column."""
    k = min(k, len(scores))
    return np.partition(scores, len(scores) - k, axis=0)[len(scores) - k :].mean(axis=0)


def inverted_softmax(scores: np.ndarray, bank_to_items: np.ndarray, temperature: float = 0.1) -> np.ndarray:
    """s / t - log sum over the bank of exp(s(b, x) / t): the softmax over queries instead of items, as a logarithm.

    Parameters
    ----------
    scores : (n_queries, n_items)
    bank_to_items : (n_bank, n_items)
    temperature : float

    Examples
    --------
    >>> inverted_softmax(np.array([[0.9, 0.8]]), np.array([[0.9, 0.1]]), temperature=1.0).round(6)
    array([[0. , 0.7]])
    """
    return scores / temperature - logsumexp(bank_to_items / temperature, axis=0)


class HubCorrection(Aligner):
    """An aligner whose `scores` are corrected for hubs, with the training rows as bank.

    Parameters
    ----------
    aligner : Aligner
    method : {"csls", "inverted_softmax"}, default="csls"
    k : int, default=10
        Neighbours of CSLS.
    temperature : float, default=0.1
        Of the inverted softmax.
    max_bank : int, default=5000
        Training rows kept, evenly spaced.

    Attributes
    ----------
    bank_ : dict of str to array (n_bank, n_components)

    Notes
    -----
    The correction is one of score matrices: `transform_view` gives the vectors of the wrapped aligner as they are.

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> X = np.random.default_rng(0).normal(size=(30, 8))
    >>> model = HubCorrection(CCA(8)).fit({"image": X, "text": X[:, ::-1]})
    >>> model.scores("text", X[:4, ::-1], "image", X).argmax(axis=1)
    array([0, 1, 2, 3])
    """

    parameter_ranges = {
        "aligner": InstanceOf(Aligner),
        "method": Choice("csls", "inverted_softmax"),
        "k": Integer(1),
        "temperature": Real(0, above=True),
        "max_bank": Integer(1),
    }

    def __init__(
        self,
        aligner: Aligner,
        *,
        method: str = "csls",
        k: int = 10,
        temperature: float = 0.1,
        max_bank: int = 5000,
    ) -> None:
        self.aligner = aligner
        self.method = method
        self.k = k
        self.temperature = temperature
        self.max_bank = max_bank

    @property
    def score_metric(self) -> str:  # type: ignore[override] # that of the aligner within
        return self.aligner.score_metric

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "bank_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Fit a copy of the wrapped aligner and keep its projected rows."""
        check_parameters(self)
        self.aligner_ = clone(self.aligner).fit(views, y)
        projected = self.aligner_.transform(views)
        rows = len(next(iter(projected.values())))
        kept = np.unique(np.linspace(0, rows - 1, min(rows, self.max_bank)).round().astype(int))
        self.bank_ = {name: Z[kept] for name, Z in projected.items()}
        self.n_features_in_ = self.aligner_.n_features_in_
        return self

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Project rows of one view with the wrapped aligner: (n, d) -> (n, n_components)."""
        check_is_fitted(self)
        return self.aligner_.transform_view(modality, X)

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Of the wrapped aligner, where it is linear."""
        check_is_fitted(self)
        return self.aligner_.linear_map(modality)

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """Of the wrapped aligner."""
        check_is_fitted(self)
        return self.aligner_.gradient(modality, X, weights)

    def scores(
        self, query_modality: str, queries: np.ndarray, target_modality: str, items: np.ndarray
    ) -> np.ndarray:
        """Corrected scores (n_queries, n_items) between rows of two views, higher is better."""
        Q, X = self.transform_view(query_modality, queries), self.transform_view(target_modality, items)
        metric = get_metric(self.score_metric)
        bank_to_items = metric(self.bank_[query_modality], X)
        if self.method == "inverted_softmax":
            return inverted_softmax(metric(Q, X), bank_to_items, self.temperature)
        return csls(metric(Q, X), bank_to_items, metric(Q, self.bank_[target_modality]), self.k)
