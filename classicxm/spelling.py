"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

__all__ = ["did_you_mean"]

#: Names beyond this many are not compared, so that a message never takes long.
MOST_COMPARED = 50_000


def did_you_mean(name: str, names: Iterable[str], n: int = 3) -> str:
    """A clause for a message: the names that are spelled most like this one, or nothing.

    Parameters
    ----------
    name : str
        As it was given; letter case does not matter.
    names : iterable of str
        Those that exist.
    n : int, default=3
        At most so many.

    Examples
    --------
    >>> did_you_mean("searc", ["search", "fit"]), did_you_mean("x", ["search"])
    ("; did you mean 'search'?", '')
    """
    spelled = {one.casefold(): one for one in islice(names, MOST_COMPARED)}
    close = difflib.get_close_matches(name.casefold(), spelled, n=n, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(spelled[one]) for one in close)}?" if close else ""
