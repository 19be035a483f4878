"""A caller's sequences and arrays, read by position whatever their labels; what has no order or length is refused."""

import numbers
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["listed", "native", "plain_array", "real_array", "taken"]


def listed(entries: Any, what: str = "items") -> list[Any]:
    """The entries of a sequence by position, as a new list.

    Series, arrays (of arrow too), memory maps, lists and tuples are sequences. Iterators are refused because they can
    be read only once, sets and dictionaries because they have no order of their own, tables because their entries are
    columns.

    Parameters
    ----------
    entries : sequence
    what : str
        What messages call the entries.

    Raises
    ------
    TypeError
        For anything else, and for masked entries, which are no values.

    Examples
    --------
    >>> listed(("a", "b"), "labels")
    ['a', 'b']
    >>> listed({"a", "b"}, "labels")
    Traceback (most recent call last):
    ...
    TypeError: labels must be a sequence in order, got set; give a list
    """
    kind = type(entries).__name__
    if isinstance(entries, (str, bytes, bytearray)):
        raise TypeError(f"{what} must be a sequence of {what}, got {kind}; wrap a single item in a list")
    if isinstance(entries, (Mapping, Set)):
        raise TypeError(f"{what} must be a sequence in order, got {kind}; give a list")
    if not hasattr(entries, "__len__") or not hasattr(entries, "__iter__"):
        raise TypeError(f"{what} must be a sequence of {what}, got {kind}; make a list of it first")
    if sparse.issparse(entries) or getattr(entries, "ndim", 1) == 0:
        raise TypeError(f"{what} must be a sequence of {what}, got {kind}; give a list")
    if hasattr(entries, "columns"):
        raise TypeError(f"{what} must be a sequence of {what}, got a table ({kind}); give one of its columns")
    if np.ma.isMaskedArray(entries):
        entries = plain_array(what, entries)
    if hasattr(entries, "to_pylist"):  # arrow's, whose entries are no values of Python's
        entries = entries.to_pylist()
    return list(entries)


def plain_array(name: str, X: Any) -> np.ndarray:
    """X as an ordinary array: tables by position, masked arrays without masked entries; sparse matrices are refused.

    >>> plain_array("queries", [[1, 2]])
    array([[1, 2]])
    >>> plain_array("queries", np.ma.array([1, 2], mask=[0, 1]))
    Traceback (most recent call last):
    ...
    ValueError: queries have 1 masked entries, which are no values; fill or drop them
    """
    if sparse.issparse(X):
        raise TypeError(f"{name} must be a dense array, got a sparse {type(X).__name__}; give X.toarray()")
    if isinstance(X, (list, tuple)) and any(map(np.ma.isMaskedArray, X)):
        rows = [np.ma.asarray(row) for row in X]
        X = np.ma.stack(rows) if len({row.shape for row in rows}) == 1 else X  # whose rows have masks
    if np.ma.isMaskedArray(X):
        if masked := int(np.ma.count_masked(X)):
            raise ValueError(f"{name} have {masked} masked entries, which are no values; fill or drop them")
        return X.data
    if isinstance(X, (Mapping, Set)):
        raise TypeError(f"{name} must be an array, got {type(X).__name__}")
    # memory maps stay what they are, so that whoever reads them in parts can let their pages go
    if isinstance(X, np.memmap):
        return X
    try:
        return np.asarray(X)
    except ValueError:
        raise ValueError(f"{name} must be rows of one length, got inhomogeneous rows") from None


def real_array(name: str, X: Any) -> np.ndarray:
    """X as `plain_array` gives it, of real numbers or bool; TypeError for texts, which NumPy would read, and others.

    >>> real_array("values", np.array([1, 2.5], object))
    array([1. , 2.5])
    >>> real_array("values", ["1"])
    Traceback (most recent call last):
    ...
    TypeError: values must be real numbers, got dtype <U1
    """
    X = plain_array(name, X)
    if X.dtype == object and all(isinstance(one, (numbers.Real, np.bool_)) for one in X.ravel().tolist()):
        X = X.astype(np.float64)
    if X.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, got dtype {X.dtype}")
    return X


def native(array: np.ndarray) -> np.ndarray:
    """The array with its numbers in the byte order of this machine.

    >>> native(np.array([258], ">u2")).dtype == np.uint16
    True
    """
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def taken(values: Any, rows: Sequence[int] | np.ndarray) -> Any:
    """The values at the given positions: rows of an array, or a list; of None, None.

    >>> taken(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    if values is None or isinstance(values, np.ndarray):
        return None if values is None else values[np.asarray(rows, dtype=int)]
    return [values[row] for row in rows]
