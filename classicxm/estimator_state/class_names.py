"""Which classes and functions a saved estimator may name, and by which names; nothing else is ever imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from classicxm.errors import UnsavableError

__all__ = [
    "MEASURES",
    "SKLEARN",
    "class_name",
    "function_name",
    "importable_name",
    "known_class",
    "trusted_object",
    "type_name",
]

ROOMS = (
    "alignment",
    "audio",
    "comparison",
    "encoding",
    "hashing",
    "image",
    "retrieval",
    "search",
    "text",
    "video",
)
#: Classes that are no public estimators and stand in the state of one.
RECORDS = {
    "ErrorReport": "classicxm.execution",
    "Failure": "classicxm.execution",
    "CrossPolytopes": "classicxm.search.cross_polytope",
    "Hyperplanes": "classicxm.search.hyperplanes",
    "StableProjections": "classicxm.search.p_stable",
    "ItemNote": "classicxm.retrieval.description",
    "KernelCentring": "classicxm.alignment.kernels",
    "Measure": "classicxm.evaluation.measures",
    "JointMoments": "classicxm.alignment.moments",
    "Moments": "classicxm.alignment.moments",
}
#: Names that classes had in older files.
RENAMED: dict[str, str] = {}
#: Functions that a saved estimator may hold: measures by function.
MEASURES = "classicxm.evaluation.ranking"
SKLEARN = {
    name: module
    for module, names in {
        "sklearn.cluster": "KMeans MiniBatchKMeans",
        "sklearn.compose": "ColumnTransformer",
        "sklearn.cross_decomposition": "CCA PLSCanonical PLSRegression PLSSVD",
        "sklearn.decomposition": "PCA FastICA IncrementalPCA LatentDirichletAllocation NMF TruncatedSVD",
        "sklearn.feature_extraction.text": "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer",
        "sklearn.feature_selection": "SelectKBest VarianceThreshold",
        "sklearn.kernel_approximation": "AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler",
        "sklearn.kernel_ridge": "KernelRidge",
        "sklearn.linear_model": "LogisticRegression Ridge RidgeClassifier",
        "sklearn.mixture": "GaussianMixture",
        "sklearn.pipeline": "FeatureUnion Pipeline",
        "sklearn.preprocessing": (
            "FunctionTransformer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PolynomialFeatures "
            "PowerTransformer QuantileTransformer RobustScaler StandardScaler"
        ),
        "sklearn.random_projection": "GaussianRandomProjection SparseRandomProjection",
    }.items()
    for name in names.split()
}


def class_name(cls: type) -> str:
    """The name that a class is written by; UnsavableError for one that could not be found again.

    >>> from sklearn.preprocessing import StandardScaler
    >>> class_name(StandardScaler)
    'sklearn.StandardScaler'
    """
    if cls.__module__.partition(".")[0] == "classicxm" and known_class(cls.__name__) is cls:
        return cls.__name__
    if cls.__module__.partition(".")[0] == "classicxm":
        raise UnsavableError(f"{cls.__name__} cannot be saved; it is no estimator and no record of one")
    if SKLEARN.get(cls.__name__) is not None and known_class(f"sklearn.{cls.__name__}") is cls:
        return f"sklearn.{cls.__name__}"
    return importable_name(cls)


def known_class(name: str, trusted: Sequence[str] = ()) -> type | None:
    """The class that a file means by a name, or None where it is not known and not of a trusted package."""
    name = RENAMED.get(name, name)
    if "." not in name:
        if name in RECORDS:
            return getattr(importlib.import_module(RECORDS[name]), name)
        for room in ROOMS:
            package = importlib.import_module(f"classicxm.{room}")
            if name in package.__all__:
                found = getattr(package, name)
                return found if isinstance(found, type) and issubclass(found, BaseEstimator) else None
        return None
    if name.startswith("sklearn.") and name.count(".") == 1:
        module = SKLEARN.get(name.partition(".")[2])
        return None if module is None else getattr(importlib.import_module(module), name.partition(".")[2])
    found = trusted_object(name, trusted)
    return found if isinstance(found, type) else None


def type_name(cls: type) -> str:
    """The name that a class, or a scalar type of NumPy, is written by as a value."""
    if issubclass(cls, np.generic):
        return f"numpy.{cls.__name__}"
    return class_name(cls)


def function_name(function: Any) -> str:
    """The name that a function is written by: a measure's own, another's in full."""
    name: str = function.__name__
    return (
        name
        if getattr(importlib.import_module(MEASURES), name, None) is function
        else importable_name(function)
    )


def importable_name(thing: Any) -> str:
    """The full name of a class or function; UnsavableError where importing would not find it."""
    module, name = thing.__module__ or "", thing.__qualname__
    what = "class" if isinstance(thing, type) else "function"
    if module == "__main__" or "<" in name:
        where = "the main script" if module == "__main__" and "<" not in name else "another function"
        name = "a lambda" if "<lambda>" in name else f"the {what} {name.rpartition('.')[2]}"
        raise UnsavableError(
            f"{name} is defined in {where} and could not be found again; move it to a module of its own"
        )
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not thing:
        raise UnsavableError(
            f"the {what} {module}.{name} could not be found again by its name; give it that name"
        )
    return f"{module}.{name}"


def trusted_object(name: str, trusted: Sequence[str]) -> Any:
    """What a full name means, where it lies in a trusted package; otherwise None, and nothing is imported."""
    if not any(name.startswith(f"{package}.") for package in trusted):
        return None
    module, _, rest = name.rpartition(".")
    while module:
        try:
            found: Any = importlib.import_module(module)
        except ImportError:
            module, _, more = module.rpartition(".")
            rest = f"{more}.{rest}"
            continue
        for part in rest.split("."):
            found = getattr(found, part, None)
        return found
    return None
