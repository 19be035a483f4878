"""How texts are cut into terms: words, letters and pairs of letters where scripts have no spaces, or character n-grams.

Terms are in the folded form of `classicxm.text.normal_form`; their positions are those in the original text.
"""

import re
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from classicxm.parameters import Integer
from classicxm.text.normal_form import fold_located
from classicxm.text.scripts import HANGUL, LETTER, MARKS, UNSPACED
from classicxm.text.stemming import porter_stem
from classicxm.text.tokenizers import Tokenizer, cut_by

__all__ = ["ANALYZERS", "WORD", "NgramRange", "Term", "cut", "located_terms"]

ANALYZERS = ("word", "char", "char_wb")

#: A word: two or more letters, digits or underscores, with the marks on them.
WORD = rf"(?u)\w[\w{MARKS}]+"
_PIECE = re.compile(
    rf"(?P<run>[{UNSPACED}][{UNSPACED}{MARKS}]*)|(?P<hangul>[{HANGUL}][{HANGUL}{MARKS}]*)"
    rf"|(?P<word>(?![{UNSPACED}{HANGUL}])\w(?:(?![{UNSPACED}{HANGUL}])[\w{MARKS}])+)"
)
_SPACES = re.compile(r"\s\s+")


#: A term, and where it begins and ends in the folded text.
Span: TypeAlias = tuple[str, int, int]


class NgramRange:
    """The range of ``ngram_range`` parameters: shortest and longest n-gram."""

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return (
            isinstance(value, (tuple, list))
            and len(value) == 2
            and all(map(Integer(1).accepts, value))
            and value[0] <= value[1]
        )

    def __str__(self) -> str:
        return "two integers (shortest, longest) with 1 <= shortest <= longest"


class Term(NamedTuple):
    """A term, and the piece ``text[start:stop]`` of the original text that it stands for."""

    term: str
    start: int
    stop: int


def cut(
    text: str,
    analyzer: str = "word",
    ngram_range: tuple[int, int] = (1, 1),
    stop_words: str | None = None,
    tokenizer: Tokenizer | None = None,
    stem: str | None = None,
) -> list[Term]:
    """Terms of a text in reading order.

    Parameters
    ----------
    text : str
        Compared in its folded form, see `classicxm.text.normal_form.fold`.
    analyzer : {"word", "char", "char_wb"}
        Words; or the character n-grams of scikit-learn's analyzers of this name. Where a script has no spaces (Han,
        kana, Thai, Lao, Khmer, Myanmar), every letter and every two neighbours are a term; words of Hangul are
        terms, and so are every two neighbours in them.
    ngram_range : (int, int)
        Shortest and longest n-gram of words; a run without spaces has n-grams of letters up to one longer.
    stop_words : {"english"} or None
        Words to leave out; ignored for character n-grams.
    tokenizer : {"jieba", "pythainlp"} or callable, optional
        Cuts the folded text into words itself: str in, sequence of str out; ignored for character n-grams.
    stem : {"english"} or None
        Words of English letters are cut to their stems (Porter 1980); ignored for character n-grams.

    Returns
    -------
    list of Term

    Examples
    --------
    >>> [term for term, _, _ in cut("A red 圆形")]
    ['red', '圆', '圆形', '形']
    >>> [term for term, _, _ in cut("two dogs running", stem="english")]
    ['two', 'dog', 'run']
    """
    folded, starts, stops = fold_located(text)
    if analyzer == "word":
        removed = ENGLISH_STOP_WORDS if stop_words else ()
        spans = _word_spans(_pieces(folded, tokenizer, removed, stem), ngram_range)
    else:
        folded, kept = _single_spaces(folded)
        starts, stops = starts[kept], stops[kept]
        cutter = _char_spans if analyzer == "char" else _bounded_spans
        spans = cutter(folded, ngram_range)
    last = len(starts) - 1
    return [
        Term(term, int(starts[min(max(start, 0), last)]), int(stops[min(max(stop - 1, start, 0), last)]))
        for term, start, stop in sorted(spans, key=lambda span: span[1])
    ]


def located_terms(
    text: str,
    analyzer: str = "word",
    ngram_range: tuple[int, int] = (1, 1),
    stop_words: str | None = None,
    tokenizer: Tokenizer | None = None,
    stem: str | None = None,
) -> tuple[list[str], np.ndarray]:
    """Terms of a text in reading order, and where the middle of each lies.

    Parameters
    ----------
    text, analyzer, ngram_range, stop_words, tokenizer, stem
        See `cut`.

    Returns
    -------
    terms : list of str
    places : float32 array (n_terms,)
        Fractions of the text's length in characters.

    >>> terms, places = located_terms("A red dog")
    >>> terms, places.astype(float).round(2).tolist()
    (['red', 'dog'], [0.39, 0.83])
    """
    terms = cut(text, analyzer, ngram_range, stop_words, tokenizer, stem)
    middles = np.array([(start + stop) / 2 for _, start, stop in terms])
    return [term for term, _, _ in terms], (middles / max(len(text), 1)).astype(np.float32)


def _pieces(
    text: str, tokenizer: Tokenizer | None, removed: Container[str], stem: str | None
) -> Iterator[tuple[str, str, int, int]]:
    """Yield (kind, text or term, start, stop) of words and of runs of letters."""
    if tokenizer is not None:
        pieces = [("word", *word) for word in cut_by(tokenizer, text)]
    else:  # one of the pattern's named groups has matched
        pieces = [(str(m.lastgroup), m.group(), m.start(), m.end()) for m in _PIECE.finditer(text)]
    for kind, word, start, stop in pieces:
        if word not in removed:
            yield kind, porter_stem(word) if stem and kind == "word" else word, start, stop


def _word_spans(pieces: Iterable[tuple[str, str, int, int]], ngram_range: tuple[int, int]) -> Iterator[Span]:
    """N-grams of neighbouring words, and of the letters of every run."""
    shortest, longest = ngram_range
    words = []
    for kind, word, start, stop in pieces:
        if kind != "run":
            words.append((word, start, stop))
            if kind == "hangul":
                yield from _pairs(word, start)
            continue
        yield from _ngrams(words, shortest, longest, " ")
        words = []
        yield from _ngrams(_letters(word, start), shortest, longest + 1, "")
    yield from _ngrams(words, shortest, longest, " ")


def _ngrams(pieces: Sequence[Span], shortest: int, longest: int, joint: str) -> Iterator[Span]:
    for n in range(shortest, min(longest, len(pieces)) + 1):
        window: deque[Span] = deque(maxlen=n)
        for piece in pieces:
            window.append(piece)
            if len(window) == n:
                yield joint.join(part for part, _, _ in window), window[0][1], piece[2]


def _letters(run: str, start: int) -> list[Span]:
    return [(m.group(), start + m.start(), start + m.end()) for m in LETTER.finditer(run)]


def _pairs(word: str, start: int) -> Iterable[Span]:
    """Neighbouring letters of a word of more than two, which would be the word itself."""
    letters = _letters(word, start)
    return _ngrams(letters, 2, 2, "") if len(letters) > 2 else ()


def _single_spaces(text: str) -> tuple[str, np.ndarray]:
    """The text with one space for several, and the positions (n,) of the characters that are left."""
    kept, end, parts = [], 0, []
    for match in _SPACES.finditer(text):
        parts += [text[end : match.start()], " "]
        kept += [*range(end, match.start() + 1)]
        end = match.end()
    return "".join([*parts, text[end:]]), np.array([*kept, *range(end, len(text))], dtype=np.intp)


def _char_spans(text: str, ngram_range: tuple[int, int]) -> Iterator[Span]:
    for n in range(ngram_range[0], ngram_range[1] + 1):
        for start in range(len(text) - n + 1):
            yield text[start : start + n], start, start + n


def _bounded_spans(text: str, ngram_range: tuple[int, int]) -> Iterator[Span]:
    """Inside words, each with a space before and after; a word shorter than n is one term."""
    for match in re.finditer(r"\S+", text):
        word, offset = f" {match.group()} ", match.start() - 1
        for n in range(ngram_range[0], ngram_range[1] + 1):
            for start in range(max(len(word) - n, 0) + 1):
                yield word[start : start + n], offset + start, offset + min(start + n, len(word))
            if len(word) <= n:
                break
