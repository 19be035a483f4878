"""The folded form of texts: one for all ways to write a word, and where its characters come from."""

import random
import unicodedata

import numpy as np
import pytest

from classicxm.text import TfidfText, WordVectors
from classicxm.text.normal_form import fold, fold_located

SAME = [
    ("café crème", "cafe\u0301 cre\u0300me"),
    ("Ｒｅｄ　２００８", "red 2008"),
    ("oﬃce ﬂower", "office flower"),
    ("co\u00adop ze\u200bro\u200dwidth\ufeff", "coop zerowidth"),
    ("İstanbul I\u0307stanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul istanbul"),
    ("ｶﾞﾗｽ", "ガラス"),
    ("\u1112\u1161\u11ab", "한"),
    ("STRASSE ΣΊΣΥΦΟΣ", "straße σίσυφος"),
    ("ế", "e\u0301\u0302".replace("\u0301\u0302", "\u0302\u0301")),
    ("I\u0323\u0307", "i\u0323"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_to_write_a_word_meet(one, other):
    assert fold(one) == fold(other) == fold(fold(one))
    assert fold(other) == other or not other.isascii()


def test_features_meet():
    for one, other in SAME:
        words = TfidfText(stop_words=None).fit([one + " thing", other + " thing"])
        np.testing.assert_array_equal(words.describe(one + " thing"), words.describe(other + " thing"))
        vectors = WordVectors(vectors="random", n_dimensions=4).fit([one + " thing"])
        assert vectors.part_names(one + " thing") == vectors.part_names(other + " thing")


def test_pieces_fold_as_the_whole_does():
    special = "iIİı\u0307\u0323\u0301\u0345\u00ad\u200d한각\u1100\u1161\u11a8ﾞﾊがΣςﬁ½ำ\u0e49"
    pool = [chr(c) for c in range(0x30000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    draw = random.Random(0)
    for _ in range(5000):
        text = "".join(
            draw.choice(special if draw.random() < 0.7 else pool) for _ in range(draw.randint(0, 6))
        )
        folded, starts, stops = fold_located(text)
        assert folded == fold(text) == fold(folded) == fold(unicodedata.normalize("NFD", text)), ascii(text)
        assert len(starts) == len(stops) == len(folded) and (starts < stops).all()


def test_ascii_is_only_lowered():
    text = "".join(map(chr, range(128)))
    folded, starts, stops = fold_located(text)
    assert folded == text.lower() == fold(text)
    assert starts.tolist() == list(range(128)) and stops.tolist() == list(range(1, 129))
