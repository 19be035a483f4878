"""What passes between the grader and a student's process, and what does not."""

import contextlib
import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicxm.teaching.messages import MessageError, pack, receive, send, unpack

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.integers() | st.text(), inner)
    ),
    max_leaves=10,
)


@given(plain)
def test_plain_values_come_back_equal(value):
    back = unpack(pack(value))
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "?", "c16", "U3", ">f8"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 4)])
def test_arrays_come_back_equal(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)
    back = unpack(pack(array))
    assert back.dtype == array.dtype and back.shape == shape and (back == array).all()
    assert (unpack(pack(np.ones((4, 6))[::2].T)) == 1).all()


class Agreeable:
    def __eq__(self, other):
        return True


class AgreeableArray(np.ndarray):
    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    "value", [Agreeable(), [Agreeable()], np.array([Agreeable()]), print, 1 + 2j, b"bytes"]
)
def test_objects_do_not_pass(value):
    with pytest.raises(MessageError):
        pack(value)


def test_subclasses_arrive_as_their_plain_kind():
    class Number(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    array, number = unpack(pack((np.arange(3).view(AgreeableArray), Number(2.0))))
    assert type(array) is np.ndarray and type(number) is float and number != 3.0


def test_values_that_hold_themselves_are_refused():
    value = []
    value.append(value)
    with pytest.raises(MessageError, match="nested"):
        pack(value)


@pytest.mark.parametrize("seed", range(200))
def test_damaged_bytes_are_refused_or_plain(seed):
    rng = np.random.default_rng(seed)
    data = bytearray(pack({"a": [1, np.arange(5), (2.0, "x")]}))
    for place in rng.integers(len(data), size=rng.integers(1, 6)):
        data[place] = rng.integers(256)
    with contextlib.suppress(MessageError):
        unpack(bytes(data[: rng.integers(1, len(data) + 1)]))


def test_a_message_that_does_not_come_is_not_waited_for():
    reading, writing = os.pipe()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        receive(reading, start + 0.2)
    # bytes that trickle in do not prolong the deadline
    stop = threading.Event()

    def trickle():
        while not stop.wait(0.02):
            os.write(writing, b"\x01")

    thread = threading.Thread(target=trickle)
    thread.start()
    with pytest.raises((TimeoutError, MessageError)):
        receive(reading, time.monotonic() + 0.4)
    stop.set()
    thread.join()
    os.close(writing)
    os.close(reading)
    assert time.monotonic() - start < 5


def test_a_message_that_nobody_reads_is_not_waited_for():
    reading, writing = os.pipe()
    with pytest.raises(TimeoutError):
        send(writing, b"x" * 2**21, time.monotonic() + 0.2)
    os.close(writing)
    os.close(reading)
