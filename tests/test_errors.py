"""Every error is of one family, has one line, and survives the way out of a worker process."""

import pickle

import pytest

from classicxm import errors
from classicxm.errors import ClassicXMError, DamagedFileError, ItemError, MediaDecodeError, MissingExtraError

MADE = [
    (MediaDecodeError("a.jpg", "is empty"), "a.jpg: is empty"),
    (ItemError(7, "has no text"), "item '7': has no text"),
    (DamagedFileError("m/ids.jsonl", "was altered"), "m/ids.jsonl: was altered"),
    (MissingExtraError("faiss"), 'faiss is not installed; run: pip install "classicxm[faiss]"'),
    (MissingExtraError("video", "av"), 'av is not installed; run: pip install "classicxm[video]"'),
]


@pytest.mark.parametrize(("error", "message"), MADE)
def test_messages_and_pickles(error, message):
    again = pickle.loads(pickle.dumps(error))
    assert str(error) == str(again) == message and type(again) is type(error)
    assert vars(again) == vars(error)


def test_every_error_is_of_one_family_and_of_a_standard_kind():
    kinds = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert {kind.__name__ for kind in kinds} == set(errors.__all__)
    for kind in kinds:
        if issubclass(kind, Warning):
            assert issubclass(kind, UserWarning)
        elif kind is not ClassicXMError:
            assert issubclass(kind, ClassicXMError) and issubclass(
                kind, (ValueError, RuntimeError, ImportError, ConnectionError)
            )
