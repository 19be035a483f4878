"""What checks are written in: silent where all is well, one line where it is not."""

import numpy as np
import pytest

from classicxm.expectations import close, expect, refuses


def test_silent_where_all_is_well():
    expect(True, "never")
    close([1.0, 2.0], [1.0, 2.0], 0.0, "never")
    close(np.zeros((0, 3)), np.zeros((0, 3)), 0.0, "never")
    refuses(KeyError, lambda: {}["a"], "never")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expect([], "it must hold something"), "it must hold something"),
        (lambda: close([1.0], [1.5], 0.1, "X"), "X: they differ by 0.5"),
        (lambda: close([1.0], [[1.0]], 0.1, "X"), r"X: the shapes are \(1,\) and \(1, 1\)"),
        (
            lambda: refuses(ValueError, lambda: None, "f()"),
            r"f\(\) must raise ValueError, and raised nothing",
        ),
        (
            lambda: refuses(ValueError, lambda: {}["a"], "f()"),
            r"f\(\) must raise ValueError, got KeyError: 'a'",
        ),
    ],
)
def test_one_line_where_it_is_not(call, message):
    with pytest.raises(AssertionError, match=f"^{message}$"):
        call()


def test_tolerance_is_a_share_of_the_largest_value():
    close([1000.0, 0.5], [1000.0, 0.0], 1e-3, "X")
    with pytest.raises(AssertionError):
        close([1.0, 0.5], [1.0, 0.0], 1e-3, "X")
