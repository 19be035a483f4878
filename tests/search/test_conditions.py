"""Conditions hold of an item where the same question, asked of its plain values in Python, is answered by yes."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classicxm.search import ExactIndex
from classicxm.search.conditions import AllOf, AnyOf, Negated, Restricted, Test, holds

ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
WORDS, YEARS = ("red", "sea", "redish", ""), (-5, 7, 10, 2000)

items = st.fixed_dictionaries(
    {}, optional={"word": st.lists(st.sampled_from(WORDS)), "year": st.lists(st.sampled_from(YEARS))}
)


def facets_of(item):
    stored = {}
    if "word" in item:
        stored["word"] = {"text": item["word"], "folded": item["word"]}
    if "year" in item:
        stored["year"] = {"ordered": [f"{year}.0" for year in item["year"]]}
    return stored


def is_word(word):
    return Test("word", "text", "=", word), lambda item: word in item.get("word", [])


def has_part(word):
    asked = Test("word", "folded", "contains", word)
    return asked, lambda item: any(word in one for one in item.get("word", []))


def by_order(sign, year):
    asked = Test("year", "ordered", sign, str(year))
    return asked, lambda item: any(ORDERS[sign](one, year) for one in item.get("year", []))


def grown(inner):
    """Conditions made of others, each beside the function of a plain item that it stands for."""
    several = st.lists(inner, max_size=3)
    return (
        inner.map(lambda one: (Negated(one[0]), lambda item: not one[1](item)))
        | several.map(
            lambda parts: (AllOf(tuple(c for c, _ in parts)), lambda item: all(f(item) for _, f in parts))
        )
        | several.map(
            lambda parts: (AnyOf(tuple(c for c, _ in parts)), lambda item: any(f(item) for _, f in parts))
        )
    )


asked = st.recursive(
    st.sampled_from(WORDS).map(is_word)
    | st.sampled_from(WORDS).map(has_part)
    | st.tuples(st.sampled_from(list(ORDERS)), st.sampled_from(YEARS)).map(lambda given: by_order(*given)),
    grown,
    max_leaves=6,
)


@settings(max_examples=50)
@given(asked, items)
def test_a_condition_says_what_python_says(pair, item):
    condition, expected = pair
    assert holds(condition, facets_of(item)) == expected(item)


@pytest.mark.parametrize(
    ("sign", "passes"), [("<", True), ("<=", True), ("=", False), (">", False), (">=", False)]
)
def test_numbers_are_ordered_as_numbers_and_dates_by_their_digits(sign, passes):
    assert holds(Test("n", "ordered", sign, "10"), {"n": {"ordered": ["9"]}}) == passes
    assert holds(Test("d", "date", sign, "2001-01-01"), {"d": {"date": ["1999-12-31"]}}) == passes


def test_large_numbers_keep_all_their_digits():
    stored = {"n": {"ordered": ["9007199254740993"]}}
    assert holds(Test("n", "ordered", ">", "9007199254740992"), stored)
    assert not holds(Test("n", "ordered", "<=", "9007199254740992"), stored)


class Even(ExactIndex):
    """Looks after one condition itself: an even id."""

    filters_itself = True

    def search(self, queries, k=10, allowed=None, *, where=None):
        passing = [key for key in self.ids() if where is None or key % 2 == 0]
        return super().search(queries, k, passing if allowed is None else set(passing) & set(allowed))


def test_a_restricted_index_asks_with_its_condition_and_is_otherwise_the_index():
    index = Even("dot").add(np.arange(12.0).reshape(6, 2), range(6))
    restricted = Restricted(index, Test("even", "flag", "=", "true"))
    assert restricted.search([[1.0, 0.0]], 9)[0][0, :4].tolist() == [4, 2, 0, None]
    assert restricted.search([[1.0, 0.0]], 2, allowed=[0, 1, 2])[0].tolist() == [[2, 0]]
    assert (len(restricted), restricted.ids(), 5 in restricted) == (6, list(range(6)), True)
    assert (restricted.metric, restricted.filters_itself) == ("dot", False)
    np.testing.assert_array_equal(restricted.vectors([5]), index.vectors([5]))
    assert restricted.insertion_ranks([3, 1]).argsort().tolist() == [1, 0]
