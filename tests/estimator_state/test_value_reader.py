"""Every kind of value comes back as it was, and a file can ask for nothing else."""

import functools
import io
import json
import zipfile

import numpy as np
import pytest
from scipy import sparse

from classicxm.alignment import CCA
from classicxm.errors import DamagedFileError
from classicxm.estimator_state.value_reader import KINDS, ValueReader
from classicxm.estimator_state.value_writer import ValueWriter
from classicxm.evaluation.ranking import average_precision


def archive_of(writer):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in writer.files.items():
            with file.open(name, "w") as part:
                np.lib.format.write_array(part, data, allow_pickle=False)
    return zipfile.ZipFile(stream)


def again(value):
    writer = ValueWriter()
    tree = json.loads(json.dumps(writer.encoded(value)))
    return ValueReader("a file", archive_of(writer), ()).decoded(tree)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        2**90,
        -(2**70),
        0.1,
        float("-inf"),
        "é\ud800",
        [1, [2]],
        (1, (2,)),
        {1, 2},
        frozenset("ab"),
        {1: 2, "a": {"b": None}},
        b"abc",
        slice(1, 5, 2),
        np.dtype("<u2"),
        np.sin,
        np.float64,
        CCA,
        average_precision,
    ],
)
def test_values(value):
    found = again(value)
    assert found == value and type(found) is type(value)


def test_numbers_that_are_none():
    assert np.isnan(again(float("nan"))) and np.isnan(again(np.float32("nan")))


@pytest.mark.parametrize(
    "array", [np.arange(6).reshape(2, 3), np.zeros((0, 2)), np.array(["a", "bc"]), np.array(7)]
)
def test_arrays(array):
    found = again(array)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype and found.shape == array.shape
    scalar = again(np.float32(0.1))
    assert scalar == np.float32(0.1) and type(scalar) is np.float32


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
def test_sparse(kind):
    matrix = kind(np.array([[0, 1], [2, 0]]))
    found = again(matrix)
    assert type(found) is type(matrix) and (found.toarray() == matrix.toarray()).all()


def test_state_of_random_numbers_and_partials():
    random = np.random.RandomState(3)
    random.rand(5)
    found = again(random)
    assert found.rand() == random.rand()
    made = again(functools.partial(average_precision, cutoff=5))
    assert made.func is average_precision and made.keywords == {"cutoff": 5}


def test_one_object_in_two_places_is_one():
    array = np.arange(3)
    model = CCA(2)
    first, second, one, other = again([array, array, model, model])
    assert first is second and one is other


@pytest.mark.parametrize("name", ["os.system", "Nobody", "builtins.eval", "numpy.load"])
@pytest.mark.parametrize("kind", ["type", "function"])
def test_what_a_file_cannot_ask_for(name, kind):
    with pytest.raises(DamagedFileError, match="which is not a class that can be loaded"):
        ValueReader("a file", None, ()).decoded({"!": kind, "name": name})
    assert kind in KINDS and "decoded" not in KINDS


def test_functions_of_numpy_that_are_no_ufunc():
    with pytest.raises(DamagedFileError, match="names load"):
        ValueReader("a file", None, ()).decoded({"!": "ufunc", "name": "load"})


def test_parameters_of_later_versions_are_at_their_defaults():
    older = CCA(3, ridge=7.0)
    del older.power
    loaded = again(older)
    assert loaded.get_params() == CCA(3, ridge=7.0).get_params() and repr(loaded) == repr(CCA(3, ridge=7.0))
