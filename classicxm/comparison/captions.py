"""Single captions as items of their own, as papers on captions rank them (Hodosh, Young and Hockenmaier 2013)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from classicxm.media.text import captions_of

__all__ = ["captions_of", "single_captions"]


def single_captions(records: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """One record per caption, and its own name: its item's id, "#" and its number from 0.

    Parameters
    ----------
    records : iterable of dict
        With "id" and "text"; an item may have any number of captions.

    Returns
    -------
    captions : list of dict
        Copies of the records, whose "text" is one caption; "id" remains the item's.
    names : list of str

    Examples
    --------
    >>> captions, names = single_captions([{"id": "a", "text": ["a disc", "a ball"]}, {"id": "b", "text": "sea"}])
    >>> [caption["id"] for caption in captions], names
    (['a', 'a', 'b'], ['a#0', 'a#1', 'b#0'])
    """
    captions: list[dict[str, Any]] = []
    names: list[str] = []
    for record in records:
        own: Sequence[str] = captions_of(record.get("text"))
        captions += [{**record, "text": caption} for caption in own]
        names += [f"{record['id']}#{number}" for number in range(len(own))]
    return captions, names
