"""Values between the grader and a student's process: JSON and raw arrays, from which nothing can be run.

Only plain values pass: None, truth values, numbers, text, lists, tuples, sets, dicts and arrays of numbers or text.
Subclasses arrive as their plain kind, so that an object which claims to equal everything never reaches a test.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from typing import Any

import numpy as np

__all__ = ["LARGEST", "MessageError", "pack", "receive", "send", "unpack"]

LARGEST = 256 * 2**20  # bytes
_KINDS = "biufcU"


class MessageError(ValueError):
    """A value that cannot pass, or bytes that are no message."""


def pack(value: object) -> bytes:
    """A value as bytes.

    >>> unpack(pack({"a": (1, np.arange(2))}))
    {'a': (1, array([0, 1]))}
    """
    arrays: list[np.ndarray] = []
    try:
        tree = _tree(value, arrays)
        shapes = [[array.dtype.str, list(array.shape)] for array in arrays]
        header = json.dumps([tree, shapes]).encode()
    except RecursionError:
        raise MessageError("a value that is nested too deeply") from None
    return b"".join([struct.pack("<Q", len(header)), header, *(array.tobytes() for array in arrays)])


def _tree(value: Any, arrays: Any) -> Any:
    if value is None or isinstance(value, (bool, np.bool_)):
        return value if value is None else bool(value)
    if isinstance(value, (int, np.integer)):
        return {"int": str(int(value))}
    if isinstance(value, (float, np.floating)):
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(np.asarray(value)).reshape(np.shape(value))
        if array.dtype.kind not in _KINDS:
            raise MessageError(f"an array of dtype {array.dtype}; expected numbers or text")
        arrays.append(array)
        return {"array": len(arrays) - 1}
    if isinstance(value, (list, tuple, set, frozenset)):
        kind: Any = next(k for k in (list, tuple, set, frozenset) if isinstance(value, k))
        return {
            "set" if kind is frozenset else kind.__name__: [_tree(v, arrays) for v in kind.__iter__(value)]
        }
    if isinstance(value, dict):
        return {"dict": [[_tree(k, arrays), _tree(v, arrays)] for k, v in dict.items(value)]}
    raise MessageError(f"a {type(value).__name__}; expected numbers, text, lists, dicts or arrays")


def unpack(data: bytes) -> Any:
    """The value of `pack`'s bytes; every length is checked."""
    try:
        (size,) = struct.unpack_from("<Q", data)
        tree, shapes = json.loads(data[8 : 8 + size])
        arrays, start = [], 8 + size
        for dtype, shape in shapes:
            kind = np.dtype(str(dtype))
            if kind.kind not in _KINDS or any(type(n) is not int or n < 0 for n in shape):
                raise MessageError("an array of an unknown kind")
            count = math.prod(shape)
            end = start + count * kind.itemsize
            if end > len(data):
                raise MessageError("an array that is cut off")
            arrays.append(np.frombuffer(data[start:end], kind).reshape(shape).copy())
            start = end
        return _value(tree, arrays)
    except (
        struct.error,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        RecursionError,
        OverflowError,
    ) as error:
        raise MessageError(f"no readable answer ({type(error).__name__})") from None


def _value(tree: Any, arrays: Any) -> Any:
    if not isinstance(tree, dict):
        if isinstance(tree, (list, int)) and not isinstance(tree, bool):
            raise MessageError("an unknown form")
        return tree
    ((kind, content),) = tree.items()
    if kind == "int":
        return int(content)
    if kind == "array":
        return arrays[content]
    if kind in ("list", "tuple", "set"):
        made = {"list": list, "tuple": tuple, "set": set}[kind]
        return made(_value(v, arrays) for v in content)
    if kind == "dict":
        return {_value(k, arrays): _value(v, arrays) for k, v in content}
    raise MessageError(f"an unknown kind {kind!r}")


def send(descriptor: int, data: bytes, deadline: float | None = None) -> None:
    """Write one message; `TimeoutError` where the other side does not read it by the deadline."""
    left = memoryview(struct.pack("<Q", len(data)) + data)
    while left:
        if deadline is not None and not select.select([], [descriptor], [], _left(deadline))[1]:
            raise TimeoutError
        left = left[os.write(descriptor, left[:65536]) :]


def receive(descriptor: int, deadline: float | None = None) -> bytes:
    """Read one message; `EOFError` where the other side is gone, `TimeoutError` after the deadline."""
    (size,) = struct.unpack("<Q", _read(descriptor, 8, deadline))
    if size > LARGEST:
        raise MessageError(f"an answer of {size // 2**20} MB; at most {LARGEST // 2**20} are read")
    return _read(descriptor, size, deadline)


def _read(descriptor: int, size: int, deadline: float | None) -> bytes:
    parts = []
    while size:
        if deadline is not None and not select.select([descriptor], [], [], _left(deadline))[0]:
            raise TimeoutError
        part = os.read(descriptor, min(size, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _left(deadline: float) -> float:
    """Seconds until a deadline; `TimeoutError` once it has passed, however much there is to read."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
