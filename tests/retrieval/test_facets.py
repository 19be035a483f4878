"""Facets and conditions admit exactly what filters admit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicxm.retrieval.facets import condition_of, facets_of, restriction
from classicxm.retrieval.filters import parse_filter
from classicxm.search import ExactIndex
from classicxm.search.conditions import AllOf, AnyOf, holds

VALUES = [
    "dog",
    "Dog",
    "ﬁsh",
    "fish",
    "café",
    "cafe\u0301",
    "2008",
    "2008-05",
    "2008-05-31",
    "2008-05-31T12:00",
    "true",
]
MOMENTS = [
    "2008-05-31T12:00:00",
    "2008-05-31T12:00:00.5",
    "2008-05-31T12:00Z",
    "2008-05-31T12:00:00+00:00",
    "2008-05-31T13:00+02:00",
    "2008-05-31 23:30-02:00",
    "2008-06-01T00:30+02:00",
    "0001-01-01T00:00+02:00",
]
VALUES += [*MOMENTS, "1_0", "1e2", "100", "-0", "0", "0.1", "007", "1e-400", "nan", "a b", "sheepdog"]
STORED = [
    *VALUES,
    1,
    100,
    -0.0,
    0.1,
    1e300,
    2008,
    True,
    False,
    None,
    float("nan"),
    10**30,
    10**1200,
    "-1e5000",
    "1e1001",
    "1e-2000",
    "0e5000",
    ["dog", 100],
    {"x": "2008-06"},
    [],
]
payloads = st.dictionaries(st.sampled_from("abc"), st.sampled_from(STORED), max_size=3)
comparisons = st.builds(
    lambda key, sign, value: f"{key}{sign}'{value}'",
    st.sampled_from(["a", "b", "id"]),
    st.sampled_from(["=", "!=", "~"]),
    st.sampled_from(VALUES),
) | st.builds(
    lambda key, sign, value: f"{key}{sign}{value}",
    st.sampled_from(["a", "b", "id"]),
    st.sampled_from(["<", "<=", ">", ">="]),
    st.sampled_from(["100", "0", "1e-400", "0.1", "2008", "2008-05", "2008-05-31"])
    | st.sampled_from(MOMENTS).map(repr),
)
filters = st.recursive(
    comparisons,
    lambda part: (
        st.builds("not ({})".format, part)
        | st.builds("({}) and ({})".format, part, part)
        | st.builds("({}) or ({})".format, part, part)
    ),
    max_leaves=4,
)


@given(payloads, filters, st.sampled_from(["dog", "100", 100, 7, "2008-05"]))
def test_conditions_hold_where_filters_do(payload, text, key):
    parsed = parse_filter(text)
    assert holds(condition_of(parsed), facets_of(key, payload)) == parsed(key, payload), (text, payload)


def test_the_id_is_the_items_own_whatever_the_payload_says():
    assert facets_of("mine", {"id": "other"})["id"]["text"] == ["mine"]


def test_joins_of_nothing():
    assert holds(AllOf(()), {})
    assert not holds(AnyOf(()), {})


def test_an_index_that_does_not_filter_gets_the_ids():
    index = ExactIndex().add([[1.0], [2.0]], ["a", "b"])
    payload = {"a": {"x": "1"}, "b": {"x": "2"}}
    assert (
        restriction(index, "x=2", payload, None) == restriction(None, "x=2", payload, None) == (["b"], None)
    )
    with pytest.raises(ValueError, match="no item has 'y'"):
        restriction(index, "y=2", payload, None)


def test_numbers_beyond_what_servers_are_asked_about_are_left_to_filters():
    class Filtering(ExactIndex):
        filters_itself = True

        def accepts(self, condition):
            return True

    index, payload = Filtering(), {"a": {"x": "1e2000"}, "b": {"x": 7}, "c": {"x": "-1e-3000"}}
    for where, ids in (("x>1e1500", ["a"]), ("x=1e2000", ["a"]), ("not x<1e-2000", ["a", "b"])):
        assert restriction(index, where, payload, None) == (ids, None)
    for where, ids in (("x>6", ["a", "b"]), ("x<0", ["c"]), ("x<=1e999", ["b", "c"])):
        _, condition = restriction(index, where, payload, None)
        assert [key for key, one in payload.items() if holds(condition, facets_of(key, one))] == ids
