"""Matrices that are text."""

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
