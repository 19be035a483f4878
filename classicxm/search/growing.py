"""Arrays that rows are appended to without copying what is there each time."""

import numpy as np

__all__ = ["appended_rows"]


def appended_rows(array: np.ndarray | None, used: int, rows: np.ndarray) -> np.ndarray:
    """``array`` with ``rows`` after its first ``used`` ones: the same array where they fit, else a larger one.

    Rows before ``used`` are never written to, so that whoever reads them sees no change.

    Parameters
    ----------
    array : array (capacity, ...) or None
        None stands for one without capacity.
    used : int
    rows : array (n, ...)

    Examples
    --------
    >>> two = appended_rows(None, 0, np.array([7, 8]))
    >>> three = appended_rows(two, 2, np.array([9]))
    >>> four = appended_rows(three, 3, np.array([5]))
    >>> four is three, four[:4]
    (True, array([7, 8, 9, 5]))
    """
    total = used + len(rows)
    if array is None or len(array) < total:
        grown = np.empty((max(total * 3 // 2, 16) if used else total, *rows.shape[1:]), rows.dtype)
        if array is not None:
            grown[:used] = array[:used]
        array = grown
    array[used:total] = rows
    return array
