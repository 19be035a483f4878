"""Many JSON lines by one call, with the answers and refusals of reading them one after the other."""

import io
import json

import pytest

from classicxm.json_lines import read_scalars, read_values, scalar_lines, unique_keys

VALUES = [
    "a",
    5,
    -1,
    "line\nbreak",
    'quote " and ,',
    "圆",
    "\ud800",
    {"id": "b", "payload": {"x": [1, {"y": None}]}},
]


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_values_are_those_of_single_lines(at_once):
    lines = [json.dumps(value) + "\n" for value in VALUES]
    found = list(read_values(io.StringIO("".join(lines)), at_once))
    assert [value for values, _ in found for value in values] == VALUES
    assert [line for _, some in found for line in some] == lines
    assert max(len(values) for values, _ in found) <= at_once
    assert list(read_values([])) == []


@pytest.mark.parametrize(
    "lines", ['"a", "b"\n', '"a"\n\n"b"\n', "[1\n2]\n", '"a"\nb\n', '{"a": 1\n"b": 2}\n', "1]\n[2\n"]
)
def test_lines_that_hold_no_single_value_are_refused(lines):
    with pytest.raises(ValueError):
        list(read_values(io.StringIO(lines)))


def test_scalars_are_written_as_by_single_calls():
    scalars = [value for value in VALUES if not isinstance(value, dict)]
    assert scalar_lines(scalars) == "".join(json.dumps(value) + "\n" for value in scalars)
    assert scalar_lines([]) == ""


def test_scalars_are_read_as_they_were_written():
    scalars = [value for value in VALUES if not isinstance(value, dict)]
    assert (
        read_scalars(scalar_lines(scalars)) == scalars and read_scalars("") == [] and read_scalars("1") == [1]
    )


@pytest.mark.parametrize(
    "text", ['"a", "b"\n', '"a"\n\n"b"\n', "[1\n2]\n", "1.5\n", "true\n", "null\n", "x\n"]
)
def test_lines_that_hold_no_scalar_are_refused(text):
    with pytest.raises(ValueError):
        read_scalars(text)


def test_a_key_given_twice_is_named():
    assert json.loads('{"a": 1, "b": {"a": 2}}', object_pairs_hook=unique_keys) == {"a": 1, "b": {"a": 2}}
    with pytest.raises(ValueError, match="key 'a' occurs twice"):
        json.loads('[{"b": {"a": 1, "a": 1}}]', object_pairs_hook=unique_keys)
