"""Values as JSON, and what no file could give back."""

import json
import threading

import numpy as np
import pytest

from classicxm.errors import UnsavableError
from classicxm.estimator_state.value_writer import MARK, ValueWriter


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        (None, None),
        (True, True),
        ("é", "é"),
        (5, 5),
        (2**80, {MARK: "int", "digits": hex(2**80)}),
        (0.5, 0.5),
        (float("inf"), {MARK: "float", "text": "inf"}),
        ((1, "a"), {MARK: "tuple", "items": [1, "a"]}),
        ({2, 1}, {MARK: "set", "items": [1, 2]}),
        ({1: [2]}, {MARK: "dict", "items": [[1, [2]]]}),
        (slice(1, None), {MARK: "slice", "parts": [1, None, None]}),
        (b"\0", {MARK: "bytes", "base64": "AA=="}),
        (np.dtype("f4"), {MARK: "dtype", "name": "<f4"}),
        (np.sqrt, {MARK: "ufunc", "name": "sqrt"}),
    ],
)
def test_trees(value, tree):
    found = ValueWriter().encoded(value)
    assert found == tree and json.loads(json.dumps(found)) == found


def test_arrays_lie_beside_and_are_written_once():
    writer, array = ValueWriter(), np.arange(3)
    first, second = writer.encoded([array, array])
    assert first == {MARK: "array", "file": "0.npy", "n": 0} and second == {MARK: "again", "n": 0}
    assert list(writer.files) == ["0.npy"] and writer.files["0.npy"] is array


def test_arrays_of_objects_are_lists():
    found = ValueWriter().encoded(np.array([["a", None]], object))
    assert (found[MARK], found["shape"], found["items"]) == ("objects", [1, 2], ["a", None])


@pytest.mark.parametrize("value", [threading.Lock(), np.zeros(1, [("a", object)]), lambda: 1, open])
def test_what_cannot_be_saved(value):
    if value is open:
        assert (
            ValueWriter().encoded(value)[MARK] == "function"
        )  # it can be found again, where its package is trusted
        return
    with pytest.raises((UnsavableError, TypeError)):
        ValueWriter().encoded(value)
