"""Matrices that are text."""

import numpy as np
import pytest

from classicxm.datasets.number_files import read_matrix
from classicxm.errors import CollectionError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n3 x\n", "holds something that is no number"),
        ("1 2\n3\n", r"holds rows of \[1, 2\] numbers"),
        ("", "holds rows of no numbers"),
        ("1 nan\n", "holds NaN or infinity"),
    ],
)
def test_a_matrix_that_is_wrong(tmp_path, text, message):
    (tmp_path / "x.dat").write_text(text)
    with pytest.raises(CollectionError, match=message):
        read_matrix(tmp_path / "x.dat")
    with pytest.raises(CollectionError, match="cannot be read"):
        read_matrix(tmp_path / "none.dat")


@pytest.mark.parametrize(
    ("number", "dtype", "bounds"),
    [
        ("256", np.int8, "-128 to 127"),
        ("-129", np.int8, "-128 to 127"),
        ("4294967297", np.int32, "-2147483648 to 2147483647"),
        ("9223372036854775808", np.int64, "-9223372036854775808 to 9223372036854775807"),
        ("-1", np.uint8, "0 to 255"),
    ],
)
def test_numbers_that_would_wrap_round_are_named(tmp_path, number, dtype, bounds):
    (tmp_path / "x.dat").write_text(f"1 0\n{number} 1\n")
    with pytest.raises(CollectionError, match=f"holds {number}, expected {bounds}; fetch it again"):
        read_matrix(tmp_path / "x.dat", dtype=dtype)


def test_numbers_at_the_bounds_are_read(tmp_path):
    (tmp_path / "x.dat").write_text("127 -128\n+01 000\n")
    assert read_matrix(tmp_path / "x.dat", dtype=np.int8).tolist() == [[127, -128], [1, 0]]
