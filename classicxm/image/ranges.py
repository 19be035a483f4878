"""Ranges of parameters that hold several values, for the ``parameter_ranges`` of image descriptions."""

from typing import Any

from classicxm.parameters import Range

__all__ = ["TupleOf"]


class TupleOf:
    """A non-empty tuple or list whose values all lie in one range; ``length`` fixes how many.

    >>> from classicxm.parameters import Integer
    >>> TupleOf(Integer(1)).accepts((4, 6)), TupleOf(Integer(1), length=2).accepts((4,))
    (True, False)
    """

    def __init__(self, inner: Range, length: int | None = None) -> None:
        self.inner = inner
        self.length = length

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return (
            isinstance(value, (tuple, list))
            and len(value) > 0
            and self.length in (None, len(value))
            and all(map(self.inner.accepts, value))
        )

    def __str__(self) -> str:
        count = "a tuple" if self.length is None else f"a tuple of length {self.length}"
        return f"{count}, each value {self.inner}"
