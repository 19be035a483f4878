"""From JSON and arrays back to values; a file names what it holds and can ask for nothing else."""

from __future__ import annotations

import base64
import functools
import importlib
import inspect
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator

from classicxm.errors import DamagedFileError
from classicxm.estimator_state.class_names import MEASURES, known_class, trusted_object, untrusted_class
from classicxm.estimator_state.value_writer import MARK

__all__ = ["ValueReader"]


class ValueReader:
    """Values from JSON; everything that a file may ask for is a case of `decoded`."""

    def __init__(self, path: Any, archive: zipfile.ZipFile, trusted: Sequence[str]) -> None:
        self.path, self.archive, self.trusted = path, archive, trusted
        self._made: dict[int, Any] = {}

    def decoded(self, tree: Any) -> Any:
        """The value of JSON values; DamagedFileError for a kind, class or function that is not known."""
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
            module = importlib.import_module(MEASURES)
            return getattr(module, name) if name in module.__all__ else self._refuse(name)
        found = trusted_object(name, self.trusted)
        return found if callable(found) else self._refuse(name)

    def _skops(self, tree: Any) -> Any:
        from skops import io as skops_io

        data = self.archive.read(tree["file"])
        unknown = [
            name
            for name in skops_io.get_untrusted_types(data=data)
            if trusted_object(name, self.trusted) is None
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
        if isinstance(value, BaseEstimator):
            _take_defaults(value)
        return value

    def _refuse(self, name: Any) -> NoReturn:
        raise untrusted_class(self.path, name)


def _take_defaults(estimator: BaseEstimator) -> None:
    """Give parameters that the version which saved an estimator did not know their defaults."""
    for name, parameter in inspect.signature(type(estimator).__init__).parameters.items():
        if name not in vars(estimator) and parameter.default is not parameter.empty:
            setattr(estimator, name, parameter.default)


KINDS = {name[1:] for name in vars(ValueReader) if name.startswith("_") and not name.startswith("__")} - {
    "refuse"
}
