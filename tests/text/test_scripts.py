"""Letters of scripts without spaces, with their marks."""

import re

import pytest

from classicxm.text.scripts import HANGUL, LETTER, MARKS, UNSPACED


@pytest.mark.parametrize("letter", "漢々かカกຂកကㄅ豈𠀀")
def test_letters_without_spaces(letter):
    assert re.fullmatch(f"[{UNSPACED}]", letter) and not re.fullmatch(f"[{HANGUL}]", letter)


@pytest.mark.parametrize("other", "aéя1。、ー๑"[:6])
def test_other_letters_digits_and_signs(other):
    assert not re.fullmatch(f"[{UNSPACED}]", other)


def test_hangul_has_spaces():
    assert re.fullmatch(f"[{HANGUL}]+", "한국어") and not re.search(f"[{UNSPACED}]", "한국어")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("ลัง", ["ลั", "ง"]),  # vowels above belong to their consonant
        ("ဗုဒ္ဓ", ["ဗု", "ဒ္ဓ"]),  # a stacked consonant too
        ("漢字", ["漢", "字"]),
        ("がg", ["が"]),
    ],
)
def test_marks_stay_with_their_letter(text, letters):
    assert [found.group() for found in LETTER.finditer(text)] == letters


def test_marks():
    assert re.fullmatch(f"[{MARKS}]", "\u0301") and re.fullmatch(f"[{MARKS}]", "\u200d")
    assert not re.fullmatch(f"[{MARKS}]", "a")
