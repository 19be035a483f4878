"""Copies of payloads: equal, of the same types, and of no part that could change with the original."""

import copy
from collections import OrderedDict

import pytest

from classicxm.retrieval.description import copied


@pytest.mark.parametrize(
    "value",
    [
        {"id": "a", "tags": ["x", {"deep": [1, 2.5, None, True]}], "n": {}},
        {"pair": (1, [2]), "ordered": OrderedDict(b=[1]), 3: [4]},
        [],
        "text",
        None,
    ],
)
def test_copies_are_those_of_deepcopy(value):
    expected, found = copy.deepcopy(value), copied(value)
    assert found == expected and repr(found) == repr(expected)


def test_nothing_that_can_change_is_shared():
    value = {"list": [[1]], "pair": ([1],), 3: {"x": [1]}}
    found = copied(value)
    value["list"][0].append(2)
    value["pair"][0].append(2)
    value[3]["x"].append(2)
    assert found == {"list": [[1]], "pair": ([1],), 3: {"x": [1]}}
