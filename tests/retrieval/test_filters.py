"""The filter language: precedence, quoting, values of every kind, and errors that say where."""

import datetime

import numpy as np
import pytest

from classicxm.retrieval.facets import facets_of
from classicxm.retrieval.filter_values import known_values
from classicxm.retrieval.filters import admitted, parse_filter

ITEMS = {
    "a": {"label": "horse", "split": "train", "year": 2008, "colour": ["brown", "white"], "tame": True},
    "b": {"label": "dog", "split": "train", "year": 2009.5, "note": "it's (very) big"},
    "c": {"label": "dog", "split": "test", "year": "2010"},
    "d": {"label": "sea lion", "split": "test", "boxes": [{"shape": "round"}], "year": None},
    7: {"label": "and", "split": "val"},
}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("label=horse", ["a"]),
        ("label = horse", ["a"]),
        ("label=horse or (label=dog and not split=train)", ["a", "c"]),
        # and binds closer than or, not closest
        ("label=horse or label=dog and split=test", ["a", "c"]),
        ("(label=horse or label=dog) and split=test", ["c"]),
        ("not label=horse and split=train", ["b"]),
        ("not (label=horse and split=train)", ["b", "c", "d", 7]),
        ("not not label=horse", ["a"]),
        ("NOT label=dog AND Split=x OR label=horse", ["a"]),
        ("label!=dog", ["a", "d", 7]),
        ("colour!=brown", ["b", "c", "d", 7]),  # items without the key included
        ("colour=white", ["a"]),
        ("boxes=round", ["d"]),
        ("label~DO", ["b", "c"]),
        ("label~' l'", ["d"]),
        ('label="sea lion"', ["d"]),
        ('label="and"', [7]),
        (r"note~'it\'s (very)'", ["b"]),
        ('note~"it\'s"', ["b"]),
        ("year=2008", ["a"]),
        ("year=2008.0", ["a"]),
        ("year>2008", ["b", "c"]),
        ("year>=2009.5", ["b", "c"]),
        ("year<=2008", ["a"]),
        ("year<-3", []),
        ("label<3", []),
        ("tame=true", ["a"]),
        ("tame>0", []),
        ("id=7 or id=a", ["a", 7]),
        ("label=", None),
    ],
)
def test_filters_pass_what_they_say(where, found):
    items = {key: record | {"Split": "y"} for key, record in ITEMS.items()}
    if found is None:
        with pytest.raises(ValueError, match="expected a value after '=' at position 7, got the end"):
            admitted(where, items)
    else:
        assert admitted(where, items) == found


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("", "expected a comparison such as label=horse at position 1, got the end"),
        ("label", r"expected one of = != ~ < <= > >= after 'label' at position 6, got the end"),
        ("label horse", "after 'label' at position 7, got 'horse'"),
        ("label=horse dog", "expected and, or, or the end at position 13, got 'dog'"),
        ("label=horse or", "expected a comparison such as label=horse at position 15, got the end"),
        ("label=horse and and", "at position 17, got 'and'"),
        ("(label=horse", r"expected \) for the \( of position 1 at position 13, got the end"),
        ("label=horse)", "expected and, or, or the end at position 12, got '\\)'"),
        ("label='horse", "this quote is never closed at position 7"),
        ("label==horse", "expected a value after '=' at position 7, got '='"),
        ("year<old", "expected a number after '<' at position 6, got 'old'"),
        ("year<nan", "expected a number after '<'"),
        ("!label=horse", r"no item has '!label' \(position 1\)"),
        ("(" * 5000 + "label=horse" + ")" * 5000, "more than 100 parentheses and nots"),
        ("not " * 5000 + "label=horse", "more than 100 parentheses and nots"),
        (
            "split=train and labels=horse",
            r"no item has 'labels' \(position 17\); there are boxes, colour, id, label",
        ),
        ("__import__('os')=1", "position 11"),
    ],
)
def test_bad_filters_say_where(where, words):
    with pytest.raises(ValueError, match=words):
        admitted(where, ITEMS)


def test_allowed_ids_are_kept_in_their_order_and_unknown_ones_passed_over():
    assert admitted("split=train", ITEMS, ["z", "b", "c", "a"]) == ["b", "a"]
    assert admitted(None, ITEMS, ["z"]) == ["z"] and admitted(None, ITEMS) is None
    with pytest.raises(TypeError, match="put it in a list"):
        admitted("split=train", ITEMS, "a")


def test_a_filter_is_a_str():
    with pytest.raises(TypeError, match="a filter must be a str such as 'label=horse', got int"):
        parse_filter(3)


def test_nothing_indexed_has_no_keys():
    with pytest.raises(ValueError, match="no item has 'label'"):
        admitted("label=dog", {})
    assert admitted("id=a", {}) == []


@pytest.mark.parametrize(
    ("where", "stored", "passes"),
    [
        ('v>"2008"', 2009, True),
        ("v=1700000000000000001", 1700000000000000000, False),
        ("v<1700000000000000001", 1700000000000000000, True),
        ("v>1e3", "1000.0001", True),
        ("v=0.1", 0.1, True),
        ("v<=0.1", np.float32(0.1), True),
        ("v=9007199254740993", 9007199254740992.0, False),
        ("v>0", float("inf"), False),
        ("v>0", "inf", False),
        ("v>0", "1_0", False),
        ("v>0", "１０", False),
        ("v>0", True, False),
        ("v=1_0", 10, False),
        ("v=inf", float("inf"), True),
        ("v<1e999999", 10**400, True),
        ("v>=2008-05", "2008-05-31", True),
        ("v<2008-05-31", "2008-05-04T12:00", True),
        ("v>2008", "2008-05-31", True),
        ("v<2008", "2008-05-31", False),
        ("v>2008-05-31", 2009, False),
        ("v>2008-05-01", datetime.date(2008, 5, 31), True),
        ("v=2008-05-31", datetime.date(2008, 5, 31), True),
        ('v>"2008-05-31 12:00"', "2008-05-31T12:01", True),
        ("v>2008", "2008_000716", False),
        ("v=café", "cafe\u0301", True),
        ("v=cafe\u0301", "café", True),
        ("v~CAFE\u0301", "Ｃafé crème", True),
        ("v~find", "to ﬁnd co\u00adop", True),
        ("v=find", "ﬁnd", False),
    ],
)
def test_numbers_are_exact_dates_are_texts_and_letters_have_one_form(where, stored, passes):
    assert parse_filter(where)("x", {"v": stored}) is passes
    assert parse_filter(where)("x", {"v": ["other", {"deep": stored}]}) is passes


@pytest.mark.parametrize(
    "value", ["1_0", "inf", "nan", "0x10", "１０", "2008-13", "2008-02-30", "1e9999999", "2008_1"]
)
def test_orders_need_a_number_or_a_date(value):
    with pytest.raises(ValueError, match="expected a number after '>' at position 3"):
        parse_filter(f"v>{value}")


@pytest.mark.parametrize(
    ("filter_", "stored", "passes"),
    [
        ("x<=2008-05-31T12:00", "2008-05-31T12:00:00", True),  # seconds written or not
        ("x>=2008-05-31T12:00:00", "2008-05-31T12:00", True),
        ("x>=2008-05-31T12:00:00.000", "2008-05-31 12:00", True),
        ("x<2008-05-31T12:00:00.5", "2008-05-31T12:00", True),
        ("x<2024-01-01T00:00Z", "2024-01-01T01:00+02:00", True),  # an hour before, by the clocks of UTC
        ("x>2024-01-01T00:00Z", "2023-12-31T23:30-02:00", True),
        ("x>2024-01-01T00:00Z", "2024-01-01T00:00+00:00", False),
        ("x>=2024-01-01T00:00+00:00", "2024-01-01T00:00Z", True),
        ("x>=2024-01-01", "2024-01-01T00:30+02:00", True),  # the day that is written
        ("x>=2024-01-01T00:00", "2024-01-01T00:30+02:00", True),
        ("x>=2024-01-01T00:00Z", "2024-01-01T00:30", True),
        ("x<2024", "2023-12-31T23:30-02:00", True),
        ("x>0001-01-01T00:00Z", "0001-01-01T00:00+02:00", False),  # before the first moment that there is
    ],
)
def test_moments_compare_as_moments(filter_, stored, passes):
    for value in (stored, [stored, "no date"]):
        assert parse_filter(filter_)("a", {"x": value}) is passes


def test_keys_have_one_form():
    composed, decomposed = "caf\xe9", "cafe\u0301"
    payload = {1: {decomposed: "a"}, 2: {composed: "a"}, 3: {decomposed: "a", composed: "b"}, 4: {"x": "a"}}
    for key in (composed, decomposed):
        assert admitted(f"{key}=a", payload) == [1, 2]
        assert admitted(f"{key}!=a", payload) == [3, 4]
        assert [one for one, record in payload.items() if facets_of(one, record).get(composed)] == [1, 2, 3]
        assert known_values(f"{key}=c", payload, {1, 2, 3}) == f"{composed} has 'a' (2), 'b' (1)"
