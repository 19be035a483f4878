"""Comparing what came with what was expected, in one line: what the checks of the roles are written in."""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["close", "expect", "refuses"]


def expect(condition: Any, message: str) -> None:
    """AssertionError with a message unless a condition holds."""
    if not condition:
        raise AssertionError(message)


def close(found: Any, expected: Any, tolerance: float, message: str) -> None:
    """AssertionError unless arrays have one shape and agree; tolerance is a share of the largest value, at least 1."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape:
        raise AssertionError(f"{message}: the shapes are {found.shape} and {expected.shape}")
    difference = float(np.abs(found - expected).max(initial=0.0))
    if difference > tolerance * max(1.0, float(np.abs(expected).max(initial=0.0))):
        raise AssertionError(f"{message}: they differ by {difference:.3g}")


def refuses(error: type[Exception], call: Callable[[], Any], what: str) -> None:
    """AssertionError unless a call raises an error of the kind."""
    try:
        call()
    except error:
        return
    except Exception as other:
        raise AssertionError(
            f"{what} must raise {error.__name__}, got {type(other).__name__}: {other}"
        ) from None
    raise AssertionError(f"{what} must raise {error.__name__}, and raised nothing")
