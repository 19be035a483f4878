"""Results as pandas data frames (extra ``frames``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from classicxm.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas

__all__ = ["data_frame"]


def data_frame(rows: Iterable[dict], columns: Sequence[str] = ()) -> pandas.DataFrame:
    """Rows of a result as a frame.

    Parameters
    ----------
    rows : iterable of dict
        Column to value; what a row lacks is missing.
    columns : sequence of str
        Columns that come first, and are there without any row.

    Raises
    ------
    MissingExtraError
        Without pandas.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtraError("frames", "pandas") from None
    rows = list(rows)
    return pandas.DataFrame(
        rows, columns=list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    )
