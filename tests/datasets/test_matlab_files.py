"""MATLAB files read in a process of their own."""

import numpy as np
import pytest
from scipy import sparse
from scipy.io import savemat

from classicxm.datasets import matlab_files as module
from classicxm.datasets.matlab_files import read_mat
from classicxm.errors import CollectionError


def test_arrays_texts_and_cells(tmp_path):
    names = np.empty((2, 1), object)
    names[:, 0] = ["one", 2]
    savemat(
        tmp_path / "a.mat", {"X": np.eye(2), "S": sparse.csc_matrix(np.eye(2)), "names": names, "word": "red"}
    )
    found = read_mat(tmp_path / "a.mat")
    assert found["X"].tolist() == found["S"].tolist() == [[1, 0], [0, 1]]
    assert found["names"].ravel().tolist() == ["one", "2"] and found["word"].tolist() == ["red"]


@pytest.mark.slow
def test_files_that_are_none(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"no matlab" * 50)
    with pytest.raises(CollectionError, match=r"a\.mat is not a readable \.mat file"):
        read_mat(tmp_path / "a.mat")
    (tmp_path / "b.mat").write_bytes(
        b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\x89HDF\r\n\x1a\n" + bytes(500)
    )
    with pytest.raises(CollectionError, match=r"is a MATLAB 7\.3 file; save it again with '-v7'"):
        read_mat(tmp_path / "b.mat")


@pytest.mark.parametrize("does", ["while True: pass", "time.sleep(60)"])
def test_a_reader_that_takes_too_long(tmp_path, monkeypatch, does):
    savemat(tmp_path / "a.mat", {"X": np.eye(2)})
    limited = "module._limit_itself(1 << 30, 0.01)"
    monkeypatch.setattr(
        module,
        "_CHILD",
        f"import time; from classicxm.datasets import matlab_files as module; {limited}\n{does}",
    )
    monkeypatch.setattr(module, "SECONDS", 0.5)
    with pytest.raises(CollectionError, match="took over 0 s to read; save it again as"):
        read_mat(tmp_path / "a.mat")


def test_a_reader_that_crashes(tmp_path, monkeypatch):
    savemat(tmp_path / "a.mat", {"X": np.eye(2)})
    monkeypatch.setattr(module, "_CHILD", "import os; os.abort()")
    with pytest.raises(CollectionError, match="crashed SciPy's reader, so it is damaged"):
        read_mat(tmp_path / "a.mat")


def test_a_busy_machine_is_no_fault_of_the_file(tmp_path, monkeypatch):
    savemat(tmp_path / "a.mat", {"X": np.eye(2)})
    waits = "import time; time.sleep(1.2); from classicxm.datasets.matlab_files import _child; _child()"
    monkeypatch.setattr(module, "_CHILD", waits)
    monkeypatch.setattr(module, "SECONDS", 1)
    monkeypatch.setattr(module, "WAIT", 60)
    assert read_mat(tmp_path / "a.mat")["X"].tolist() == [[1, 0], [0, 1]]
