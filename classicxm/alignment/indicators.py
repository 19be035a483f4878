"""Labels as indicator matrices: one class an item, or several."""

import numpy as np

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
    matrix = y if isinstance(y, np.ndarray) and y.ndim == 2 else None
    if matrix is not None:
        if not np.isin(matrix, (0, 1)).all():
            raise ValueError("y as a matrix must hold only 0 and 1 (n_items, n_classes)")
        classes, indicators = np.arange(matrix.shape[1]), matrix.astype(np.float64)
    else:
        y = list(y)
        sets = [
            set(labels) if isinstance(labels, list | tuple | set | np.ndarray) else {labels} for labels in y
        ]
        if any(label is None or label != label for labels in sets for label in labels):
            raise ValueError("y has missing labels (None or NaN); leave such items out or give an empty list")
        classes = np.array(sorted(set().union(*sets)))
        column = {label: i for i, label in enumerate(classes.tolist())}
        indicators = np.zeros((len(y), len(classes)))
        for row, labels in enumerate(sets):
            for label in labels:
                indicators[row, column[label.item() if hasattr(label, "item") else label]] = 1.0
    if len(indicators) != n_rows:
        raise ValueError(f"y must have one entry a row of the views ({n_rows}), got {len(indicators)}")
    present = int((indicators.sum(axis=0) > 0).sum())
    if present < min_classes:
        raise ValueError(f"y must hold at least {min_classes} classes, got {present}")
    return classes, indicators
