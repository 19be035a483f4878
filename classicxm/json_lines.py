"""JSON values, one per line: many lines are read by one call of the parser, which is several times as fast."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

__all__ = ["read_scalars", "read_values", "scalar_lines", "unique_keys"]

LINES = 10_000  # read at a time


def read_values(lines: Iterable[str], at_once: int = LINES) -> Iterator[tuple[list[Any], list[str]]]:
    """Yield the values of some lines, and these lines.

    Raises
    ------
    ValueError
        For lines that are not a value each.

    Examples
    --------
    >>> list(read_values(['"a"\\n', '{"b": 1}\\n']))
    [(['a', {'b': 1}], ['"a"\\n', '{"b": 1}\\n'])]
    """
    rest = iter(lines)
    while block := list(islice(rest, at_once)):
        values = json.loads(f"[{','.join(block)}]")
        if len(values) != len(block):  # such as two values on one line
            raise ValueError(f"{len(block)} lines hold {len(values)} values")
        yield values, block


def scalar_lines(values: Sequence[str | int]) -> str:
    """Strings and integers as JSON, a line each.

    >>> scalar_lines(["a", 2])
    '"a"\\n2\\n'
    """
    return json.dumps(values, separators=("\n", ":"))[1:-1] + "\n" if len(values) else ""


def read_scalars(text: str) -> list[str | int]:
    """The strings and integers of some lines, as `scalar_lines` writes them.

    Raises
    ------
    ValueError
        For lines that are not such a value each.

    Examples
    --------
    >>> read_scalars('"a"\\n2\\n')
    ['a', 2]
    """
    values: list[str | int] = json.loads(f"[{text.removesuffix(chr(10)).replace(chr(10), ',')}]")
    if len(values) != text.count("\n") + (not text.endswith("\n")) * bool(text):
        raise ValueError(f"{text.count(chr(10))} lines hold {len(values)} values")
    if not set(map(type, values)) <= {str, int}:
        raise ValueError("a line holds no string or integer")
    return values


def unique_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object of some pairs, as ``object_pairs_hook`` of what people write; ValueError for a key given twice.

    >>> json.loads('{"a": 1, "a": 2}', object_pairs_hook=unique_keys)
    Traceback (most recent call last):
    ...
    ValueError: key 'a' occurs twice
    """
    repeated = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
    if repeated:
        raise ValueError(f"key {repeated[0]!r:.80} occurs twice")
    return dict(pairs)
