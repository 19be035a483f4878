"""What loaders of published layouts share."""

import pytest

from classicxm.datasets.record_files import Records, read_csv, read_lines, require
from classicxm.errors import CollectionError


def test_records_keep_what_is_there_and_refuse_what_is_not(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"photo")
    found = Records("skip", tmp_path)
    found.add({"id": "a", "image": tmp_path / "a.jpg"}, "image", "line 1")
    found.add({"id": "b", "image": tmp_path / "b.jpg"}, "image", "line 2")
    found.add({"id": "c", "image": tmp_path / ".." / "c.jpg"}, "image", "line 3")
    collection = found.collection("pets", "photos")
    assert collection.ids == ["a"] and [problem.item for problem in collection.problems] == ["b", "c"]
    assert "leads out of" in collection.problems[1].reason
    with pytest.raises(CollectionError, match=r"line 2: image .*b.jpg does not exist"):
        Records("raise", tmp_path).add({"id": "b", "image": tmp_path / "b.jpg"}, "image", "line 2")
    with pytest.raises(CollectionError, match="holds no items of pets; expected photos"):
        Records("raise", tmp_path).collection("pets", "photos")
    with pytest.raises(ValueError, match="on_error must be 'raise' or 'skip', got 'zero'"):
        Records("zero", tmp_path)


def test_the_first_name_that_exists(tmp_path):
    (tmp_path / "b").mkdir()
    assert require(tmp_path, "a", "b") == tmp_path / "b"
    with pytest.raises(CollectionError, match="has no a or c"):
        require(tmp_path, "a", "c")


def test_lines_without_marks_and_empty_ones(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("\ufeffone\r\n\r\n  two  \n".encode())
    assert list(read_lines(path)) == [(1, "one"), (3, "two")]
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CollectionError, match="is no utf-8 text"):
        list(read_lines(path))
    with pytest.raises(CollectionError, match=r"cannot be read \(No such file"):
        list(read_lines(tmp_path / "none.txt"))


def test_rows_of_csv(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes('\ufeffname,text\na,"one, two"\nb,\n'.encode())
    assert list(read_csv(path, ("name", "text"))) == [
        (2, {"name": "a", "text": "one, two"}),
        (3, {"name": "b", "text": ""}),
    ]
    for rows in (b"b\n", b"b,c,d\n"):
        path.write_bytes(b"name,text\n" + rows)
        with pytest.raises(CollectionError, match="line 2 has not the 2 cells of the header"):
            list(read_csv(path, ("name", "text")))
    path.write_bytes(b"name,text\n")
    with pytest.raises(CollectionError, match="holds no rows behind its header"):
        list(read_csv(path, ("name", "text")))
    with pytest.raises(CollectionError, match="no column 'label'; expected name, label"):
        list(read_csv(path, ("name", "label")))
    path.write_bytes(b"name\n\xff\n")
    with pytest.raises(CollectionError, match="is no csv file"):
        list(read_csv(path, ("name",)))
