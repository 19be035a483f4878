"""What enters an index: vectors, ids and queries, checked at the boundary with one-line errors."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence, Set, Sized
from typing import Any

import numpy as np

from classicxm.sequences import listed, plain_array

__all__ = [
    "check_facets",
    "check_held",
    "check_id_order",
    "check_ids",
    "check_k",
    "check_new",
    "check_queries",
    "check_vectors",
    "is_id",
    "reachable",
]


def check_vectors(
    vectors: Any, ids: Sequence[Any], dimensions: int | None = None
) -> tuple[np.ndarray, list[Any]]:
    """Vectors as finite float32 (n, d) and ids as a list of unique str or int.

    Parameters
    ----------
    vectors : array (n, d)
    ids : sequence of n ids
    dimensions : int, optional
        Length that the index's vectors have.

    Raises
    ------
    ValueError
        For a repeated id, a wrong number of ids or of dimensions, NaN or infinity.
    TypeError
        For ids that are neither str nor int and for vectors that are not real numbers.

    Examples
    --------
    >>> check_vectors([[1, 2]], [np.int64(7)])
    (array([[1., 2.]], dtype=float32), [7])
    """
    ids = check_id_order(ids)
    vectors = _real_matrix("vectors", "n", vectors)
    if len(vectors) != len(ids):
        raise ValueError(f"got {len(vectors)} vectors and {len(ids)} ids; there must be one id per vector")
    if not vectors.shape[1]:
        raise ValueError(f"vectors must have at least one dimension, got shape {vectors.shape}")
    if dimensions is not None and vectors.shape[1] != dimensions:
        raise ValueError(f"the index holds vectors of {dimensions} dimensions, got {vectors.shape[1]}")
    bad = ~np.isfinite(vectors).all(axis=1)
    if bad.any():
        raise ValueError(
            f"the vector of id {ids[bad.argmax()]!r} has NaN or infinity; leave it out or repair it"
        )
    if len(set(ids)) < len(ids):
        repeated = next(key for key, count in Counter(ids).items() if count > 1)
        raise ValueError(f"id {repeated!r} is given twice; ids must be unique")
    return vectors, ids


def check_queries(queries: Any, dimensions: int | None = None) -> np.ndarray:
    """The queries as a finite float32 array (n_queries, d) of the index's dimensions."""
    queries = _real_matrix("queries", "n_queries", queries)
    if dimensions is not None and queries.shape[1] != dimensions:
        raise ValueError(
            f"the index holds vectors of {dimensions} dimensions, the queries have {queries.shape[1]}"
        )
    finite = np.isfinite(queries)
    if not finite.all():
        raise ValueError(f"query {finite.all(axis=1).argmin()} has NaN or infinity")
    return queries


def check_k(k: Any) -> int:
    """The number of neighbours asked for, as a positive int."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be an integer of at least 1, got {k!r}")
    return int(k)


def reachable(index: Sized, k: int) -> int:
    """k, or the number of items where there are fewer: answers that are a list need no room for more.

    >>> from classicxm.search import ExactIndex
    >>> reachable(ExactIndex().add([[1.0]], ["a"]), 10**20)
    1
    """
    return min(k, max(1, len(index)))


def check_ids(ids: Iterable[Any]) -> list[Any]:
    """Ids as a list of str and int; NumPy's integers and strings become Python's.

    >>> check_ids(np.array([3, 4])), check_ids(["a", 5])
    ([3, 4], ['a', 5])
    """
    if isinstance(ids, str):
        raise TypeError(f"ids must be a collection of ids, got the single str {ids!r}; put it in a list")
    if not isinstance(ids, Iterable) or np.ma.isMaskedArray(ids) or hasattr(ids, "columns"):
        given = (
            f"a {type(ids).__name__}" if hasattr(ids, "__len__") else f"{ids!r:.80} ({type(ids).__name__})"
        )
        raise TypeError(f"ids must be a collection of ids, got {given}")
    ids = ids.to_pylist() if hasattr(ids, "to_pylist") else list(ids)
    return ids if set(map(type, ids)) <= {str, int} else [_plain_id(key) for key in ids]


def check_id_order(ids: Any) -> list[Any]:
    """Ids that belong to rows, as `check_ids`; TypeError for a set or dictionary, which have no order.

    >>> check_id_order({"a"})
    Traceback (most recent call last):
    ...
    TypeError: ids must be in the order of their rows, got set; give a list
    """
    if isinstance(ids, (Set, Mapping)):
        raise TypeError(f"ids must be in the order of their rows, got {type(ids).__name__}; give a list")
    return check_ids(ids)


def check_facets(facets: Any, n: int) -> list[Any]:
    """What filters look at, one dict per id, by position; None stands for n empty ones.

    >>> check_facets(None, 2)
    [{}, {}]
    """
    given: list[Any] = [{} for _ in range(n)] if facets is None else listed(facets, "facets")
    if len(given) != n:
        raise ValueError(f"got {len(given)} facets and {n} ids; there must be one per id")
    return given


def is_id(key: object) -> bool:
    """Whether something may be an id: a str or an int, NumPy's too.

    >>> [is_id(key) for key in ("a", np.int64(7), True, 7.0)]
    [True, True, False, False]
    """
    return isinstance(key, (str, int, np.integer)) and not isinstance(key, bool)


def check_new(ids: Iterable[Any], held: Container[Any]) -> None:
    """ValueError that names the first id which is held already.

    >>> check_new(["a", "b"], {"b"})
    Traceback (most recent call last):
    ...
    ValueError: id 'b' is already in the index; remove it first or use another id
    """
    known = next((key for key in ids if key in held), None)
    if known is not None:
        raise ValueError(f"id {known!r} is already in the index; remove it first or use another id")


def check_held(ids: Iterable[Any], held: Container[Any]) -> None:
    """KeyError that names the first id which is not held.

    >>> check_held(["a", "b"], {"b"})
    Traceback (most recent call last):
    ...
    KeyError: "id 'a' is not in the index"
    """
    unknown = next((key for key in ids if key not in held), None)
    if unknown is not None:
        raise KeyError(f"id {unknown!r} is not in the index")


def _plain_id(key: Any) -> str | int:
    if type(key) is str or type(key) is int:
        return key
    if isinstance(key, str):
        return str(key)
    if isinstance(key, int | np.integer) and not isinstance(key, bool):
        return int(key)
    raise TypeError(f"an id must be a str or an int, got {key!r} ({type(key).__name__})")


def _real_matrix(name: str, rows: str, X: Any) -> np.ndarray:
    if type(X) is np.ndarray and X.ndim == 2 and X.dtype == np.float32:
        return X
    try:
        X = plain_array(name, X)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(f"{name} must all have the same number of dimensions, got rows of several") from None
    if X.size and X.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, got dtype {X.dtype}")
    if X.ndim != 2:
        raise ValueError(f"{name} must be 2-D ({rows}, n_dimensions), got shape {X.shape}")
    if X.dtype == np.float32:
        return X
    # what single precision cannot hold becomes infinity, and is named
    with np.errstate(over="ignore", under="ignore"):
        single: np.ndarray = X.astype(np.float32, copy=False)
    nothing = np.flatnonzero(~single.any(axis=1))
    lost = nothing[np.asarray(X[nothing] != 0).any(axis=1)]
    if len(lost):
        raise ValueError(
            f"row {lost[0]} of the {name} is too small for single precision and would become zero; scale all of them"
        )
    return single
