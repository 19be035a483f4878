"""Class labels, one or several an item, as sparse indicator matrices over one vocabulary."""

import numpy as np
from scipy import sparse

from classicxm.sequences import listed, plain_array

__all__ = ["label_indicators"]


def label_indicators(**label_lists):
    """Indicator matrices of several label lists over the labels of all of them.

    Parameters
    ----------
    **label_lists : sequences
        Under the name that error messages shall use: one label an item (str or number), or a list of labels an
        item, or a bool array (n_items, n_classes). An empty list is an item of no class.

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
    label_lists = {
        name: plain_array(f"{name} labels", labels) if getattr(labels, "ndim", 1) == 2 else labels
        for name, labels in label_lists.items()
    }
    sets = {name: _label_sets(name, labels) for name, labels in label_lists.items()}
    _check_comparable(label_lists, sets)
    column = {}
    for rows in sets.values():
        for row in rows:
            for label in row:
                column.setdefault(label, len(column))
    indicators = [_indicator(rows, column) for rows in sets.values()]
    return indicators, list(column)


def _indicator(rows, column):
    counts = [len(row) for row in rows]
    columns = [column[label] for row in rows for label in row]
    data = np.ones(len(columns), dtype=np.float32)
    pointers = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return sparse.csr_array((data, columns, pointers), shape=(len(rows), len(column)))


def _label_sets(name, labels):
    """Each item's labels without repetition, in their own order."""
    if isinstance(labels, str):
        raise TypeError(f"{name} labels must be a sequence, one entry an item, got the str {labels!r}")
    if isinstance(labels, np.ndarray) and labels.ndim == 2:
        if labels.dtype != bool:
            raise TypeError(
                f"{name} labels of shape {labels.shape} must be bool (one column a class), got dtype "
                f"{labels.dtype}; convert them, or give a list of labels an item"
            )
        return [tuple(map(int, np.flatnonzero(row))) for row in labels]
    return [_labels_of(name, row, entry) for row, entry in enumerate(listed(labels, f"{name} labels"))]


def _labels_of(name, row, entry):
    several = isinstance(entry, (list, tuple, set, frozenset, np.ndarray))
    found = tuple(dict.fromkeys(entry)) if several else (entry,)
    for label in found:
        if not isinstance(label, (str, int, float, np.number, np.bool_)) or label != label:
            raise ValueError(
                f"{name} item {row} has the label {label!r}; a label must be a str or a number, "
                "leave out items without one"
            )
    return found


def _check_comparable(label_lists, sets):
    tables = [x for x in label_lists.values() if isinstance(x, np.ndarray) and x.ndim == 2]
    widths = {table.shape[1] for table in tables}
    if len(widths) > 1:
        raise ValueError(
            f"bool label arrays must have the same classes as columns, got {sorted(widths)} columns"
        )
    kinds = {}
    for name, rows in sets.items():
        for row in rows:
            for label in row:
                kinds.setdefault("text" if isinstance(label, str) else "numbers", name)
    if len(kinds) > 1:
        raise TypeError(
            f"labels must be all text or all numbers to be compared, got text in the {kinds['text']} labels and "
            f"numbers in the {kinds['numbers']} labels"
        )
