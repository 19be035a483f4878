"""How every index answers a filter: exactly where few items pass, and otherwise by looking the further the fewer pass.

An approximate index looks at the items nearest to a query. Where one item in twenty may be answered, nineteen of those
are looked at for nothing, and the k nearest that pass lie twenty times as deep. Taking the passing ones of what is
found without a filter therefore loses most answers (hnsw of 50,000 items, a 5 % filter: recall .62 instead of 1.0).
"""

__all__ = ["FEW_ALLOWED", "FEW_QUERIES", "MANY_ALLOWED", "scans_allowed", "widening"]

#: So many allowed items are always scanned.
FEW_ALLOWED = 20_000
#: So many are scanned for so few queries at a time: looking their ids up has taken longer already.
MANY_ALLOWED, FEW_QUERIES = 1_000_000, 64


def scans_allowed(n_allowed: int, n: int, n_queries: int, n_compared: float) -> bool:
    """Whether a filter is answered by scanning the items that pass it, which is exact.

    Beyond few items or few queries they are scanned where a search that is widened by `widening` would compare as many.

    Parameters
    ----------
    n_allowed : int
        Items that pass.
    n : int
        Items held.
    n_queries : int
        Searched for together.
    n_compared : float
        Items that a query without a filter is compared with, about.

    Examples
    --------
    >>> scans_allowed(20_000, 10**6, 500, 2000), scans_allowed(50_000, 10**6, 500, 2000)
    (True, False)
    """
    if n_allowed <= FEW_ALLOWED or (n_allowed <= MANY_ALLOWED and n_queries <= FEW_QUERIES):
        return True
    return n_allowed <= n_compared * widening(n_allowed, n)


def widening(n_allowed: int, n: int) -> float:
    """How many times further an index looks where n_allowed of n items may be answered.

    So it is compared with as many items that pass as it is with items where all pass.

    >>> widening(50, 1000)
    20.0
    """
    return n / max(1, n_allowed)
