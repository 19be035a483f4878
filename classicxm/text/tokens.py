"""How texts are cut into terms: words by one regular expression, or character n-grams for any script."""

import itertools
import re
import unicodedata
from collections import deque

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from classicxm.parameters import Integer

__all__ = ["ANALYZERS", "WORD", "NgramRange", "located_terms"]

ANALYZERS = ("word", "char", "char_wb")


def _ranges_of_marks():
    """Combining marks, such as the vowel signs of Indic scripts, and joiners, as ranges of a character class."""
    marks = [code for code in range(0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    runs = []
    for _, run in itertools.groupby(enumerate([*marks, 0x200C, 0x200D]), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        runs.append(f"\\u{codes[0]:04x}-\\u{codes[-1]:04x}")
    return "".join(runs)


#: A word: two or more letters, digits or underscores, with the marks on them.
WORD = rf"(?u)\w[\w{_ranges_of_marks()}]+"
_WORD = re.compile(WORD)
_SPACES = re.compile(r"\s\s+")


class NgramRange:
    """The range of ``ngram_range`` parameters: shortest and longest n-gram."""

    def accepts(self, value):
        return (
            isinstance(value, (tuple, list))
            and len(value) == 2
            and all(map(Integer(1).accepts, value))
            and value[0] <= value[1]
        )

    def __str__(self):
        return "two integers (shortest, longest) with 1 <= shortest <= longest"


def located_terms(text, analyzer="word", ngram_range=(1, 1), stop_words=None):
    """Terms of a text in reading order, and where the middle of each lies.

    Parameters
    ----------
    text : str
        Case is ignored.
    analyzer : {"word", "char", "char_wb"}
        The terms are those of scikit-learn's analyzers of this name.
    ngram_range : (int, int)
        Shortest and longest n-gram.
    stop_words : {"english"} or None
        Words to leave out; ignored for character n-grams.

    Returns
    -------
    terms : list of str
    places : float32 array (n_terms,)
        Fractions of the text's length in characters.

    >>> terms, places = located_terms("A red dog")
    >>> terms, places.astype(float).round(2).tolist()
    (['red', 'dog'], [0.39, 0.83])
    """
    text = text.lower()
    if analyzer == "word":
        spans = _word_spans(text, ngram_range, ENGLISH_STOP_WORDS if stop_words else ())
    else:
        text = _SPACES.sub(" ", text)
        spans = _char_spans(text, ngram_range) if analyzer == "char" else _bounded_spans(text, ngram_range)
    spans = sorted(spans, key=lambda span: span[1])
    middles = np.array([(start + stop) / 2 for _, start, stop in spans])
    return [term for term, _, _ in spans], np.clip(middles / max(len(text), 1), 0, 1).astype(np.float32)


def _word_spans(text, ngram_range, stop_words):
    words = [match for match in _WORD.finditer(text) if match.group() not in stop_words]
    for n in range(ngram_range[0], ngram_range[1] + 1):
        window = deque(maxlen=n)
        for word in words:
            window.append(word)
            if len(window) == n:
                yield " ".join(part.group() for part in window), window[0].start(), word.end()


def _char_spans(text, ngram_range):
    for n in range(ngram_range[0], ngram_range[1] + 1):
        for start in range(len(text) - n + 1):
            yield text[start : start + n], start, start + n


def _bounded_spans(text, ngram_range):
    """Inside words, each with a space before and after; a word shorter than n is one term."""
    for match in re.finditer(r"\S+", text):
        word, offset = f" {match.group()} ", match.start() - 1
        for n in range(ngram_range[0], ngram_range[1] + 1):
            for start in range(max(len(word) - n, 0) + 1):
                yield word[start : start + n], offset + start, offset + min(start + n, len(word))
            if len(word) <= n:
                break
