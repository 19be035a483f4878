"""The list of contents: what it says of files, and what it refuses."""

import json

import pytest

from classicxm.errors import DamagedFileError
from classicxm.saved_contents import (
    CLASS,
    CONTENTS,
    MOST_BYTES,
    check_files,
    check_of,
    listed_files,
    read_contents,
    read_json,
    saved_state,
    write_contents,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / CLASS).write_text('"CCA"')
    (tmp_path / "inner" / "rows.npy").write_bytes(b"rows")
    write_contents(tmp_path, {})
    return tmp_path


def test_files_are_listed_with_size_and_checksum(folder):
    files = listed_files(folder)
    assert set(files) == {CLASS, "inner/rows.npy"} and files["inner/rows.npy"]["bytes"] == 4
    check_files(folder, files)
    assert (
        saved_state(folder) is not None
        and saved_state(folder / "none") is None
        and listed_files(folder / "none") == {}
    )


def test_entries_of_kept_files_are_taken_over(folder):
    write_contents(folder, {"inner/rows.npy": {"bytes": 4, "sha256": "as before"}})
    assert read_contents(folder)["files"]["inner/rows.npy"]["sha256"] == "as before"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: (f / "inner" / "rows.npy").write_bytes(b"row"), "has 3 bytes instead of 4"),
        (lambda f: (f / "inner" / "rows.npy").write_bytes(b"rowz"), "was altered since it was saved"),
        (lambda f: (f / "inner" / "rows.npy").unlink(), "is missing; save the object again"),
        (lambda f: (f / "more").write_bytes(b""), r"is not listed in contents\.json"),
    ],
)
def test_files_that_are_not_as_they_were(change, message, folder):
    files = read_contents(folder)["files"]
    change(folder)
    with pytest.raises(DamagedFileError, match=message):
        check_files(folder, files)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "has format 99, and this version"),
        ({"format": "3"}, "is not a list of contents"),
        ({"files": []}, "is not a list of contents"),
        ({"saved": "other"}, "was altered since it was saved"),
        ({"kind": "other"}, "was altered since it was saved"),
    ],
)
def test_lists_that_are_none(changes, message, folder):
    told = json.loads((folder / CONTENTS).read_text()) | changes
    (folder / CONTENTS).write_text(json.dumps(told))
    with pytest.raises(DamagedFileError, match=message):
        read_contents(folder)


@pytest.mark.parametrize("name", ["../outside", "a//b", "/etc/passwd", "a\0b", "."])
def test_names_that_lead_out(name, folder):
    told = json.loads((folder / CONTENTS).read_text())
    told["files"] = {name: {"bytes": 1, "sha256": "x"}}
    told["check"] = check_of(told)
    (folder / CONTENTS).write_text(json.dumps(told))
    with pytest.raises(DamagedFileError, match="is not a list of contents"):
        read_contents(folder)


def test_folders_that_hold_nothing(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    with pytest.raises(FileNotFoundError, match="holds no saved object"):
        read_contents(other)
    with pytest.raises(FileNotFoundError, match="does not exist; did you mean"):
        read_contents(folder.parent / (folder.name + "x"))


def test_json_is_bounded(tmp_path):
    path = tmp_path / "a.json"
    for content, message in (
        (b" " * (MOST_BYTES + 1), "is longer than"),
        (b"[" * 100_000, "is nested too deep"),
        (b"\xff", "is not readable JSON"),
        (b"{", "is not readable JSON"),
    ):
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match=message):
            read_json(path)
    with pytest.raises(DamagedFileError, match="cannot be read"):
        read_json(tmp_path / "none.json")
