"""Arrays of files, and the ids beside them."""

import pickle

import numpy as np
import pytest
from scipy.io import savemat

from classicxm.datasets import embedding_files as module
from classicxm.datasets.embedding_files import is_ids_name, read_arrays
from classicxm.errors import CollectionError


def test_names_of_ids():
    assert is_ids_name("ids") and is_ids_name("image_ids") and not is_ids_name("video")


def test_kinds_of_files(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(2))
    np.savez(tmp_path / "a.npz", text=np.eye(2), image_ids=np.array(["x", "y"]))
    savemat(tmp_path / "b.mat", {"X": np.eye(2)})
    assert read_arrays(tmp_path / "a.npy")[0]["array"].tolist() == [[1, 0], [0, 1]]
    assert set(read_arrays(tmp_path / "a.npz")[0]) == {"text", "image_ids"}
    assert set(read_arrays(tmp_path / "b.mat")[0]) == {"X"}


def test_ids_beside(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(2))
    (tmp_path / "a.ids.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\n")
    assert read_arrays(tmp_path / "a.npy")[1] == ["one", "two"]
    (tmp_path / "a.ids.txt").write_text("one\n\ntwo\n")
    with pytest.raises(CollectionError, match="line 2 is empty; expected one id per line"):
        read_arrays(tmp_path / "a.npy")
    np.savez(tmp_path / "a.npz", ids=np.array(["x"]))
    (tmp_path / "a.ids.txt").write_text("one\n")
    with pytest.raises(CollectionError, match=r"has .ids. inside and a\.ids\.txt beside it"):
        read_arrays(tmp_path / "a.npz")


def test_what_is_refused(tmp_path):
    with pytest.raises(CollectionError, match=r"must be a \.npy, \.npz, \.mat, \.csv or \.parquet file"):
        read_arrays(tmp_path / "a.pt")
    with pytest.raises(CollectionError, match="does not exist"):
        read_arrays(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.array([{}], object))
    with pytest.raises(CollectionError, match="holds Python objects, which are not read"):
        read_arrays(tmp_path / "a.npy")
    (tmp_path / "b.npz").write_bytes(pickle.dumps([1]))
    with pytest.raises(CollectionError, match=r"b\.npz"):
        read_arrays(tmp_path / "b.npz")


def test_little_on_disk_that_becomes_much(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", text=np.zeros((1000, 1000)))
    monkeypatch.setattr(module, "LEAST_MEMORY", 1 << 20)
    with pytest.raises(CollectionError, match="takes 7 MB of memory and 7 kB on disk"):
        read_arrays(tmp_path / "a.npz")
