"""Classes of shards' items: found whole or not at all, whatever the parts, and their indicators."""

import functools

import numpy as np
import pytest

from classicxm.labels import class_indicators
from classicxm.scale import SerialEngine
from classicxm.scale.classes import Classes, indicators, learn_classes

SHARDS = {"a": ["sky", ["wood", "sea"]], "b": [], "c": ["sea"]}


def read(shards, name):
    return shards[name]


def learned(shards, most=10):
    return learn_classes(functools.partial(read, shards), list(shards), SerialEngine(), most)


def test_classes_of_all_shards_are_sorted():
    assert learned(SHARDS) == ["sea", "sky", "wood"]
    assert learned({"a": [3, 1], "b": [2]}) == [1, 2, 3]


@pytest.mark.parametrize(
    ("shards", "most"),
    [
        ({**SHARDS, "d": ["sea", None]}, 10),  # an item without a label
        (SHARDS, 2),
        ({"a": ["sea", "sea"]}, 10),
        ({"a": []}, 10),
        ({}, 10),
    ],
)
def test_too_few_or_too_many_are_none(shards, most):
    assert learned(shards, most) is None


def test_too_many_stay_too_many_in_any_order():
    parts = [Classes.of([n], 2) for n in (1, 2, 3)]
    assert parts[0].merge(parts[1]).merge(parts[2]).labels is None
    assert parts[0].merge(parts[1].merge(parts[2])).labels is None
    assert parts[2].merge(parts[0].merge(parts[0])).labels == {1, 3}


def test_indicators_of_parts_are_those_of_the_whole():
    every = [label for labels in SHARDS.values() for label in labels]
    classes, expected = class_indicators(every, len(every))
    found = np.concatenate([indicators(labels, classes.tolist()) for labels in SHARDS.values()])
    np.testing.assert_array_equal(found, expected)
