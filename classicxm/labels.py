"""Labels of items, one or several each: as indicator matrices, and as folds that keep class shares."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from classicxm.sequences import listed, plain_array

__all__ = [
    "LABEL_VIEW",
    "SEVERAL",
    "class_folds",
    "class_indicators",
    "group_numbers",
    "in_order",
    "is_missing",
    "label_indicators",
    "label_sets",
    "one_class_each",
]

#: Name under which indicators of classes join the views that an alignment learns from.
LABEL_VIEW = "(labels)"

#: What holds several labels of one item.
SEVERAL = (list, tuple, set, frozenset, np.ndarray)


def label_sets(labels: Any, name: str = "labels") -> list[tuple[Any, ...]]:
    """Each item's labels without repetition, in their own order.

    Parameters
    ----------
    labels : sequence
        One label per item (a str or a number), or a list of labels per item, or a bool array (n_items, n_classes). An
        empty list is an item of no class. Read by position, whatever a Series' index says. Texts are compared in
        composed form (NFC).
    name : str
        What messages call them.

    Raises
    ------
    TypeError
        For what is no sequence, and for an array of columns that are not bool.
    ValueError
        For a missing label (None, NaN) and for what is neither str nor number.

    Examples
    --------
    >>> label_sets(["sea", ["sky", "sea", "sky"], []])
    [('sea',), ('sky', 'sea'), ()]
    """
    if getattr(labels, "ndim", 1) == 2:
        labels = plain_array(name, labels)
        if labels.dtype != bool:
            raise TypeError(
                f"{name} of shape {labels.shape} must be bool (one column per class), got dtype {labels.dtype}; "
                "convert them, or give a list of labels per item"
            )
        return [tuple(map(int, np.flatnonzero(row))) for row in labels]
    return [_labels_of(name, row, entry) for row, entry in enumerate(listed(labels, name))]


def _labels_of(name: str, row: int, entry: Any) -> tuple[Any, ...]:
    found = _found(entry)
    plain = tuple(dict.fromkeys(map(_plain, found))) if len(found) > 1 else tuple(map(_plain, found))
    for label in plain:
        if is_missing(label):
            raise ValueError(
                f"{name}: item {row} has a missing label ({label!r}); leave such items out or give an empty list"
            )
        if not isinstance(label, (str, int, float)):
            raise ValueError(
                f"{name}: item {row} has the label {label!r:.60}; a label must be a str or a number"
            )
    return plain


def _found(entry: Any) -> tuple[Any, ...]:
    """One label or several."""
    if entry is np.ma.masked:
        return (None,)
    return in_order(entry) if isinstance(entry, SEVERAL) else (entry,)


def in_order(several: Any) -> tuple[Any, ...]:
    """What `SEVERAL` holds; of a set in the order of their writing, as sets have another in every process.

    >>> in_order({"sky", "sea"}), in_order(np.array(7)) == (7,)
    (('sea', 'sky'), True)
    """
    if isinstance(several, (set, frozenset)):
        return tuple(sorted(several, key=repr))
    return tuple(np.atleast_1d(several) if isinstance(several, np.ndarray) else several)


def _plain(label: Any) -> Any:
    """Python's own value of a label; texts composed, so that one word is one class however it was typed."""
    label = label.item() if isinstance(label, np.generic) else label
    return unicodedata.normalize("NFC", label) if isinstance(label, str) and not label.isascii() else label


def is_missing(label: Any) -> bool:
    """Whether a label is None, NaN, NaT or another value that is not equal to itself."""
    if label is None:
        return True
    try:
        return bool(label != label)
    except (TypeError, ValueError):  # pandas.NA has no truth
        return not isinstance(label, SEVERAL)


def label_indicators(**label_lists: Any) -> tuple[list[Any], list[Any]]:
    """Indicator matrices of several label lists over the labels of all of them.

    Parameters
    ----------
    **label_lists : sequences
        As in `label_sets`, under the name that error messages shall use.

    Returns
    -------
    indicators : list of sparse float32 arrays (n_items, n_classes)
    classes : list
        In order of first appearance.

    Examples
    --------
    >>> (q, g), classes = label_indicators(query=["sea"], gallery=[["sky", "sea"], []])
    >>> classes
    ['sea', 'sky']
    >>> g.toarray()
    array([[1., 1.], [0., 0.]], dtype=float32)
    """
    sets = {name: label_sets(labels, f"{name} labels") for name, labels in label_lists.items()}
    label_lists = {
        name: plain_array(f"{name} labels", labels) if getattr(labels, "ndim", 1) == 2 else labels
        for name, labels in label_lists.items()
    }
    tables = [x for x in label_lists.values() if isinstance(x, np.ndarray) and x.ndim == 2]
    if len(widths := {table.shape[1] for table in tables}) > 1:
        raise ValueError(
            f"bool label arrays must have the same classes as columns, got {sorted(widths)} columns"
        )
    _check_comparable(sets)
    column: dict[Any, int] = {}
    for rows in sets.values():
        for row in rows:
            for label in row:
                column.setdefault(label, len(column))
    return [_indicator(rows, column) for rows in sets.values()], list(column)


def class_indicators(y: Any, n_rows: int, min_classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Classes in sorted order, and indicators of what an alignment is taught.

    Parameters
    ----------
    y : (n,) labels, sequence of lists of labels, or array (n, n_classes) of 0 and 1
    n_rows : int
        Rows of the views, which y must have too.
    min_classes : int

    Returns
    -------
    classes : array (n_classes,)
    indicators : float array (n_rows, n_classes)
        1 where the item has the class; rows of several classes have several.

    Examples
    --------
    >>> class_indicators(["sky", "sea", "sky"], 3)
    (array(['sea', 'sky'], dtype='<U3'), array([[0., 1.],
           [1., 0.],
           [0., 1.]]))
    >>> class_indicators([["sky", "sea"], ["sea"], []], 3)[1].tolist()
    [[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    """
    if y is None:
        raise ValueError("this alignment learns from labels; give y, one label (or list of labels) per item")
    if getattr(y, "ndim", 1) == 2:
        y = plain_array("labels", y)
        if y.dtype.kind not in "fiub" or not np.isin(y, (0, 1)).all():
            raise ValueError("y as a matrix must hold only 0 and 1 (n_items, n_classes)")
        classes, indicators = np.arange(y.shape[1]), y.astype(np.float64)
    else:
        sets = label_sets(y, "y")
        _check_comparable({"y": sets})
        names = sorted(set().union(*sets))
        classes, column = np.array(names), {label: n for n, label in enumerate(names)}
        indicators = _indicator(sets, column).toarray().astype(np.float64)
    if len(indicators) != n_rows:
        raise ValueError(f"y must have one entry per row of the views ({n_rows}), got {len(indicators)}")
    present = int((indicators.sum(axis=0) > 0).sum())
    if present < min_classes:
        raise ValueError(f"y must hold at least {min_classes} classes, got {present}")
    return classes, indicators


def one_class_each(indicators: np.ndarray) -> bool:
    """Whether every row of indicators (n, n_classes) has exactly one class, so that classes exclude each other.

    >>> one_class_each(np.array([[1, 0], [0, 1]])), one_class_each(np.array([[1, 1], [0, 1]]))
    (True, False)
    """
    return bool((indicators.sum(axis=1) == 1).all())


def group_numbers(groups: Any, indicators: Any = None) -> np.ndarray | None:
    """The group of every row as a number; None where groups cannot be held out: of one alone, or of one for each class.

    Parameters
    ----------
    groups : sequence of n
        What the rows were taken from, such as a film or a speaker, as labels are given; a row of None is a group of
        its own.
    indicators : array (n, n_classes), optional
        A class that lies in one group would be asked for and never learned; where all do, groups are the classes.

    Examples
    --------
    >>> group_numbers(["film b", "film a", None, "film b"])
    array([0, 1, 2, 0])
    >>> group_numbers(["film b", "film a"], np.array([[1, 0], [0, 1]])) is None
    True
    """
    try:
        sets = label_sets([() if is_missing(one) else one for one in listed(groups, "groups")], "groups")
    except ValueError as error:
        raise ValueError(f"{error}; groups are read as labels are, so name other groups, or none") from None
    place: dict[Any, int] = {}
    numbers = np.array(
        [place.setdefault(found or (None, row), len(place)) for row, found in enumerate(sets)], dtype=np.intp
    )
    if len(place) < 2:
        return None
    if indicators is not None:
        lies_in = np.zeros((len(place), np.shape(indicators)[1]), dtype=bool)
        np.logical_or.at(lies_in, numbers, np.asarray(indicators) > 0)
        if (lies_in.sum(axis=0) < 2).all():
            return None
    return numbers


def class_folds(
    n: int, n_folds: int, indicators: Any = None, random_state: int = 0, groups: np.ndarray | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows kept and rows held out of every fold.

    Class shares are kept where every item has one class with at least ``n_folds`` items; otherwise folds are drawn
    from all rows alike. Rows of one group stay together, in at most as many folds as there are groups.

    Parameters
    ----------
    n, n_folds : int
    indicators : array (n, n_classes), optional
    random_state : int, default=0
    groups : int array (n,), optional
        As of `group_numbers`.

    Examples
    --------
    >>> folds = class_folds(4, 2, np.array([[1, 0], [0, 1], [1, 0], [0, 1]]))
    >>> sorted(row for _, held in folds for row in held.tolist())
    [0, 1, 2, 3]
    >>> sorted(held.tolist() for _, held in class_folds(4, 3, groups=np.array([0, 1, 1, 0])))
    [[0, 3], [1, 2]]
    """
    from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

    classes = None
    if indicators is not None:
        indicators = np.asarray(indicators)
        counts = indicators.sum(axis=0)
        if one_class_each(indicators) and counts[counts > 0].min() >= n_folds:
            classes = indicators.argmax(axis=1)
    how = {"shuffle": True, "random_state": random_state}
    if groups is not None:
        splitter = StratifiedGroupKFold(min(n_folds, len(np.unique(groups))), **how)
        return list(splitter.split(np.zeros(n), np.zeros(n) if classes is None else classes, groups))
    return list((KFold if classes is None else StratifiedKFold)(n_folds, **how).split(np.zeros(n), classes))


def _indicator(rows: Sequence[tuple[Any, ...]], column: dict[Any, int]) -> Any:
    counts = [len(row) for row in rows]
    columns = [column[label] for row in rows for label in row]
    data = np.ones(len(columns), dtype=np.float32)
    pointers = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return sparse.csr_array((data, columns, pointers), shape=(len(rows), len(column)))


def _check_comparable(sets: dict[str, list[tuple[Any, ...]]]) -> None:
    kinds: dict[str, str] = {}
    for name, rows in sets.items():
        for row in rows:
            for label in row:
                kinds.setdefault("text" if isinstance(label, str) else "numbers", name)
    if len(kinds) > 1:
        where = {kind: name if name == "y" else f"the {name} labels" for kind, name in kinds.items()}
        raise TypeError(
            f"labels must be all text or all numbers to be compared, got text in {where['text']} and numbers in "
            f"{where['numbers']}"
        )
