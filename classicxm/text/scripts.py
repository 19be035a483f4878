"""Scripts that are written without spaces: which letters they have, and how a run of them is cut.

Runs of Han, kana, Thai, Lao, Khmer, Myanmar and related letters have no marks between words, so that every letter and
every pair of neighbours is a term, as search engines do. Hangul has spaces, but glues particles to its words.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable

__all__ = ["HANGUL", "LETTER", "MARKS", "UNSPACED"]


def _ranges(codes: Iterable[int]) -> str:
    """Ascending codes as ranges of a character class."""
    runs = []
    for _, run in itertools.groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        members = [code for _, code in run]
        runs.append(f"{re.escape(chr(members[0]))}-{re.escape(chr(members[-1]))}")
    return "".join(runs)


def _letters(*blocks: tuple[int, int]) -> str:
    """Letters of blocks, without their digits and signs."""
    codes = [code for low, high in blocks for code in range(low, high + 1)]
    return _ranges([code for code in codes if unicodedata.category(chr(code)) in ("Lo", "Lm")])


#: Combining marks, such as the vowel signs of Indic scripts, and joiners, as ranges of a character class.
MARKS = _ranges(
    [code for code in range(0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc")] + [0x200C, 0x200D]
)

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"
_BOPOMOFO = "\u3105-\u312f\u31a0-\u31bf"
#: Thai, Lao, Myanmar, Khmer, Tai Le, New Tai Lue, Tai Tham, Myanmar's extensions, Tai Viet.
_SOUTH_EAST = _letters(
    (0x0E00, 0x0E7F),
    (0x0E80, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x1950, 0x19DF),
    (0x1A20, 0x1AAF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAADF),
)
UNSPACED = _HAN + _KANA + _BOPOMOFO + _SOUTH_EAST
HANGUL = "\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e"

#: One letter with its marks, and letters stacked below it by a virama.
LETTER = re.compile(rf"[{UNSPACED}{HANGUL}][{MARKS}]*(?:(?<=[\u1039\u17d2\u1a60])[{UNSPACED}][{MARKS}]*)*")
