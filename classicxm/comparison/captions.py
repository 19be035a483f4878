"""Single captions as items of their own, as papers on captions rank them (Hodosh, Young and Hockenmaier 2013)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from classicxm.media.text import read_text

__all__ = ["captions_of", "single_captions"]


def captions_of(text: Any) -> list[str]:
    """The captions of one item: a string is one, a list holds several, and every line of a file is one.

    Captions without a letter are left out.

    Parameters
    ----------
    text : str, path, list of them, or None

    Raises
    ------
    MediaDecodeError
        For a file that is missing or no text.

    Examples
    --------
    >>> captions_of(["a red circle", " ", "a disc"]), captions_of("one caption,\\nof two lines"), captions_of(None)
    (['a red circle', 'a disc'], ['one caption,\\nof two lines'], [])
    """
    if text is None:
        return []
    if isinstance(text, str):
        return [text] if text.strip() else []
    if isinstance(text, PathLike):
        return [line.strip() for line in read_text(text).splitlines() if line.strip()]
    return [caption for part in text for caption in captions_of(part)]


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
