"""Sequences that callers give, read by position whatever their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

__all__ = ["as_list", "check_unmasked", "taken"]


def as_list(values: Any, name: str = "items") -> list[Any]:
    """The values of a sequence in their order: a list, tuple, array, pandas Series or any iterable.

    A Series is read by position and not by its index. What has no order (sets, dicts), what is one value (a str), a
    table and an array with masked entries are refused.

    Parameters
    ----------
    values : iterable
    name : str
        What error messages call it.

    Raises
    ------
    TypeError
        For what is no sequence of values.

    Examples
    --------
    >>> as_list(np.array([1.5, 2.5])), as_list(x for x in "ab")
    ([1.5, 2.5], ['a', 'b'])
    >>> as_list({"a", "b"}, "labels")
    Traceback (most recent call last):
    ...
    TypeError: labels must be a sequence in a fixed order, got set; make it a list
    """
    if type(values) is list:
        return values
    if isinstance(values, (str, bytes)):
        raise TypeError(
            f"{name} must be a sequence, got the {type(values).__name__} {values!r:.60}; wrap a single one in a list"
        )
    if isinstance(values, (Mapping, Set)):
        raise TypeError(
            f"{name} must be a sequence in a fixed order, got {type(values).__name__}; make it a list"
        )
    if hasattr(values, "columns") and hasattr(values, "iloc"):
        raise TypeError(
            f"{name} must be one sequence, got a table ({type(values).__name__}); take one column of it"
        )
    check_unmasked(values, name)
    if isinstance(values, np.ndarray):
        if values.ndim == 0:
            raise TypeError(
                f"{name} must be a sequence, got a single value ({values!r:.60}); wrap it in a list"
            )
        return list(values) if values.ndim > 1 or values.dtype.hasobject else values.tolist()
    if not isinstance(values, Iterable):
        raise TypeError(
            f"{name} must be a sequence, got {type(values).__name__}; wrap a single one in a list"
        )
    return list(values)


def check_unmasked(values: Any, name: str) -> None:
    """TypeError for an array that hides entries behind a mask, which would be ignored."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise TypeError(
            f"{name} is an array with {np.ma.count_masked(values)} masked entries; drop them or fill them first"
        )


def taken(values: Any, rows: Any) -> Any:
    """The values at the given positions: rows of an array, or a list.

    >>> taken(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    if values is None:
        return None
    if isinstance(values, np.ndarray):
        return values[np.asarray(rows, dtype=int)]
    values = as_list(values)
    return [values[row] for row in rows]
