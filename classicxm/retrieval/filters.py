"""A small language of filters over what is stored with items: ``label=horse or (label=dog and not split=train)``.

A comparison is a key, an operator and a value; ``and`` binds closer than ``or``, ``not`` closest. Values and keys
with spaces, parentheses or operators in them stand in quotes, single or double, a backslash before a quote inside.

| operator | holds where |
|---|---|
| ``=`` | the stored value is this text, or is a number and equals this one |
| ``!=`` | ``=`` does not hold, items without the key included |
| ``~`` | the stored text contains this one, letter case aside |
| ``<`` ``<=`` ``>`` ``>=`` | the stored value is a number, or a text that is one, and compares so; or a date |

Numbers are digits with a point and an exponent, and compare exactly, quoted or not; ``1_0``, ``inf`` and ``nan`` are
texts. Dates are ISO 8601 (``2008-05``, ``2008-05-31``, ``2008-05-31T12:00``) and compare as texts, seconds written or
not; a year of four digits compares with stored dates too. Where both have a time zone the moments are compared, and
otherwise the days and hours as they are written. Texts are the same in composed and decomposed form; ``~`` also
ignores width, ligatures and invisible characters.

A list, or a dict, satisfies a comparison when anything in it does. The key ``id`` is the item's own id.
"""

import contextlib
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from classicxm.numerals import exact_number, written_number
from classicxm.search.inputs import check_ids
from classicxm.text.normal_form import fold

__all__ = ["Filter", "admitted", "as_date", "as_moment", "known_filter", "parse_filter", "stored_under"]

#: Whether an item, by its id and what is stored with it, passes.
Rule = Callable[[Any, Mapping[str, Any]], bool]
DEEPEST = 100  # parentheses and nots inside one another; what people write has three
SHOWN = 200  # characters of a filter in a message
TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<symbol>!=|<=|>=|[=<>~()])|(?P<word>(?:[^\s()=<>~!"']|!(?!=))+))""",
    re.DOTALL,
)
ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
#: A month, a day or a moment of it, as ISO 8601 writes them.
DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?)?")
YEAR = re.compile(r"[0-9]{4}")
OPERATORS = ("=", "!=", "~", *ORDERS)


@dataclass(frozen=True)
class Comparison:
    """``key operator value``; ``position`` is where the key stands in the filter, counted from 1."""

    key: str
    operator: str
    value: str
    position: int

    def __call__(self, key: Any, payload: Mapping[str, Any]) -> bool:
        stored = key if self.key == "id" else stored_under(self.key, payload)
        if self.operator == "!=":
            return not self._holds(stored, _equals)
        if self.operator == "=":
            return self._holds(stored, _equals)
        if self.operator == "~":
            return self._holds(stored, _contains)
        return self._holds(stored, self._ordered)

    def _holds(self, stored: Any, test: Callable[[Any, str], bool]) -> bool:
        if isinstance(stored, dict):
            stored = list(stored.values())
        if isinstance(stored, (list, tuple)):
            return any(self._holds(part, test) for part in stored)
        return stored is not None and test(stored, self.value)

    def _ordered(self, stored: Any, value: str) -> bool:
        compares, number, day = ORDERS[self.operator], exact_number(stored), as_date(stored)
        if day is not None and (as_date(value) is not None or YEAR.fullmatch(value)):
            here, there = as_moment(stored), as_moment(value)
            if here is not None and there is not None:
                return compares(here, there)
            return compares(day, as_date(value) or value)
        bound = written_number(value)
        return number is not None and bound is not None and compares(number, bound)


@dataclass(frozen=True)
class Combination:
    """``and`` (all of the parts) or ``or`` (any of them), or ``not`` (none of the one)."""

    word: str
    parts: tuple[Rule, ...]

    def __call__(self, key: Any, payload: Mapping[str, Any]) -> bool:
        if self.word == "not":
            return not self.parts[0](key, payload)
        return (all if self.word == "and" else any)(part(key, payload) for part in self.parts)


@dataclass(frozen=True)
class Filter:
    """A parsed filter; calling it with an id and a payload says whether the item passes.

    Attributes
    ----------
    text : str
    rule : Comparison or Combination
    comparisons : tuple of Comparison
        All of them, in order.
    """

    text: str
    rule: Rule
    comparisons: tuple

    def __call__(self, key: Any, payload: Mapping[str, Any]) -> bool:
        return self.rule(key, payload)


def parse_filter(text: str) -> Filter:
    """Parse a filter; nothing in it is ever executed.

    Parameters
    ----------
    text : str

    Returns
    -------
    Filter

    Raises
    ------
    ValueError
        For anything that is not a filter, with the position (from 1) where it stops being one.

    Examples
    --------
    >>> horse = parse_filter("label=horse or (label=dog and not split=train)")
    >>> horse("a", {"label": "dog", "split": "test"}), horse("b", {"label": "dog", "split": "train"})
    (True, False)
    >>> parse_filter("label=")
    Traceback (most recent call last):
    ...
    ValueError: filter 'label=': expected a value after '=' at position 7, got the end
    """
    if not isinstance(text, str):
        raise TypeError(f"a filter must be a str such as 'label=horse', got {type(text).__name__}")
    parser = _Parser(text)
    rule = parser.any_of(0)
    if parser.kind != "end":
        parser.fail("expected and, or, or the end")
    return Filter(text, rule, tuple(parser.comparisons))


def admitted(
    where: str | None, payload: Mapping[Any, Mapping[str, Any]], allowed: Iterable[Any] | None = None
) -> Iterable[Any] | None:
    """Ids whose payload passes a filter, in their order; with ``allowed`` only those among them.

    Parameters
    ----------
    where : str or None
        See `parse_filter`; None lets everything pass and returns ``allowed``.
    payload : dict of id to dict
    allowed : collection of ids, optional

    Returns
    -------
    list of ids, or ``allowed``

    Raises
    ------
    ValueError
        For a filter that cannot be parsed, or a key that no item has.

    Examples
    --------
    >>> admitted("year>2007 and label~Dog", {"a": {"label": "sheepdog", "year": 2008}, "b": {"year": 2009}})
    ['a']
    """
    if where is None:
        return allowed
    passes, records = known_filter(where, payload), list(payload.items())
    if allowed is None:
        return [key for key, record in records if passes(key, record)]
    return [key for key in check_ids(allowed) if key in payload and passes(key, payload[key])]


def stored_under(key: str, payload: Mapping[str, Any]) -> Any:
    """What a payload has under a composed key, however its own is composed; None where it has nothing.

    >>> stored_under("caf\u00e9", {"cafe\u0301": 1})
    1
    """
    name = _name_of(key, payload)
    return None if name is None else payload[name]


def _name_of(key: str, payload: Mapping[str, Any]) -> str | None:
    """What a payload calls a composed key; None where it has no such key."""
    if key in payload:
        return key
    names = (name for name in payload if not name.isascii())  # others are composed
    return next((name for name in names if unicodedata.normalize("NFC", name) == key), None)


def known_filter(where: str, payload: Mapping[Any, Mapping[str, Any]]) -> "Filter":
    """A parsed filter; ValueError where it cannot be parsed, or has a key that no item of the payload has."""
    passes = parse_filter(where)
    wanted = {comparison.key for comparison in passes.comparisons} - {"id"}
    records = list(payload.items())  # one moment: another thread may add meanwhile
    for _, record in records:
        wanted = {key for key in wanted if _name_of(key, record) is None}
        if not wanted:
            break
    for comparison in passes.comparisons:
        if comparison.key in wanted:
            known = sorted({"id"}.union(*(record for _, record in records)))
            raise ValueError(
                f"filter {_quoted(where)}: no item has {_quoted(comparison.key)} (position {comparison.position}); "
                f"there are {', '.join(known)}"
            )
    return passes


class _Parser:
    """One token of lookahead over a filter: ``kind`` is quoted, symbol, word or end."""

    def __init__(self, text: str) -> None:
        self.text, self.next = text, 0
        self.comparisons: list[Comparison] = []
        self.advance()

    def advance(self) -> None:
        match = TOKEN.match(self.text, self.next)
        if match:
            self.kind = str(match.lastgroup)
            self.token = match[self.kind]
            self.start, self.next = match.start(self.kind), match.end()
            return
        self.start = len(self.text) - len(self.text[self.next :].lstrip())
        self.kind, self.token = "end", ""
        if self.start < len(self.text):
            unclosed = self.text[self.start] in "\"'"
            self.fail("this quote is never closed" if unclosed else "expected a comparison", "")

    def fail(self, expected: str, got: str | None = None) -> NoReturn:
        if got is None:
            got = ", got the end" if self.kind == "end" else f", got {_quoted(self.token)}"
        raise ValueError(f"filter {_quoted(self.text)}: {expected} at position {self.start + 1}{got}")

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.token.lower() in words

    def any_of(self, depth: int) -> Rule:
        return self._joined("or", self.all_of, depth)

    def all_of(self, depth: int) -> Rule:
        return self._joined("and", self.negated, depth)

    def _joined(self, word: str, part: Callable[[int], Rule], depth: int) -> Rule:
        parts = [part(depth)]
        while self.is_word(word):
            self.advance()
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else Combination(word, tuple(parts))

    def negated(self, depth: int) -> Rule:
        if depth > DEEPEST:
            self.fail(f"more than {DEEPEST} parentheses and nots inside one another", "")
        if self.is_word("not"):
            self.advance()
            return Combination("not", (self.negated(depth + 1),))
        if self.kind == "symbol" and self.token == "(":
            opened = self.start
            self.advance()
            inner = self.any_of(depth + 1)
            if not (self.kind == "symbol" and self.token == ")"):
                self.fail(f"expected ) for the ( of position {opened + 1}")
            self.advance()
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        position = self.start + 1
        if self.kind not in ("word", "quoted") or self.is_word("and", "or"):
            self.fail("expected a comparison such as label=horse")
        key = self.taken()
        if self.token not in OPERATORS or self.kind != "symbol":
            self.fail(f"expected one of {' '.join(OPERATORS)} after {key!r}")
        sign = self.taken()
        if self.kind not in ("word", "quoted"):
            self.fail(f"expected a value after {sign!r}")
        if sign in ORDERS and written_number(self.value()) is None and as_date(self.value()) is None:
            self.fail(
                f"expected a number after {sign!r}", f", got {_quoted(self.token)}; dates are 2008-05-31"
            )
        self.comparisons.append(Comparison(key, sign, self.taken(), position))
        return self.comparisons[-1]

    def value(self) -> str:
        """The text of the token, without quotes, composed."""
        token = self.token
        if self.kind == "quoted":
            token = re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)
        return unicodedata.normalize("NFC", token)

    def taken(self) -> str:
        """The text of the token, which is passed."""
        token = self.value()
        self.advance()
        return token


def _quoted(text: str) -> str:
    """A text as messages show it: its beginning, where it is very long."""
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r}..."


def as_date(value: Any) -> str | None:
    """A date, or a text that is one, as ISO 8601 text without time zone; None for anything else.

    >>> as_date("2008-05-31 12:00Z"), as_date("2008-05"), as_date("2008-05-32")
    ('2008-05-31T12:00:00', '2008-05', None)
    """
    if isinstance(value, str):
        moment = _parsed_date(value)
        if moment is None or len(value) <= len("2008-05-31"):
            return None if moment is None else value
        value = moment
    return value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else _day(value)


def as_moment(value: Any) -> str | None:
    """A date with an hour and a time zone, or a text that is one, in UTC; None for anything else.

    >>> as_moment("2008-05-31T12:00+02:00"), as_moment("2008-05-31T12:00")
    ('2008-05-31T10:00:00', None)
    """
    moment = _parsed_date(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None
    with contextlib.suppress(OverflowError):  # of the first and the last day that there are
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return None


def _parsed_date(text: str) -> datetime | None:
    if not DATE.fullmatch(text):
        return None
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text if len(text) > len("2008-05") else f"{text}-01")
    return None


def _day(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None


def _equals(stored: Any, value: str) -> bool:
    if isinstance(stored, bool):
        return str(stored).lower() == value.lower()
    if isinstance(stored, str):
        return unicodedata.normalize("NFC", stored) == value
    number = exact_number(stored)
    if number is not None:
        return number == written_number(value)
    return str(stored) == value or (isinstance(stored, date) and as_date(stored) == as_date(value))


def _contains(stored: Any, value: str) -> bool:
    return fold(value) in fold(str(stored))
