"""Embedding files: pairing by id and by row, choice of array, and one clear line for whatever is wrong."""

import zipfile

import numpy as np
import pytest
from scipy import sparse
from scipy.io import savemat

from classicxm.datasets import load_embeddings
from classicxm.errors import CollectionError, UnpairedViewsError

ROWS = np.array([[1.0, 0], [0, 2], [3, 3]])
IDS = ["a", "b", "c"]


def write(folder, kind, ids=IDS, rows=ROWS):
    path = folder / f"clip{kind}"
    if kind == ".npy":
        np.save(path, rows)
        if ids is not None:
            (folder / "clip.ids.txt").write_text("\n".join(map(str, ids)) + "\n", encoding="utf-8")
    elif kind == ".npz":
        np.savez(path, rows=rows, **({} if ids is None else {"ids": ids}))
    else:
        savemat(path, {"rows": rows} | ({} if ids is None else {"ids": np.array(ids, dtype=object)}))
    return path


KINDS = pytest.mark.parametrize("kind", [".npy", ".npz", ".mat"])


@KINDS
def test_rows_come_in_the_order_asked_for_however_the_file_has_them(tmp_path, kind):
    path = write(tmp_path, kind)
    rows = load_embeddings(path, ["c", "a"])
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, [[3, 3], [1, 0]])
    np.testing.assert_array_equal(load_embeddings(str(path)), ROWS)
    np.testing.assert_array_equal(load_embeddings(path, ["b", "b"]), [[0, 2], [0, 2]])
    assert load_embeddings(path, []).shape == (0, 2)
    swapped = write(tmp_path, kind, ids=["b", "a", "c"], rows=ROWS[[1, 0, 2]])
    np.testing.assert_array_equal(load_embeddings(swapped, IDS), ROWS)


@KINDS
def test_a_file_without_ids_is_paired_by_row_when_the_numbers_are_equal(tmp_path, kind):
    path = write(tmp_path, kind, ids=None)
    np.testing.assert_array_equal(load_embeddings(path, ["x", "y", "z"]), ROWS)
    with pytest.raises(UnpairedViewsError, match="has 3 rows and no ids, but 2 items were asked for; store"):
        load_embeddings(path, ["x", "y"])


@KINDS
@pytest.mark.parametrize(
    ("ids", "asked", "message"),
    [
        (IDS, ["a", "d", "e"], "no row for 2 of 3 items, first 'd', 'e'; its 3 ids begin with 'a', 'b', 'c'"),
        (["a", "b", "a"], ["b"], "id 'a' names more than one row"),
        (["a", "b"], ["a"], "has 3 rows, but there are 2 ids"),
        (["a", "b", "c", "d"], ["a"], "has 3 rows, but there are 4 ids"),
    ],
)
def test_rows_that_do_not_pair_are_refused(tmp_path, kind, ids, asked, message):
    with pytest.raises(UnpairedViewsError, match=message) as caught:
        load_embeddings(write(tmp_path, kind, ids=ids), asked)
    assert "\n" not in str(caught.value) and f"clip{kind}" in str(caught.value)


@KINDS
def test_nan_is_named_by_its_item_and_only_where_it_was_asked_for(tmp_path, kind):
    rows = ROWS.copy()
    rows[1, 0], rows[2, 1] = np.nan, 1e300
    path = write(tmp_path, kind, rows=rows)
    np.testing.assert_array_equal(load_embeddings(path, ["a"]), [[1, 0]])
    with pytest.raises(CollectionError, match="2 of 3 rows have NaN or infinity, first the row of 'b'"):
        load_embeddings(path, IDS)
    with pytest.raises(CollectionError, match="first the row of 'c'"):
        load_embeddings(path, ["c", "a"])
    (tmp_path / "unnamed").mkdir()
    with pytest.raises(CollectionError, match="first the row of item 1"):
        load_embeddings(write(tmp_path / "unnamed", kind, None, rows))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.array([["x", "y"]]), "must hold numbers, got dtype <U1"),
        (ROWS + 1j, "must hold numbers, got dtype complex128"),
        (np.array([{"a": 1}], dtype=object), "holds Python objects, which are not read"),
        (ROWS[:, 0], r"must be 2-D \(n_items, n_features\), got shape \(3,\)"),
        (ROWS[:, None], r"must be 2-D .* got shape \(3, 1, 2\)"),
        (np.zeros((3, 0)), r"got shape \(3, 0\)"),
    ],
)
@pytest.mark.parametrize("kind", [".npy", ".npz"])
def test_other_values_than_a_matrix_of_numbers_are_refused(tmp_path, kind, rows, message):
    with pytest.raises(CollectionError, match=message):
        load_embeddings(write(tmp_path, kind, ids=None, rows=rows))


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32, np.uint8, bool])
def test_every_kind_of_number_becomes_float32(tmp_path, dtype):
    rows = ROWS.astype(dtype)
    loaded = load_embeddings(write(tmp_path, ".npy", rows=rows), IDS)
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, rows.astype(np.float32))


def test_rows_do_not_change_with_the_file(tmp_path):
    path = write(tmp_path, ".npy", ids=None, rows=ROWS.astype(np.float32))
    rows = load_embeddings(path)
    with open(path, "r+b") as file:
        file.seek(-8, 2)
        file.write(b"\0" * 8)
    np.testing.assert_array_equal(rows, ROWS)
    rows += 1  # and may be written to


def test_an_array_is_chosen_by_its_modality(tmp_path):
    path = tmp_path / "both.npz"
    np.savez(path, image=ROWS, text=ROWS[:2] * 2, image_ids=IDS, text_ids=["a", "b"], note=np.zeros(3))
    np.testing.assert_array_equal(load_embeddings(path, ["b"], "image"), [[0, 2]])
    np.testing.assert_array_equal(load_embeddings(path, ["b"], "text"), [[0, 4]])
    with pytest.raises(
        CollectionError, match=r"must hold one matrix, it holds image \(3, 2\), text \(2, 2\)"
    ):
        load_embeddings(path)
    with pytest.raises(
        CollectionError, match="must hold an array named 'audio' or one matrix of another name"
    ):
        load_embeddings(path, modality="audio")
    with pytest.raises(ValueError, match="modality must be one of text, image, audio, video, got 'smell'"):
        load_embeddings(path, modality="smell")


def test_a_lone_matrix_of_another_modality_is_not_taken_for_this_one(tmp_path):
    np.savez(tmp_path / "clip.npz", text=ROWS)
    with pytest.raises(CollectionError, match="an array named 'image'"):
        load_embeddings(tmp_path / "clip.npz", modality="image")


@pytest.mark.slow
def test_matlab_files_as_matlab_writes_them(tmp_path):
    path = tmp_path / "clip.mat"
    savemat(path, {"fc7": ROWS, "labels": np.array([1, 2, 3]), "ids": np.array([3.0, 2, 1])})
    np.testing.assert_array_equal(load_embeddings(path, [1, "3"]), ROWS[[2, 0]])
    savemat(path, {"fc7": sparse.csc_array(ROWS), "ids": np.array(["long one", "b", "c"])})
    np.testing.assert_array_equal(load_embeddings(path, ["b", "long one"]), ROWS[[1, 0]])
    savemat(path, {"fc7": ROWS[:1], "ids": np.array(["only"])})
    np.testing.assert_array_equal(load_embeddings(path, ["only"]), ROWS[:1])
    path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n")
    with pytest.raises(CollectionError, match=r"is a MATLAB 7.3 file; save it again with '-v7'"):
        load_embeddings(path)


@pytest.mark.parametrize("name", ["clip.npy", "clip.npz", "clip.mat"])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04half"])
def test_damaged_files_are_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CollectionError, match=name) as caught:
        load_embeddings(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_one_line(tmp_path):
    for kind in (".npy", ".npz", ".mat"):
        path = write(tmp_path, kind, rows=np.random.default_rng(0).random((3, 500)))
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(CollectionError, match=f"is not a readable {kind} file"):
            load_embeddings(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("clip.pt", "must be a .npy, .npz, .mat, .csv or .parquet file"),
        ("none.npy", "does not exist"),
        ("folder.npy", "is a folder"),
    ],
)
def test_files_that_are_none(tmp_path, name, message):
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(CollectionError, match=message):
        load_embeddings(tmp_path / name)


def test_lists_of_ids_beside_the_file(tmp_path):
    path = write(tmp_path, ".npy")
    beside = tmp_path / "clip.ids.txt"
    beside.write_bytes("\ufeffä b\r\n日本\r\nc".encode())
    np.testing.assert_array_equal(load_embeddings(path, ["日本", "ä b"]), ROWS[[1, 0]])
    beside.write_text("a\n\nb\n")
    with pytest.raises(CollectionError, match="line 2 is empty; expected one id per line"):
        load_embeddings(path)
    beside.write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(CollectionError, match="is not UTF-8 text"):
        load_embeddings(path)
    beside.write_text("a\nb\nc\n")
    with pytest.raises(CollectionError, match=r"'ids' inside and clip\.ids\.txt beside it; keep one"):
        load_embeddings(write(tmp_path, ".npz"))


@pytest.mark.parametrize("ids", [[[1.5, 2, 3]], [["a", "", "c"]], [[1, 2], [3, 4]]])
def test_ids_that_are_no_names(tmp_path, ids):
    np.savez(tmp_path / "clip.npz", rows=ROWS, ids=np.array(ids))
    with pytest.raises(CollectionError, match="ids must be"):
        load_embeddings(tmp_path / "clip.npz")


def test_ids_stored_as_python_objects_are_not_read(tmp_path):
    np.savez(tmp_path / "clip.npz", rows=ROWS, ids=np.array(IDS, dtype=object))
    with pytest.raises(
        CollectionError, match="holds Python objects, which are not read; save numbers, and ids"
    ):
        load_embeddings(tmp_path / "clip.npz")


@pytest.mark.parametrize("kind", [".npz", ".mat"])
@pytest.mark.parametrize("name", ["names", "id", "filenames", "keys", "rows_ids", "rows_names"])
def test_ids_have_several_names(tmp_path, kind, name):
    path, arrays = tmp_path / f"clip{kind}", {"rows": ROWS, name: np.array(["c", "cafe\u0301", "a"])}
    np.savez(path, **arrays) if kind == ".npz" else savemat(path, arrays)
    np.testing.assert_array_equal(load_embeddings(path, ["café", "c"]), ROWS[[1, 0]])


@pytest.mark.parametrize("name", ["labels", "captions", "image_files", "text_ids"])
def test_texts_that_may_be_ids_are_never_passed_over(tmp_path, name):
    np.savez(tmp_path / "clip.npz", **{"rows": ROWS, name: np.array(IDS)})
    with pytest.raises(CollectionError, match=f"'{name}' has a text for each of the 3 rows of rows"):
        load_embeddings(tmp_path / "clip.npz", IDS)
    np.savez(tmp_path / "clip.npz", **{"rows": ROWS, name: np.array(IDS), "ids": IDS[::-1]})
    np.testing.assert_array_equal(load_embeddings(tmp_path / "clip.npz", IDS), ROWS[::-1])
    np.savez(tmp_path / "clip.npz", **{"rows": ROWS, name: np.array(["two", "classes"])})
    np.testing.assert_array_equal(load_embeddings(tmp_path / "clip.npz", IDS), ROWS)


def test_two_arrays_of_ids_must_agree(tmp_path):
    np.savez(tmp_path / "clip.npz", rows=ROWS, names=IDS, filenames=["a.jpg", "b.jpg", "c.jpg"])
    with pytest.raises(CollectionError, match="has ids in names and others in filenames; keep one"):
        load_embeddings(tmp_path / "clip.npz")
    np.savez(tmp_path / "clip.npz", rows=ROWS, names=IDS, keys=IDS)
    assert len(load_embeddings(tmp_path / "clip.npz", ["b"])) == 1


@pytest.mark.slow
def test_files_that_unpack_to_far_more_are_refused(tmp_path):
    np.savez_compressed(tmp_path / "clip.npz", rows=np.zeros((600, 100_000)))
    with pytest.raises(
        CollectionError, match=r"takes 457 MB of memory and .* kB on disk, over 20 times as much"
    ):
        load_embeddings(tmp_path / "clip.npz")
    savemat(tmp_path / "clip.mat", {"rows": np.zeros((600, 100_000))}, do_compression=True)
    with pytest.raises(CollectionError, match="takes over 400 MB to read, far more than its size"):
        load_embeddings(tmp_path / "clip.mat")
    with open(tmp_path / "clip.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"shape": (10**6, 1000), "fortran_order": False, "descr": "<f8"}
        )
        file.truncate(file.tell() + 8 * 10**9)
    with pytest.raises(CollectionError, match="takes 7629 MB of memory"):
        load_embeddings(tmp_path / "clip.npy")


def test_a_header_that_announces_far_more_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "clip.npz", "w") as archive, archive.open("rows.npy", "w") as file:
        np.lib.format.write_array_header_1_0(
            file, {"shape": (10**9, 10**9), "fortran_order": False, "descr": "<f8"}
        )
    with pytest.raises(CollectionError, match="over 20 times as much"):
        load_embeddings(tmp_path / "clip.npz")


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGABRT"])
def test_a_reader_that_crashes_or_hangs_does_not_take_the_process_along(tmp_path, monkeypatch, signal):
    path = write(tmp_path, ".mat")
    dying = f"import os, signal; os.kill(os.getpid(), signal.{signal})"
    monkeypatch.setattr("classicxm.datasets.matlab_files._CHILD", dying)
    with pytest.raises(CollectionError, match="crashed SciPy's reader, so it is damaged; save it again"):
        load_embeddings(path)
    monkeypatch.setattr("classicxm.datasets.matlab_files._CHILD", "import time; time.sleep(60)")
    monkeypatch.setattr("classicxm.datasets.matlab_files.SECONDS", 0.2)
    with pytest.raises(CollectionError, match="took over 0 s to read"):
        load_embeddings(path)


def test_cells_and_structures_of_matlab(tmp_path):
    cells = np.empty(3, dtype=object)
    cells[:] = [3.0, "b", np.array(["c"])]
    savemat(tmp_path / "clip.mat", {"rows": ROWS, "ids": cells, "about": {"made": "by hand"}})
    np.testing.assert_array_equal(load_embeddings(tmp_path / "clip.mat", ["c", "3"]), ROWS[[2, 0]])
    cells[1] = np.array([1.0, 2.0])
    savemat(tmp_path / "clip.mat", {"rows": ROWS, "ids": cells})
    with pytest.raises(CollectionError, match="ids must be text or whole numbers, got structures"):
        load_embeddings(tmp_path / "clip.mat")


@pytest.mark.parametrize(
    "ids", [{"a", "b"}, "ab", ["a", None], [True], [1.0], (key for key in "ab")], ids=str
)
def test_items_asked_for_have_an_order_and_are_names(tmp_path, ids):
    np.savez(tmp_path / "e.npz", array=np.eye(4), ids=["a", "b", "True", "None"])
    with pytest.raises(TypeError, match=r"ids must be"):
        load_embeddings(tmp_path / "e.npz", ids)
