"""Payloads that stay JSON text until they are looked at, and read as a dict of dicts all the same."""

import copy
import pickle
import threading

import pytest

from classicxm.errors import DamagedFileError
from classicxm.retrieval.payloads import Payloads, encoded_payloads

VALUES = {
    "a": {"label": "dog", "n": 1},
    7: {"label": "é\ud800\u2028\n", "deep": [{"x": None}, {"y": [1.5, -0.0, True]}]},
    "empty": {},
}


def as_lines():
    return Payloads(dict(zip(VALUES, encoded_payloads(VALUES, VALUES.values()), strict=True)))


def parsed_of(payloads):
    return [key for key in payloads if isinstance(payloads._held[key], dict)]


def test_they_read_as_the_dict_they_stand_for():
    payloads = as_lines()
    assert all(isinstance(line, str) and "\n" not in line for line in payloads._held.values())
    assert payloads == VALUES and list(payloads) == list(VALUES) and len(payloads) == 3
    assert list(as_lines().items()) == list(VALUES.items()) and list(as_lines().values()) == [
        *VALUES.values()
    ]
    assert (
        "a" in payloads
        and "b" not in payloads
        and payloads.get("b") is None
        and payloads.keys() == VALUES.keys()
    )
    for again in (copy.deepcopy(as_lines()), pickle.loads(pickle.dumps(as_lines()))):
        assert again == VALUES


def test_only_what_is_looked_at_is_parsed_and_it_may_be_changed_in_place():
    payloads = as_lines()
    assert parsed_of(payloads) == [] and payloads["a"] is payloads["a"] and parsed_of(payloads) == ["a"]
    payloads["a"]["n"] = 2
    assert payloads["a"]["n"] == 2 and payloads.lines()[1][0] == '{"label": "dog", "n": 2}'
    assert parsed_of(payloads.without({"a"})) == [] and list(payloads.without({"a"})) == [7, "empty"]
    assert len(payloads.records()) == 3 == len(parsed_of(payloads))


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, [(1,)], type("Word", (str,), {})("w")])
def test_what_json_would_change_is_held_as_a_copy(value):
    payload = {"x": value}
    (held,) = encoded_payloads(["a"], [payload])
    assert held == payload and held is not payload and type(held["x"]) is type(value)


def test_payloads_that_cannot_be_saved_are_named():
    with pytest.raises(TypeError, match="item 'b': a payload must be a dict of JSON values, got 3"):
        encoded_payloads(["a", "b"], [{}, 3])
    with pytest.raises(
        TypeError, match=r"item 'b': a payload must hold JSON values only .*; convert or leave out"
    ):
        encoded_payloads(["b"], [{"x": object()}])


def test_what_is_merged_can_be_taken_back():
    payloads = as_lines()
    before = payloads.merge(["a", "new"], encoded_payloads("an", [{"n": 5}, {"m": (1,)}]))
    assert payloads["a"] == {"label": "dog", "n": 5} and payloads["new"] == {"m": (1,)}
    payloads.restore(before)
    assert payloads == VALUES
    payloads.merge([7], encoded_payloads([7], [VALUES[7]]))  # says nothing new
    assert parsed_of(as_lines()) == []


@pytest.mark.parametrize("line", ["{", "[1]", "{} {}", "{},{}", "3"])
def test_a_line_that_is_no_payload_is_named_when_it_is_looked_at(line):
    payloads = Payloads({"a": "{}", "b": line}, "folder/items.jsonl")
    assert payloads["a"] == {}
    for ask in (lambda: payloads["b"], lambda: list(payloads.items())):
        with pytest.raises(DamagedFileError, match=r"folder/items\.jsonl: the payload of 'b' cannot be read"):
            ask()


def test_a_reader_never_puts_back_what_a_writer_replaced():
    payloads = Payloads(dict.fromkeys(range(2000), '{"n": 0}'))
    readers = [threading.Thread(target=lambda: [dict(payloads.items()) for _ in range(3)]) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(2000):
        payloads[n] = {"n": 1}
    for reader in readers:
        reader.join()
    assert all(payload == {"n": 1} for payload in payloads.values())


@pytest.mark.parametrize("name", [1, None, True, 2.5])
def test_keys_that_json_would_call_otherwise_are_named(name):
    with pytest.raises(TypeError, match=r"item 'a': the keys of a payload must be str, got"):
        encoded_payloads(["a"], [{"1": "x", name: "y"}])
