"""Fitted estimators as JSON and NumPy arrays in one file, read back without running or importing what it names.

A file holds names of classes, never modules: `known_class` looks them up among the public estimators of classicxm,
a few records of its own, and a fixed list of scikit-learn's transformers. Classes and functions of other packages
are written by their full names, and read only where the caller names the package in ``trusted``. Other estimators
of scikit-learn go through skops, which makes only types that it trusts.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import functools
import importlib
import io
import json
import math
import os
import sys
import types
import zipfile
from collections.abc import Callable, Sequence
from os import PathLike, fspath
from typing import Any, BinaryIO, NoReturn

import numpy as np
from scipy import sparse

from classicxm import light_sklearn  # isort: skip # before scikit-learn, whose start it shortens
from sklearn.base import BaseEstimator

from classicxm.errors import DamagedFileError, MediaDecodeError, UnsavableError
from classicxm.media.contents import open_regular

__all__ = ["class_name", "known_class", "read_state", "write_state"]

TREE = "state.json"
MARK = "!"
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
FUNCTIONS = "classicxm.evaluation.ranking"
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
    return _importable(cls)


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
    found = _trusted(name, trusted)
    return found if isinstance(found, type) else None


def write_state(estimator: BaseEstimator, path: str | PathLike[str] | BinaryIO) -> None:
    """Write one estimator; UnsavableError, before anything is written, for what could not be read back."""
    writer = _Writer()
    tree = json.dumps(writer.encoded(estimator), ensure_ascii=True, allow_nan=False)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(TREE, tree)
        for name, data in writer.files.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    np.lib.format.write_array(file, data, allow_pickle=False)


def read_state(path: str | PathLike[str] | BinaryIO, trusted: Sequence[str] = ()) -> Any:
    """Read what `write_state` wrote.

    Raises
    ------
    DamagedFileError
        For a file that is not one, and for one that names what is neither known nor trusted.
    """
    try:
        with _opened(path) as file, zipfile.ZipFile(file) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise DamagedFileError(path, "has compressed parts, which no saved estimator has")
            return _Reader(path, archive, trusted).decoded(json.loads(archive.read(TREE)))
    except (DamagedFileError, FileNotFoundError):
        raise
    except RecursionError:
        raise DamagedFileError(path, "is nested deeper than any estimator") from None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        zipfile.BadZipFile,
    ) as e:
        reason = " ".join(str(e).split()) or type(e).__name__
        raise DamagedFileError(path, f"is not a readable estimator ({reason:.200})") from e


class _Writer:
    """Values as JSON, and as the arrays that JSON points to."""

    def __init__(self) -> None:
        self.files: dict[str, np.ndarray | bytes] = {}
        self._seen: dict[int, tuple[int, Any]] = {}

    def encoded(self, value: Any) -> Any:
        if value is None or type(value) in (bool, str):
            return value
        if type(value) is int:
            return value if abs(value) < 2**63 else {MARK: "int", "digits": hex(value)}
        if type(value) is float:
            return value if math.isfinite(value) else {MARK: "float", "text": repr(value)}
        if id(value) in self._seen:
            return {MARK: "again", "n": self._seen[id(value)][0]}
        return self._encoded_object(value)

    def _encoded_object(self, value: Any) -> Any:
        if isinstance(value, list) and type(value) is list:
            return self._noted(value, [self.encoded(part) for part in value], "list")
        if type(value) in (tuple, set, frozenset):
            parts = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
            return {MARK: type(value).__name__, "items": [self.encoded(part) for part in parts]}
        if isinstance(value, dict) and value.__class__.__name__ in (
            "dict",
            "defaultdict",
            "OrderedDict",
            "Counter",
        ):
            return {MARK: "dict", "items": [[self.encoded(k), self.encoded(v)] for k, v in value.items()]}
        if isinstance(value, bytes):
            return {MARK: "bytes", "base64": base64.b64encode(value).decode("ascii")}
        if isinstance(value, np.generic):
            return {MARK: "scalar", "file": self._stored(np.asarray(value))}
        if isinstance(value, np.ndarray):
            return self._noted(value, self._encoded_array(value), "object")
        if sparse.issparse(value):
            return self._encoded_sparse(value)
        if isinstance(value, np.random.RandomState):
            return {MARK: "RandomState", "state": self.encoded(list(value.get_state()))}
        if isinstance(value, np.dtype):
            return {MARK: "dtype", "name": value.str}
        if isinstance(value, slice):
            return {MARK: "slice", "parts": [self.encoded(p) for p in (value.start, value.stop, value.step)]}
        if isinstance(value, PathLike):
            return fspath(value)
        if isinstance(value, np.ufunc):
            return {MARK: "ufunc", "name": value.__name__}
        if isinstance(value, functools.partial):
            parts = [value.func, list(value.args), dict(value.keywords)]
            return {MARK: "partial", "parts": [self.encoded(part) for part in parts]}
        if isinstance(value, type):
            return {MARK: "type", "name": _type_name(value)}
        if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
            return {MARK: "function", "name": _function_name(value)}
        return self._encoded_instance(value)

    def _encoded_array(self, value: np.ndarray) -> Any:
        value = np.asarray(value)
        if value.dtype.hasobject:
            if value.dtype.names:
                raise UnsavableError("a structured array of objects cannot be saved; use plain columns")
            items = [self.encoded(part) for part in value.ravel().tolist()]
            return {MARK: "objects", "shape": list(value.shape), "items": items}
        return {MARK: "array", "file": self._stored(value)}

    def _encoded_sparse(self, value: Any) -> Any:
        kind = type(value).__name__
        rows = value.tocsr()
        parts = [self._stored(part) for part in (rows.data, rows.indices, rows.indptr)]
        return {MARK: "sparse", "kind": kind, "shape": list(value.shape), "files": parts}

    def _encoded_instance(self, value: Any) -> Any:
        cls = type(value)
        root = cls.__module__.partition(".")[0]
        if root == "sklearn" and SKLEARN.get(cls.__name__) is None:
            return {MARK: "skops", "file": self._stored(_skops_bytes(value))}
        name = class_name(cls)
        state = value.__getstate__()
        if not isinstance(state, dict):
            raise UnsavableError(
                f"{cls.__name__} cannot be saved: its state is a {type(state).__name__}, not a dict"
            )
        number = len(self._seen)
        self._seen[id(value)] = number, value
        return {
            MARK: "instance",
            "n": number,
            "class": name,
            "state": self.encoded({str(k): v for k, v in state.items()}),
        }

    def _noted(self, value: Any, encoded: Any, kind: str) -> Any:
        if kind == "list":
            return encoded
        number = len(self._seen)
        self._seen[id(value)] = number, value
        return {**encoded, "n": number}

    def _stored(self, data: np.ndarray | bytes) -> str:
        name = f"{len(self.files)}.npy" if isinstance(data, np.ndarray) else f"{len(self.files)}.skops"
        self.files[name] = data
        return name


class _Reader:
    """Values from JSON; everything that a file may ask for is a case of `decoded`."""

    def __init__(self, path: Any, archive: zipfile.ZipFile, trusted: Sequence[str]) -> None:
        self.path, self.archive, self.trusted = path, archive, trusted
        self._made: dict[int, Any] = {}

    def decoded(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return [self.decoded(part) for part in tree]
        if not isinstance(tree, dict):
            return tree
        kind = tree[MARK]
        made = getattr(self, f"_{kind.replace(' ', '_')}", None) if kind in KINDS else None
        if made is None:
            raise DamagedFileError(self.path, f"holds a {kind!r:.40}, which is no kind of value")
        value = made(tree)
        if "n" in tree and kind != "again":
            self._made[tree["n"]] = value
        return value

    def _again(self, tree: Any) -> Any:
        return self._made[tree["n"]]

    def _int(self, tree: Any) -> int:
        return int(tree["digits"], 16)

    def _float(self, tree: Any) -> float:
        return float(tree["text"])

    def _tuple(self, tree: Any) -> tuple[Any, ...]:
        return tuple(map(self.decoded, tree["items"]))

    def _set(self, tree: Any) -> set[Any]:
        return set(map(self.decoded, tree["items"]))

    def _frozenset(self, tree: Any) -> frozenset[Any]:
        return frozenset(map(self.decoded, tree["items"]))

    def _dict(self, tree: Any) -> dict[Any, Any]:
        return {self.decoded(key): self.decoded(value) for key, value in tree["items"]}

    def _bytes(self, tree: Any) -> bytes:
        return base64.b64decode(tree["base64"])

    def _scalar(self, tree: Any) -> Any:
        return self._array(tree)[()]

    def _array(self, tree: Any) -> np.ndarray:
        with self.archive.open(tree["file"]) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    def _objects(self, tree: Any) -> np.ndarray:
        flat = np.empty(len(tree["items"]), object)
        flat[:] = [self.decoded(part) for part in tree["items"]]
        return flat.reshape(tree["shape"])

    def _sparse(self, tree: Any) -> Any:
        parts = tuple(self._array({"file": name}) for name in tree["files"])
        array = tree["kind"].endswith("_array")
        rows = (sparse.csr_array if array else sparse.csr_matrix)(parts, shape=tuple(tree["shape"]))
        return rows.asformat(tree["kind"].partition("_")[0])

    def _RandomState(self, tree: Any) -> np.random.RandomState:
        random = np.random.RandomState()
        random.set_state(tuple(self.decoded(tree["state"])))
        return random

    def _dtype(self, tree: Any) -> np.dtype:
        return np.dtype(str(tree["name"]))

    def _slice(self, tree: Any) -> slice:
        return slice(*map(self.decoded, tree["parts"]))

    def _ufunc(self, tree: Any) -> np.ufunc:
        found = getattr(np, str(tree["name"]), None)
        return found if isinstance(found, np.ufunc) else self._refuse(tree["name"])

    def _partial(self, tree: Any) -> Any:
        function, args, keywords = map(self.decoded, tree["parts"])
        return functools.partial(function, *args, **keywords)

    def _type(self, tree: Any) -> type:
        name = str(tree["name"])
        scalar = getattr(np, name[6:], None) if name.startswith("numpy.") else None
        if isinstance(scalar, type) and issubclass(scalar, np.generic):
            return scalar
        return known_class(name, self.trusted) or self._refuse(name)

    def _function(self, tree: Any) -> Callable[..., Any]:
        name = str(tree["name"])
        if "." not in name:
            module = importlib.import_module(FUNCTIONS)
            return getattr(module, name) if name in module.__all__ else self._refuse(name)
        found = _trusted(name, self.trusted)
        return found if callable(found) else self._refuse(name)

    def _skops(self, tree: Any) -> Any:
        from skops import io as skops_io

        data = self.archive.read(tree["file"])
        unknown = [
            name for name in skops_io.get_untrusted_types(data=data) if _trusted(name, self.trusted) is None
        ]
        if unknown:
            self._refuse(", ".join(unknown))
        return skops_io.loads(data, trusted=skops_io.get_untrusted_types(data=data))

    def _instance(self, tree: Any) -> Any:
        cls: Any = known_class(str(tree["class"]), self.trusted) or self._refuse(tree["class"])
        value = cls.__new__(cls)
        self._made[tree["n"]] = value
        state = self.decoded(tree["state"])
        if hasattr(value, "__setstate__"):
            value.__setstate__(state)
        else:
            for name, part in state.items():
                object.__setattr__(value, name, part)
        return value

    def _refuse(self, name: Any) -> NoReturn:
        package = str(name).partition(".")[0]
        raise DamagedFileError(
            self.path,
            f"names {name}, which is not a class that can be loaded; if it is from a package that you trust to run "
            f"code, load with trusted=[{package!r}]",
        )


KINDS = {name[1:] for name in vars(_Reader) if name.startswith("_") and not name.startswith("__")} - {
    "refuse"
}


def _type_name(cls: type) -> str:
    if issubclass(cls, np.generic):
        return f"numpy.{cls.__name__}"
    return class_name(cls)


def _opened(path: str | PathLike[str] | BinaryIO) -> Any:
    """A regular file opened, or the open file that was given, as a context."""
    if not isinstance(path, (str, PathLike)):
        return contextlib.nullcontext(path)
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "there is no saved estimator", str(path))
    try:
        return open_regular(path)
    except MediaDecodeError as error:
        raise DamagedFileError(path, error.reason) from None


def _function_name(function: Any) -> str:
    name: str = function.__name__
    return (
        name if getattr(importlib.import_module(FUNCTIONS), name, None) is function else _importable(function)
    )


def _importable(thing: Any) -> str:
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


def _trusted(name: str, trusted: Sequence[str]) -> Any:
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


def _skops_bytes(value: Any) -> bytes:
    from skops import io as skops_io

    buffer = io.BytesIO()
    try:
        skops_io.dump(value, buffer)
    except Exception as error:  # skops raises many kinds for what it cannot write
        raise UnsavableError(
            f"{type(value).__name__} cannot be saved ({' '.join(str(error).split())})"
        ) from None
    return buffer.getvalue()
