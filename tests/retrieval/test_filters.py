"""The filter language: precedence, quoting, values of every kind, and errors that say where."""

import pytest

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
