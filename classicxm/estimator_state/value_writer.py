"""From values to JSON and arrays: what `value_reader` reads back."""

from __future__ import annotations

import base64
import functools
import io
import math
import types
from os import PathLike, fspath
from typing import Any

import numpy as np
from scipy import sparse

from classicxm.errors import UnsavableError
from classicxm.estimator_state.class_names import (
    SKLEARN,
    class_name,
    function_name,
    name_in_module,
    type_name,
)

__all__ = ["MARK", "ValueWriter"]

#: The key that says of which kind a JSON object is.
MARK = "!"
#: Where scikit-learn's vectorizers keep an address in memory, which is another in every process.
ADDRESS = "_stop_words_id"


class ValueWriter:
    """Values as JSON, and as the arrays that JSON points to."""

    def __init__(self) -> None:
        self.files: dict[str, np.ndarray | bytes] = {}
        self._seen: dict[int, tuple[int, Any]] = {}

    def encoded(self, value: Any) -> Any:
        """A value as JSON values; UnsavableError for one that could not be read back."""
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
        if isinstance(value, np.ufunc) and value is getattr(np, name := value.__name__, None):
            return {MARK: "ufunc", "name": name}
        if isinstance(value, functools.partial):
            parts = [value.func, list(value.args), dict(value.keywords)]
            return {MARK: "partial", "parts": [self.encoded(part) for part in parts]}
        if isinstance(value, type):
            return {MARK: "type", "name": type_name(value)}
        if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
            return {MARK: "function", "name": function_name(value)}
        if isinstance(value, np.ufunc) or (callable(value) and hasattr(value, "__qualname__")):
            return {MARK: "function", "name": name_in_module(value)}
        return self._encoded_instance(value)

    def _encoded_array(self, value: np.ndarray) -> Any:
        if np.ma.isMaskedArray(value):
            raise UnsavableError("a masked array cannot be saved; fill or drop its masked entries")
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
        cls: Any = type(value)
        root = cls.__module__.partition(".")[0]
        if root == "sklearn" and SKLEARN.get(cls.__name__) is None:
            return {MARK: "skops", "file": self._stored(_skops_bytes(value))}
        name = class_name(cls)
        try:
            value.__reduce_ex__(2)  # files, sockets and locks say that they have no state
            cls.__new__(cls)
        except TypeError as error:
            raise UnsavableError(f"{cls.__name__} cannot be saved and made again: {error}") from None
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
            "state": self.encoded({str(k): v for k, v in state.items() if k != ADDRESS}),
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
