"""Which words of a query a model knows, and how those that it does not know may have been meant."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from classicxm.errors import UnknownWordsWarning
from classicxm.late_kinds import is_of_kind
from classicxm.retrieval.description import ItemNote, split_pipeline, warn_of_empty
from classicxm.spelling import did_you_mean

if TYPE_CHECKING:
    from classicxm.text.tokens import Term

__all__ = ["known_words", "unknown_words", "warn_of_unknown", "word_parts"]

#: Unknown words that a message names.
MOST_NAMED = 5
#: Letters of a word that a message shows.
LONGEST = 40


def word_parts(extractor: Any) -> Iterator[Any]:
    """The parts of a fitted text extractor that cut texts into terms: `TermExtractor` and `WordVectors`."""
    if is_of_kind(extractor, "sklearn.pipeline", "Pipeline"):
        yield from word_parts(split_pipeline(extractor)[0])
    elif hasattr(extractor, "blocks_"):
        for _, block in extractor.blocks_:
            yield from word_parts(block)
    elif hasattr(extractor, "vectorizer_") or isinstance(getattr(extractor, "words_", None), str):
        yield extractor
    else:  # topics hold their terms, word averages and encoded words their vectors
        for name in ("terms_", "words_", "local_"):
            if hasattr(extractor, name):
                yield from word_parts(getattr(extractor, name))


def known_words(extractor: Any, text: str) -> dict[str, bool]:
    """The words of a text as they are written, in order, and whether any part of the extractor knows them.

    Words that extractors leave out ("the", "of") are no part of it, and a run of a script without spaces counts as
    one word, known where any piece of it is. Empty for extractors of character n-grams and without terms.

    Parameters
    ----------
    extractor : fitted text extractor
    text : str

    Examples
    --------
    >>> from classicxm.text import TfidfText
    >>> known_words(TfidfText().fit(["a red circle", "圆形"]), "the Red cirkle 圆的")
    {'Red': True, 'cirkle': False, '圆的': True}
    """
    words: dict[str, bool] = {}
    for part in word_parts(extractor):
        if part.analyzer != "word":
            continue
        terms = [
            term for term in part.cut_terms(text) if not set(text[term.start : term.stop]) & set(" \n\t")
        ]
        for word, inside in _pieces(text, terms):
            words[word] = words.get(word, False) or any(part.knows(term) for term in inside)
    return words


def unknown_words(extractor: Any, item: Any) -> str:
    """One clause that names the words of a query that the model does not know; empty where it knows them all.

    >>> from classicxm.text import TfidfText
    >>> unknown_words(TfidfText().fit(["a red circle", "a blue square"]), "red cirkle and zzz")
    "2 of 3 words are unknown: 'cirkle' (did you mean 'circle'?), 'zzz'"
    """
    first = split_pipeline(extractor)[0]
    text = first.decode(item) if hasattr(first, "decode") else item
    if not isinstance(text, str):
        return ""
    words = known_words(extractor, text)
    unknown = [word for word, known in words.items() if not known]
    if not unknown:
        return ""
    vocabulary = list(_vocabulary(extractor))
    named = [_named(word, vocabulary) for word in unknown[:MOST_NAMED]]
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    count = f"{len(unknown)} of {len(words)} words are unknown" if len(words) > 1 else "an unknown word"
    return f"{count}: {', '.join(named)}{more}"


def warn_of_unknown(extractor: Any, modality: str, items: Sequence[Any], empty: Sequence[ItemNote]) -> None:
    """Warn of queries in which there was nothing to describe, and of the unknown words of a single text.

    Parameters
    ----------
    extractor : fitted extractor
    modality : str
    items : sequence
        The queries.
    empty : sequence of ItemNote
        Those in which there was nothing to describe.
    """
    unknown = unknown_words(extractor, items[0]) if modality == "text" and len(items) == 1 else ""
    if unknown and not empty:
        warnings.warn(f"{unknown}; the others are searched for", UnknownWordsWarning, stacklevel=4)
    warn_of_empty(modality, empty, len(items), unknown)


def _named(word: str, vocabulary: Sequence[str]) -> str:
    close = did_you_mean(word, vocabulary, n=1).removeprefix("; ")
    shown = word if len(word) <= LONGEST else f"{word[:LONGEST]}..."
    return f"{shown!r} ({close})" if close else repr(shown)


def _vocabulary(extractor: Any) -> Iterator[str]:
    for part in word_parts(extractor):
        if part.analyzer == "word":
            yield from part.spelled_terms() if hasattr(part, "spelled_terms") else part.words_.split("\n")


def _pieces(text: str, terms: Sequence[Term]) -> Iterator[tuple[str, list[str]]]:
    """Pieces of the text that terms cover, and the terms in each: those that overlap are in one."""
    start = stop = 0
    inside: list[str] = []
    for term in sorted(terms, key=lambda term: term.start):
        if inside and term.start >= stop:
            yield text[start:stop], inside
            inside = []
        start = term.start if not inside else start
        stop = term.stop if not inside else max(stop, term.stop)
        inside.append(term.term)
    if inside:
        yield text[start:stop], inside
