"""Data sets in one file: tar files and parquet tables."""

import io
import json
import tarfile

import pytest

from classicxm.datasets.shards import load_parquet, load_tar
from classicxm.errors import CollectionError


def tar(path, **files):
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_files_of_one_stem_are_one_item(tmp_path):
    files = {
        "00/1.jpg": b"jpg",
        "00/1.txt": b" a dog\n",
        "00/1.json": json.dumps({"caption": "another"}).encode(),
        "00/2.jpg": b"jpg",
        "00/2.json": json.dumps({"caption": "a cat"}).encode(),
        "00/2.cls": b"7",
        "00/3.json": b"[1]",
        "00/3.txt": b"a bird",
        "00/4.bin": b"?",
    }
    found = load_tar(tar(tmp_path / "a.tar", **files))
    records = {record["id"]: record for record in found}
    assert (
        records["00/1"]["text"] == "a dog"
        and records["00/2"]["text"] == "a cat"
        and records["00/2"]["label"] == "7"
    )
    assert records["00/1"]["image"] == b"jpg" and records["00/3"]["text"] == "a bird"
    told = [str(problem) for problem in found.problems]
    assert any("is no JSON object" in one for one in told) and any(
        "is not a known text, image or audio file" in one for one in told
    )


def test_links_are_left_out(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        link = tarfile.TarInfo("1.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        text = tarfile.TarInfo("1.txt")
        text.size = 1
        archive.addfile(text, io.BytesIO(b"a"))
    found = load_tar(tmp_path / "a.tar")
    assert [sorted(record) for record in found] == [["id", "text"]] and "is a link or a device" in str(
        found.problems[0]
    )


def test_files_that_are_cut(tmp_path):
    path = tar(tmp_path / "a.tar", **{"1.txt": b"a" * 2000})
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CollectionError, match="is no whole tar file"):
        load_tar(path)


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table(
        {"caption": ["a", "b"], "image": [{"bytes": b"x", "path": "p"}] * 2, "label": [1, 0]}
    )
    features = {"info": {"features": {"label": {"names": ["cat", "dog"]}, "caption": {}}}}
    table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
    parquet.write_table(table, tmp_path / "a.parquet")
    found = load_parquet(tmp_path / "a.parquet")
    assert [(record["text"], record["label"], record["image"]) for record in found] == [
        ("a", "dog", b"x"),
        ("b", "cat", b"x"),
    ]
    (tmp_path / "b.parquet").write_bytes(b"no table")
    with pytest.raises(CollectionError, match="is no readable parquet file"):
        load_parquet(tmp_path / "b.parquet")


def test_members_of_one_stem_in_two_compositions_are_one_item(tmp_path):
    found = load_tar(tar(tmp_path / "a.tar", **{"caf\u00e9.jpg": b"jpg", "cafe\u0301.txt": b"a cup"}))
    assert [(item["id"], item["text"], item["image"]) for item in found] == [("caf\u00e9", "a cup", b"jpg")]
