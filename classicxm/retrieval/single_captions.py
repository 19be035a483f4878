"""Texts whose captions are indexed one by one, so that an item is found by its best caption, which hits then name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.errors import ItemError, MediaDecodeError
from classicxm.media.text import captions_of
from classicxm.retrieval.description import ItemNote, describe_view, opens_items
from classicxm.search import MultiVectorIndex

if TYPE_CHECKING:
    from classicxm.retrieval.hits import Hits
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = [
    "BEST",
    "CAPTIONS",
    "CaptionRows",
    "best_caption",
    "best_captions",
    "caption_rows",
    "held_captions",
    "name_captions",
    "one_caption",
    "stored_caption",
    "view_rows",
]

#: How the captions of one item are indexed: as one text, or each for itself.
CAPTIONS = ("together", "single")
#: Key of a hit's payload under which the caption stands that the item was found by.
BEST = "best_caption"


@dataclass(frozen=True)
class CaptionRows:
    """Described items, one row or several each.

    Attributes
    ----------
    features : array (n_rows, n_features)
    items : int array (n_rows,)
        Position of each row's item; rows of one item lie together.
    numbers : list of int, or None
        Which of its captions a row is, from 0; None where every item has one row.
    skipped, empty : list of ItemNote
    """

    features: np.ndarray
    items: np.ndarray
    numbers: list[int] | None
    skipped: list[ItemNote]
    empty: list[ItemNote]


def view_rows(
    retriever: CrossModalRetriever, modality: str, items: Sequence[Any], ids: Sequence[Any]
) -> CaptionRows:
    """Items of one modality as a retriever indexes them: texts by their captions where it takes these one by one."""
    extractor = retriever.extractors_[modality]
    if isinstance(retriever.indexes_[modality], MultiVectorIndex):
        return caption_rows(extractor, items, ids)
    view = describe_view(extractor, modality, items, ids)
    return CaptionRows(view.features, view.kept, None, view.skipped, view.empty)


def caption_rows(extractor: Any, items: Sequence[Any], ids: Sequence[Any]) -> CaptionRows:
    """Every caption described by itself.

    A caption in which the model knows nothing is left out beside others of its item, since it would be found by
    whatever is asked.

    Parameters
    ----------
    extractor : fitted Extractor of texts
    items, ids : sequences of equal length

    Examples
    --------
    >>> from classicxm.text import TfidfText
    >>> texts = [["a red disc", "a ball", "zzz"], "a blue ball"]
    >>> rows = caption_rows(TfidfText(min_df=1).fit(["red disc", "blue ball"]), texts, ["a", "b"])
    >>> rows.items.tolist(), rows.numbers
    ([0, 0, 1], [0, 1, 0])
    """
    apart = [_apart(extractor, item) for item in items]
    rows = np.repeat(np.arange(len(items)), [len(captions) for captions in apart])
    numbers = np.array([number for captions in apart for number in range(len(captions))], int)
    single = [caption for captions in apart for caption in captions]
    try:
        view = describe_view(extractor, "text", single, range(len(single)))  # notes are found again by row
    except ItemError as error:
        raise ItemError(ids[rows[int(error.item)]], error.reason) from None
    known = np.ones(len(single), bool)
    known[[note.id for note in view.empty]] = False
    filled = np.bincount(rows[view.kept], known[view.kept], len(items)) > 0
    owner = rows[view.kept]
    first = np.diff(owner, prepend=-1) > 0
    kept = np.where(filled[owner], known[view.kept], first)
    mine = view.kept[kept]
    taken_rows = set(mine.tolist())
    empty = [note for note in view.empty if note.id in taken_rows]
    return CaptionRows(
        view.features[kept],
        rows[mine],
        numbers[mine].tolist(),
        [replace(note, id=ids[rows[note.id]]) for note in view.skipped],
        [replace(note, id=ids[rows[note.id]]) for note in empty],
    )


def name_captions(
    retriever: CrossModalRetriever, found: Hits, query: Callable[[], np.ndarray], target: str
) -> Hits:
    """The hits, whose payloads say which caption answers the query best; ``query`` as `best_captions` takes it."""
    captions = best_captions(retriever, [hit.id for hit in found], query, target)
    for hit in found:
        if hit.payload and hit.id in captions:
            hit.payload[BEST] = captions[hit.id]
    return found


def best_captions(
    retriever: CrossModalRetriever, ids: Sequence[Any], query: Callable[[], np.ndarray], target: str
) -> dict[Any, str]:
    """Of each item the caption that answers a query best; empty where captions are not indexed one by one.

    ``query`` gives its vector (d,), and is called only where it is needed. Items that were removed meanwhile, or are
    stored without their text, are left out.
    """
    index = retriever.indexes_.get(target)
    if not isinstance(index, MultiVectorIndex) or not ids:
        return {}
    vector = query()
    with retriever.changing:
        held = [key for key in ids if key in index]
        numbers = index.best_parts(vector, held) if held else []
        texts = [retriever.payload_.get(key, {}).get(target) for key in held]
    captions = zip(held, map(stored_caption, texts, numbers), strict=True)
    return {key: caption for key, caption in captions if caption is not None}


def best_caption(
    retriever: CrossModalRetriever, key: Any, target: str, content: Any, query: np.ndarray
) -> Any:
    """Of an item's stored text the caption that answers a query (d,) best; all of it where they are indexed as one."""
    index = retriever.indexes_[target]
    if not isinstance(index, MultiVectorIndex) or not opens_items(retriever.extractors_[target]):
        return content
    return stored_caption(content, index.best_parts(query, [key])[0]) or content


def held_captions(retriever: CrossModalRetriever, key: Any, modality: str, content: Any) -> list[Any]:
    """The captions of an item's stored text that are indexed one by one; the text where they are indexed as one."""
    index = retriever.indexes_[modality]
    if not isinstance(index, MultiVectorIndex) or not opens_items(retriever.extractors_[modality]):
        return [content]
    return [stored_caption(content, number) or content for number in index.parts([key])[2]]


def stored_caption(text: Any, number: int) -> str | None:
    """One caption of a stored text: of a list by its number, of one text that was read from a file by its line.

    >>> stored_caption(["a disc", " ", "a ball"], 1), stored_caption("a disc\\na ball", 1), stored_caption(None, 0)
    ('a ball', 'a ball', None)
    """
    captions = captions_of(text)
    if len(captions) == 1 and number > 0:
        captions = [line.strip() for line in captions[0].splitlines() if line.strip()]
    return captions[number] if number < len(captions) else None


def one_caption(payload: dict[str, Any], number: int, modality: str = "text") -> dict[str, Any]:
    """A payload whose text is one of its captions.

    >>> one_caption({"text": ["a disc", "a ball"], "label": "ball"}, 1)
    {'text': 'a ball', 'label': 'ball'}
    """
    caption = stored_caption(payload.get(modality), number)
    return payload if caption is None else {**payload, modality: caption}


def _apart(extractor: Any, item: Any) -> list[Any]:
    """The captions of one text; the text itself where there are none, or where it is looked up by its id."""
    if not opens_items(extractor):
        return [item]
    try:
        return captions_of(item) or [item]
    except MediaDecodeError:  # which describing says of the item
        return [item]
