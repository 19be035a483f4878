"""Pulling a linear map back through linear transformers of scikit-learn and ours, to the features they were given."""

from typing import Any

import numpy as np

from classicxm.alignment.principal import PrincipalComponents
from classicxm.late_kinds import is_of_kind

__all__ = ["pulled_back"]


def pulled_back(transformer: Any, weights: np.ndarray) -> tuple[Any, np.ndarray]:
    """A constant and weights of the input with ``transform(X) @ weights == X @ pulled + constant``.

    Parameters
    ----------
    transformer : fitted transformer
        StandardScaler, MaxAbsScaler, MinMaxScaler, RobustScaler, PCA, TruncatedSVD, `PrincipalComponents`, or a
        Pipeline of them.
    weights : array (d_out,) or (d_out, k)

    Returns
    -------
    constant : float or array (k,)
    pulled : array (d_in,) or (d_in, k)

    Raises
    ------
    TypeError
        If the transformer is not one of these.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> scaler = StandardScaler().fit([[0.0, 1.0], [4.0, 1.0]])
    >>> constant, pulled = pulled_back(scaler, np.array([1.0, 0.0]))
    >>> float(constant), pulled.tolist()
    (-1.0, [0.5, 0.0])
    """
    if is_of_kind(transformer, "sklearn.pipeline", "Pipeline"):
        constant = 0.0
        for _, step in reversed(transformer.steps):
            more, weights = pulled_back(step, weights)
            constant = constant + more
        return constant, weights
    if transformer is None or transformer == "passthrough":
        return 0.0, weights
    if is_of_kind(transformer, "sklearn.preprocessing", "StandardScaler", "MaxAbsScaler"):
        pulled = weights if transformer.scale_ is None else (weights.T / transformer.scale_).T
        mean = getattr(transformer, "mean_", None) if getattr(transformer, "with_mean", False) else None
        return (0.0 if mean is None else -(mean @ pulled)), pulled
    if is_of_kind(transformer, "sklearn.preprocessing", "RobustScaler"):
        pulled = weights if transformer.scale_ is None else (weights.T / transformer.scale_).T
        return (0.0 if transformer.center_ is None else -(transformer.center_ @ pulled)), pulled
    if is_of_kind(transformer, "sklearn.preprocessing", "MinMaxScaler") and not transformer.clip:
        return transformer.min_ @ weights, (weights.T * transformer.scale_).T
    if is_of_kind(transformer, "sklearn.decomposition", "PCA"):
        spread = np.sqrt(transformer.explained_variance_) if transformer.whiten else 1.0
        pulled = transformer.components_.T @ (weights.T / spread).T
        return -(transformer.mean_ @ pulled), pulled
    if is_of_kind(transformer, "sklearn.decomposition", "TruncatedSVD"):
        return 0.0, transformer.components_.T @ weights
    if isinstance(transformer, PrincipalComponents):
        pulled = transformer.directions_ @ weights
        return -(transformer.mean_ @ pulled), pulled
    raise TypeError(
        f"{type(transformer).__name__} is not linear in its features; scalers, PCA, PrincipalComponents and "
        "TruncatedSVD are"
    )
