"""Which classes and functions a saved estimator may name, and by which names; nothing else is ever imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classicxm import light_sklearn  # isort: skip # before scikit-learn, whose start it shortens
from sklearn.base import BaseEstimator

from classicxm.errors import DamagedFileError, UnsavableError

__all__ = [
    "MEASURES",
    "SKLEARN",
    "class_name",
    "function_name",
    "importable_name",
    "known_class",
    "name_in_module",
    "trusted_object",
    "type_name",
    "untrusted_class",
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
        return None if module is None else getattr(light_sklearn.imported(module), name.partition(".")[2])
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


def name_in_module(function: Any) -> str:
    """The full name of a callable that is neither written in Python nor built in: a ufunc, a dispatcher of NumPy."""
    name = getattr(function, "__qualname__", function.__name__)
    module = getattr(function, "__module__", None) or "scipy.special"  # whose functions do not say it
    if getattr(sys.modules.get(module), name, None) is not function:
        raise UnsavableError(
            f"{function!r:.80} cannot be saved: no module has it by the name {name}; give a function of a module"
        )
    return f"{module}.{name}"


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


def untrusted_class(path: Path, name: object) -> DamagedFileError:
    """The error for a file that names what may not be loaded, which says how to trust its package.

    >>> str(untrusted_class(Path("m"), "other.Part")).partition("; ")[0]
    'm: names other.Part, which is not a class that can be loaded'
    """
    package = str(name).partition(".")[0]
    return DamagedFileError(
        path,
        f"names {name}, which is not a class that can be loaded; if it is from a package that you trust to run code, "
        f"load with trusted=[{package!r}] (--trust {package} on the command line)",
    )


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
