"""The one form in which texts are compared: composed, caseless, nothing invisible (Unicode NFKC_Casefold).

Full-width letters, ligatures and half-width kana become plain ones, composed and decomposed accents are the same,
soft hyphens and zero-width characters are left out, and the four i of Turkish are one, since "I" is the capital of
either. `fold` gives the form, `fold_located` also where each of its characters stands in the original.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator

import numpy as np

__all__ = ["fold", "fold_located", "joins"]

#: Unicode's default ignorable characters.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
#: An i with marks below it and the dot that case mapping leaves above it.
_DOTTED_I = re.compile("(i[\u0316-\u0319\u031c-\u0320\u0323-\u0333\u0339-\u033c]*)\u0307+")
_MOST_ROUNDS = 4  # no text is known to need more than three


def fold(text: str) -> str:
    """The form in which texts are compared.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ``fold(fold(text)) == fold(text)``.

    >>> fold("Cafe\\u0301"), fold("Ｆｕｌｌ ﬁ\\u00adeld"), fold("İSTANBUL"), fold("STRASSE") == fold("Straße")
    ('café', 'full field', 'istanbul', True)
    """
    if text.isascii():
        return text.lower()
    for _ in range(_MOST_ROUNDS):  # folding may leave what composes anew
        before, text = text, _folded_once(text)
        if text == before or text.isascii():
            break
    return text


def _folded_once(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", _DOTTED_I.sub(r"\1", text.replace("\u0131", "i")))


def fold_located(text: str) -> tuple[str, np.ndarray, np.ndarray]:
    """The folded text, and which piece of the original each of its characters stands for.

    Parameters
    ----------
    text : str

    Returns
    -------
    folded : str
        As `fold` gives it.
    starts, stops : int arrays (len(folded),)
        Character i of it comes from ``text[starts[i]:stops[i]]``: a letter with all its marks is one piece.

    >>> folded, starts, stops = fold_located("ﬁne")
    >>> folded, starts.tolist(), stops.tolist()
    ('fine', [0, 0, 1, 2], [1, 1, 2, 3])
    """
    if text.isascii():
        places = np.arange(len(text))
        return text.lower(), places, places + 1
    folded, starts, stops = [], [], []
    for start, stop in _pieces(text):
        piece = _folded_piece(text[start:stop])
        folded.append(piece)
        starts += [start] * len(piece)
        stops += [stop] * len(piece)
    return "".join(folded), np.array(starts, dtype=np.intp), np.array(stops, dtype=np.intp)


_folded_piece = functools.lru_cache(maxsize=4096)(fold)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the text that fold by themselves: a character and whatever joins it."""
    start = 0
    for place in range(1, len(text)):
        if not joins(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


@functools.lru_cache(maxsize=4096)
def joins(character: str) -> bool:
    """Whether a character may compose or change order with what stands before it, or is nothing by itself."""
    if character.isascii():
        return False
    if _INVISIBLE.match(character):
        return True
    first = unicodedata.normalize("NFKD", character)[0]
    vowel_or_final = "\u1161" <= first <= "\u1175" or "\u11a8" <= first <= "\u11c2"  # Hangul, decomposed
    return vowel_or_final or unicodedata.category(first)[0] == "M"
