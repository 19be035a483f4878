"""Which values there are, said where a filter lets nothing pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from classicxm.retrieval.filters import parse_filter, stored_under

__all__ = ["known_values"]

#: Values that are named of a key; of more, the commonest.
SHOWN = 8


def known_values(where: str, payload: Mapping[Any, dict], held: Collection[Any]) -> str:
    """For each key of a filter, the values that held items have, commonest first.

    Parameters
    ----------
    where : str
        A filter, see `classicxm.retrieval.parse_filter`.
    payload : dict of id to dict
    held : collection of ids

    Examples
    --------
    >>> known_values("label=cat", {1: {"label": "dog"}, 2: {"label": ["dog", "horse"]}, 3: {"label": "cow"}}, {1, 2})
    "label has 'dog' (2), 'horse' (1)"
    """
    told = []
    for key in dict.fromkeys(comparison.key for comparison in parse_filter(where).comparisons):
        counts = Counter(
            part
            for item, record in payload.items()
            if item in held
            for part in _parts(item if key == "id" else stored_under(key, record))
        )
        values = ", ".join(f"{_short(value)} ({n})" for value, n in counts.most_common(SHOWN))
        more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
        told.append(f"{key} has {values or 'no value'}{more}")
    return "; ".join(told)


def _parts(stored: Any) -> list[Any]:
    if isinstance(stored, dict):
        stored = list(stored.values())
    if isinstance(stored, (list, tuple)):
        return [part for one in stored for part in _parts(one)]
    return [] if stored is None else [stored]


def _short(value: Any) -> str:
    return repr(value) if len(str(value)) <= 40 else f"{str(value)[:40]!r}..."
