"""One estimator as one file, refused where it is not what was written."""

import io
import os
import zipfile

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.errors import DamagedFileError, UnsavableError
from classicxm.estimator_state.state_files import TREE, read_state, write_state


def fitted():
    rng = np.random.default_rng(0)
    return CCA(1).fit({"image": rng.normal(size=(20, 3)), "text": rng.normal(size=(20, 2))})


def test_what_is_read_is_what_was_written(tmp_path):
    model = fitted()
    for place in (tmp_path / "a.zip", io.BytesIO()):
        write_state(model, place)
        again = read_state(place)
        assert isinstance(again, CCA) and again.get_params() == model.get_params()
        np.testing.assert_array_equal(again.weights_["image"], model.weights_["image"])


def test_nothing_is_written_of_what_could_not_be_read(tmp_path):
    with pytest.raises(UnsavableError):
        write_state(CCA(lambda: 1), tmp_path / "a.zip")
    assert os.listdir(tmp_path) == []


def archive(path, tree, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr(TREE, tree)
    return path


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ("{", "is not a readable estimator"),
        (
            '{"!": "instance", "n": 0, "class": "os.system", "state": {}}',
            "names os.system, which is not a class",
        ),
        ('{"!": "instance", "n": 0, "class": "CCA", "state": 5}', "is not a readable estimator"),
        ('{"!": "array", "file": "0.npy"}', "is not a readable estimator"),
        ('{"!": "refuse", "name": "x"}', "holds a 'refuse', which is no kind of value"),
        ("[" * 100_000, "nested deeper than any estimator"),
    ],
)
def test_damaged_trees(tree, message, tmp_path):
    with pytest.raises(DamagedFileError, match=message):
        read_state(archive(tmp_path / "a.zip", tree))


def test_other_files(tmp_path):
    with pytest.raises(DamagedFileError, match="has compressed parts"):
        read_state(archive(tmp_path / "a.zip", "{}", zipfile.ZIP_DEFLATED))
    with pytest.raises(FileNotFoundError, match="there is no saved estimator"):
        read_state(tmp_path / "none.zip")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DamagedFileError, match="pipe, socket or device"):
        read_state(tmp_path / "pipe")
