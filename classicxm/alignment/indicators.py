"""Labels as indicator matrices: one class an item, or several."""

from collections.abc import Hashable

import numpy as np

from classicxm.sequences import listed, plain_array

__all__ = ["class_indicators"]


def class_indicators(y, n_rows, min_classes=2):
    """Classes and indicators of labels.

    Parameters
    ----------
    y : (n,) labels, sequence of lists of labels, or bool array (n, n_classes)
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
        raise ValueError("this alignment learns from labels; give y, one label (or list of labels) an item")
    if getattr(y, "ndim", 1) == 2:
        matrix = plain_array("labels", y)
        if matrix.dtype.kind not in "fiub" or not np.isin(matrix, (0, 1)).all():
            raise ValueError("y as a matrix must hold only 0 and 1 (n_items, n_classes)")
        classes, indicators = np.arange(matrix.shape[1]), matrix.astype(np.float64)
    else:
        sets = [_labels_of(row, entry) for row, entry in enumerate(listed(y, "labels"))]
        ordered = _ordered(set().union(*sets))
        classes, column = np.array(ordered), {label: i for i, label in enumerate(ordered)}
        indicators = np.zeros((len(sets), len(ordered)))
        for row, labels in enumerate(sets):
            indicators[row, [column[label] for label in labels]] = 1.0
    if len(indicators) != n_rows:
        raise ValueError(f"y must have one entry a row of the views ({n_rows}), got {len(indicators)}")
    present = int((indicators.sum(axis=0) > 0).sum())
    if present < min_classes:
        raise ValueError(f"y must hold at least {min_classes} classes, got {present}")
    return classes, indicators


def _labels_of(row, entry):
    """The set of one item's labels, NumPy's numbers and strings as Python's."""
    several = isinstance(entry, list | tuple | set | frozenset | np.ndarray)
    labels = set()
    entries = plain_array("labels", entry).ravel() if isinstance(entry, np.ndarray) else entry
    for label in entries if several else [entry]:
        label = label.item() if isinstance(label, np.generic) else label
        if _is_missing(label):
            raise ValueError(
                f"y has a missing label ({label!r}) in row {row}; leave such items out or give an empty list"
            )
        if isinstance(label, bytes) or not isinstance(label, Hashable):
            raise TypeError(f"a label must be a str or a number, got {label!r:.80} in row {row}")
        labels.add(label)
    return labels


def _is_missing(label):
    """Whether a label is None, NaN, NaT or another value that is not equal to itself."""
    if label is None or label is np.ma.masked:
        return True
    try:
        return bool(label != label)
    except (TypeError, ValueError):  # pandas.NA has no truth, and an array more than one
        return not isinstance(label, list | tuple | dict)


def _ordered(labels):
    """Labels in their own order; TypeError where they have none, such as text among numbers."""
    try:
        return sorted(labels)
    except TypeError:
        kinds = ", ".join(sorted({type(label).__name__ for label in labels}))
        raise TypeError(f"labels must be all text or all numbers, got {kinds}; convert them to str") from None
