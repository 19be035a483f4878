"""Numbers as people write them in filters and files: digits, a point, an exponent; exact, whatever their length."""

import math
import re
from decimal import Decimal, InvalidOperation

__all__ = ["exact_number", "written_float", "written_number", "written_whole"]

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,1000}(?:\.[0-9]{0,1000})?|\.[0-9]{1,1000})(?:[eE][+-]?[0-9]{1,6})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,1000}")


def written_number(text: str) -> Decimal | None:
    """The number that a text is, or None: no ``1_0``, ``inf``, ``nan`` or digits of other scripts.

    >>> written_number("1700000000000000001"), written_number("-2.5e3"), written_number("1_0")
    (Decimal('1700000000000000001'), Decimal('-2.5E+3'), None)
    """
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def written_float(text: str) -> float | None:
    """The number that a text is, or None also where it is beyond what a float holds.

    >>> written_float("-.5"), written_float("1_0"), written_float("1e400"), written_float("nan")
    (-0.5, None, None, None)
    """
    number = float(text) if written_number(text) is not None else math.inf
    return number if math.isfinite(number) else None


def written_whole(text: str) -> int | None:
    """The whole number that a text is, or None.

    >>> written_whole("+7"), written_whole("1_0"), written_whole("7.0")
    (7, None, None)
    """
    return int(text) if _WHOLE.fullmatch(text) else None


def exact_number(value: object) -> Decimal | None:
    """A stored value as a number, or None: whole numbers exactly, others as they are printed; texts as written.

    >>> exact_number(0.1) == written_number("0.1"), exact_number(True), exact_number(float("nan"))
    (True, None, None)
    """
    if isinstance(value, str):
        return written_number(value.strip(" \t\r\n"))
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(value) if isinstance(value, int) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
