"""Declared ranges of estimator parameters, and the one message for a value outside them.

A class declares ``parameter_ranges = {"n_words": Integer(1), "ridge": Real(0)}``; `check_parameters`, called
by every ``fit``, walks the class and its bases.
"""

import math
import numbers
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = [
    "N_JOBS",
    "Boolean",
    "Choice",
    "Either",
    "InstanceOf",
    "Integer",
    "Range",
    "Real",
    "check_parameters",
    "check_value",
]


class Range(Protocol):
    """What a parameter may be; its text completes "must be"."""

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""


@dataclass(frozen=True)
class Integer:
    """An integer with inclusive bounds."""

    low: float = -math.inf
    high: float = math.inf

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return (
            isinstance(value, numbers.Integral)
            and not isinstance(value, bool)
            and self.low <= int(value) <= self.high
        )

    def __str__(self) -> str:
        return "an integer" + _bounds(self.low, self.high)


@dataclass(frozen=True)
class Real:
    """A finite number with inclusive bounds; ``above`` makes the lower bound exclusive."""

    low: float = -math.inf
    high: float = math.inf
    above: bool = False

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        if not isinstance(value, numbers.Real) or isinstance(value, bool) or not _is_finite(value):
            return False
        number: Any = value  # an abstract Real has no order that type checkers know
        return (self.low < number if self.above else self.low <= number) and number <= self.high

    def __str__(self) -> str:
        if self.above:
            return f"a number above {self.low:g}" + (
                f" and at most {self.high:g}" if self.high < math.inf else ""
            )
        return "a number" + _bounds(self.low, self.high)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


@dataclass(frozen=True)
class Boolean:
    """True or False."""

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "True or False"


class Choice:
    """One of a few named values."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return any(value is v or (type(value) is type(v) and value == v) for v in self.values)

    def __str__(self) -> str:
        return "one of " + ", ".join(repr(v) for v in self.values)


class InstanceOf:
    """An instance of one of several classes."""

    def __init__(self, *classes: type) -> None:
        self.classes = classes

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return isinstance(value, self.classes)

    def __str__(self) -> str:
        return " or ".join(c.__name__ for c in self.classes)


class Either:
    """Whatever one of several ranges accepts; plain values stand for themselves."""

    def __init__(self, *options: Any) -> None:
        self.options = [o if hasattr(o, "accepts") else Choice(o) for o in options]

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return any(option.accepts(value) for option in self.options)

    def __str__(self) -> str:
        return " or ".join(str(o).removeprefix("one of ") for o in self.options)


#: How many workers: None or 1 is none beside this process, -1 one per core, -2 one fewer.
N_JOBS = Either(None, Integer(1), Integer(high=-1))


def _bounds(low: float, high: float) -> str:
    if low > -math.inf and high < math.inf:
        return f" from {low:g} to {high:g}"
    if low > -math.inf:
        return f" of at least {low:g}"
    return f" of at most {high:g}" if high < math.inf else ""


def check_parameters(estimator: Any) -> None:
    """Raise ValueError for the first parameter outside its declared range.

    >>> class Half:
    ...     parameter_ranges = {"n": Integer(1)}
    ...     n = 0
    >>> check_parameters(Half())
    Traceback (most recent call last):
    ...
    ValueError: Half: n must be an integer of at least 1, got 0
    """
    declared = {}
    for cls in reversed(type(estimator).__mro__):
        declared.update(vars(cls).get("parameter_ranges", {}))
    for name, allowed in declared.items():
        if not hasattr(estimator, name):
            continue
        check_value(f"{type(estimator).__name__}: {name}", getattr(estimator, name), allowed)


def check_value(name: str, value: Any, allowed: Range) -> Any:
    """The value, or ValueError where it lies outside the range ``allowed``.

    >>> check_value("k", 0, Integer(1))
    Traceback (most recent call last):
    ...
    ValueError: k must be an integer of at least 1, got 0
    """
    if not allowed.accepts(value):
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return value
