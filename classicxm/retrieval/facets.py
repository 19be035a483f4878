"""Payload values in the form that servers store, and filters as conditions on them that admit the same items."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from classicxm.numerals import exact_number, written_number
from classicxm.retrieval.filters import (
    YEAR,
    Combination,
    Comparison,
    Filter,
    admitted,
    as_date,
    as_moment,
    known_filter,
    stored_under,
)
from classicxm.search.conditions import AllOf, AnyOf, Condition, Facets, Negated, Test
from classicxm.text.normal_form import fold

__all__ = ["add_with_facets", "condition_of", "facets_of", "restriction"]

#: Powers of ten beyond which no server is asked about numbers.
GREATEST_EXPONENT = 1000


def facets_of(key: object, payload: dict[str, Any]) -> Facets:
    """The values of a payload, and the item's id, by key and kind.

    >>> facets_of("a", {"year": 2008, "label": ["Dog"]})["year"]
    {'folded': ['2008'], 'number': ['2008'], 'ordered': ['2008']}
    """
    facets: Facets = {}
    names = dict.fromkeys(unicodedata.normalize("NFC", name) for name in payload)
    for name, stored in {**{name: stored_under(name, payload) for name in names}, "id": key}.items():
        kinds: dict[str, list[str]] = {}
        for value in _plain(stored):
            for kind, text in _kinds(value):
                kinds.setdefault(kind, []).append(text)
        if kinds:
            facets[name] = {kind: list(dict.fromkeys(values)) for kind, values in sorted(kinds.items())}
    return facets


def condition_of(parsed: Filter) -> Condition:
    """A filter as a condition on facets.

    >>> from classicxm.retrieval.filters import parse_filter
    >>> condition_of(parse_filter("label~Dog"))
    Test(key='label', kind='folded', operator='contains', value='dog')
    """
    return _condition(parsed.rule)


def restriction(
    index: Any, where: str, payload: Mapping[Any, dict[str, Any]], allowed: Iterable[Any] | None
) -> tuple[Iterable[Any] | None, Condition | None]:
    """The ids that may answer so that a filter is passed, and the condition that the index applies instead.

    An index of None is one of this process, which is given ids.
    """
    if index is None or not index.filters_itself:
        return admitted(where, payload, allowed), None
    parsed = known_filter(where, payload)
    condition = condition_of(parsed)
    if any(map(_is_beyond, parsed.comparisons)) or not index.accepts(condition):
        return admitted(where, payload, allowed), None
    return allowed, condition


def add_with_facets(
    retriever: Any, modality: str, vectors: Any, ids: list[Any], numbers: Sequence[int] | None = None
) -> None:
    """Add to the index of a modality, and let every index that filters itself know the items' payloads."""
    index = retriever.indexes_[modality]
    if not any(one.filters_itself for one in retriever.indexes_.values()):
        index.add_parts(vectors, ids, numbers)
        return
    facets = [facets_of(key, retriever.payload_.get(key, {})) for key in ids]
    index.add_parts(vectors, ids, numbers, **({"facets": facets} if index.filters_itself else {}))
    for other in retriever.indexes_.values():
        if other is not index and other.filters_itself:
            other.update_facets(ids, facets)


def _condition(rule: Any) -> Condition:
    if isinstance(rule, Combination):
        if rule.word == "not":
            return Negated(_condition(rule.parts[0]))
        joined = AllOf if rule.word == "and" else AnyOf
        return joined(tuple(_condition(part) for part in rule.parts))
    if rule.operator == "!=":
        return Negated(_equal(rule))
    if rule.operator == "=":
        return _equal(rule)
    if rule.operator == "~":
        return Test(rule.key, "folded", "contains", fold(rule.value))
    return _ordered(rule)


def _equal(rule: Comparison) -> Condition:
    tests = [Test(rule.key, "text", "=", rule.value), Test(rule.key, "flag", "=", rule.value.lower())]
    number = _digits(written_number(rule.value))
    if number is not None:
        tests.append(Test(rule.key, "number", "=", number))
    return AnyOf(tuple(tests))


def _ordered(rule: Comparison) -> Condition:
    tests = []
    day, number = as_date(rule.value), _digits(written_number(rule.value))
    if day is not None or YEAR.fullmatch(rule.value):
        moment = as_moment(rule.value)
        tests.append(Test(rule.key, "date", rule.operator, day or rule.value))
        kind = "zoned" if moment is None else "moment"
        tests.append(Test(rule.key, kind, rule.operator, moment or day or rule.value))
    if number is not None:
        tests.append(Test(rule.key, "ordered", rule.operator, number))
    return AnyOf(tuple(tests))


def _is_beyond(comparison: Comparison) -> bool:
    """Whether a comparison is with a number that no server is asked about."""
    number = written_number(comparison.value)
    return comparison.operator != "~" and number is not None and _digits(number) is None


def _plain(stored: Any) -> Iterator[Any]:
    """The values in lists and dicts, however deep."""
    if isinstance(stored, dict):
        stored = list(stored.values())
    if isinstance(stored, (list, tuple)):
        for part in stored:
            yield from _plain(part)
    elif stored is not None:
        yield stored


def _kinds(value: Any) -> Iterator[tuple[str, str]]:
    """What a value is to `=`, to the orders and to `~`."""
    exact, day = exact_number(value), as_date(value)
    number = _digits(exact)
    if isinstance(value, bool):
        yield "flag", str(value).lower()
    elif isinstance(value, str):
        yield "text", unicodedata.normalize("NFC", value)
    elif number is not None:
        yield "number", number
    else:
        yield "text", str(value)
        if isinstance(value, date) and day is not None:
            yield "text", day
    if exact is not None:
        yield "ordered", number or _outside(exact)
    moment = as_moment(value)
    if moment is not None:
        yield "moment", moment
    if day is not None:
        yield "date" if moment is None else "zoned", day
    yield "folded", fold(str(value))


def _outside(number: Decimal) -> str:
    """A number in digits that compares as this one does with all that servers are asked about.

    >>> _outside(Decimal("-1e-2000")) == "-0." + "0" * 1000 + "1", len(_outside(Decimal("7e5000")))
    (True, 1002)
    """
    power = GREATEST_EXPONENT + 1 if number.adjusted() > 0 else -GREATEST_EXPONENT - 1
    return format(Decimal(1).scaleb(power).copy_sign(number), "f")


def _digits(number: Decimal | None) -> str | None:
    """A number in digits without exponent, one text for one number."""
    if number is not None and not number:
        return "0"
    if number is None or abs(number.adjusted()) > GREATEST_EXPONENT:
        return None
    digits = format(number, "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    negative, digits = digits.startswith("-"), digits.lstrip("+-").lstrip("0")
    digits = "0" + digits if digits.startswith(".") or not digits else digits
    return "-" + digits if negative and digits != "0" else digits
