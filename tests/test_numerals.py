"""Numbers as people write them, exactly, and what is no number."""

from decimal import Decimal

import numpy as np
import pytest

from classicxm.numerals import exact_number, written_number, written_whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", "12"), ("-0.5", "-0.5"), (".5", "0.5"), ("5.", "5"), ("+1e3", "1000"), ("9" * 30, "9" * 30)],
)
def test_numbers(text, number):
    assert written_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "1_0", "inf", "nan", "１２", "0x10", " 1", "1,5", "1e", "--1", "."])
def test_what_is_no_number(text):
    assert written_number(text) is None and written_whole(text) is None


def test_whole_numbers():
    assert written_whole("-17") == -17 and written_whole("17.0") is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (2**70, str(2**70)),
        (0.1, "0.1"),
        (np.float64(0.1), "0.1"),
        (" 7\n", "7"),
        (True, None),
        (None, None),
        (float("inf"), None),
        ("seven", None),
        ([1], None),
    ],
)
def test_stored_values(value, number):
    assert exact_number(value) == (None if number is None else Decimal(number))
