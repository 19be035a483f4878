"""The terms of a text block after block: without their places, which makes it quick, and in memory that stays flat.

The terms are those of `classicxm.text.tokens.cut`, whose general way is taken where letters have no spaces between
words, and where a tokenizer cuts.
"""

import re
from collections.abc import Container, Iterator, Sequence

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from classicxm.text.normal_form import fold, joins
from classicxm.text.scripts import HANGUL, UNSPACED
from classicxm.text.stemming import porter_stem
from classicxm.text.tokenizers import Tokenizer
from classicxm.text.tokens import WORD, cut

__all__ = ["blocks", "term_blocks"]

#: Characters of a block, about: a few megabytes as terms.
SIZE = 1 << 18

#: No term and no folding of letters reaches across these.
_BREAK = re.compile(r"[\s。，、！？]")
_NO_SPACES = re.compile(f"[{UNSPACED}{HANGUL}]")
_WORD = re.compile(WORD)
_ASCII_WORD = re.compile(r"\w\w+", re.ASCII)


def blocks(text: str, size: int = SIZE) -> Iterator[str]:
    """A text in pieces of at least ``size`` characters but for the last, cut where no word and no letter is parted.

    >>> list(blocks("red dog, red cat", 4))
    ['red dog, ', 'red cat']
    """
    start = 0
    while start < len(text):
        stop = start + size
        while stop < len(text):
            found = _BREAK.search(text, stop)
            stop = found.end() if found else len(text)
            if stop < len(text) and not joins(text[stop]):
                break
        yield text[start:stop]
        start = stop


def term_blocks(
    text: str,
    ngram_range: tuple[int, int] = (1, 1),
    stop_words: str | None = None,
    tokenizer: Tokenizer | None = None,
    stem: str | None = None,
) -> Iterator[list[str]]:
    """Words, and what else the analyzer "word" takes as a term, in reading order.

    Parameters
    ----------
    text, ngram_range, stop_words, tokenizer, stem
        See `classicxm.text.tokens.cut`.

    Yields
    ------
    list of str
        The terms of one block.

    >>> list(term_blocks("A red dog and a red cat", stop_words="english"))
    [['red', 'dog', 'red', 'cat']]
    """
    shortest, longest = ngram_range
    removed = ENGLISH_STOP_WORDS if stop_words else ()
    if tokenizer is not None or (longest > 1 and not _has_spaces(text)):
        yield [term for term, _, _ in cut(text, "word", (shortest, longest), stop_words, tokenizer, stem)]
        return
    held: list[str] = []  # words that n-grams of the next block begin with
    for block in blocks(text):
        if longest == 1 and not _has_spaces(block):
            yield [term for term, _, _ in cut(block, stop_words=stop_words, stem=stem)]
            continue
        words = _words(block, removed, stem)
        if longest == 1:
            yield words
        else:
            words = held + words
            held = words[len(words) - longest + 1 :] if len(words) >= longest else words
            yield _ngrams(words[: len(words) - len(held)], held, shortest, longest)
    if held:
        yield _ngrams(held, [], shortest, longest)


def _has_spaces(text: str) -> bool:
    """Whether the text has none of the letters that are written without spaces."""
    return text.isascii() or _NO_SPACES.search(fold(text)) is None


def _words(block: str, removed: Container[str], stem: str | None) -> list[str]:
    folded = fold(block)
    words = (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)
    if removed:
        words = [word for word in words if word not in removed]
    return list(map(porter_stem, words)) if stem else words


def _ngrams(words: Sequence[str], after: Sequence[str], shortest: int, longest: int) -> list[str]:
    """N-grams that begin in ``words`` and may end in what stands ``after`` them."""
    line, n_words = [*words, *after], len(words) + len(after)
    return [
        " ".join(line[start : start + n])
        for start in range(len(words))
        for n in range(shortest, min(longest, n_words - start) + 1)
    ]
