"""What students hand in, read as text."""

import json

import pytest

from classicxm.teaching.sources import AssignmentError
from classicxm.teaching.submissions import assignment_of, find_submissions, read_work


def test_a_file_of_every_student(tmp_path):
    for path in ("ada/deep/inside/cca.py", "bob/cca.ipynb", "bob/cca.py", "eve/other.txt", ".hidden/cca.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1")
    (tmp_path / "joe.py").write_text("x = 1")
    found = find_submissions(tmp_path, "cca")
    assert {name: path and path.name for name, path in found.items()} == {
        "ada": "cca.py",
        "bob": "cca.ipynb",
        "eve": None,
        "joe": "joe.py",
    }
    assert assignment_of(tmp_path) == "cca"


def test_folders_that_hold_nothing(tmp_path):
    with pytest.raises(AssignmentError, match="holds no submissions"):
        find_submissions(tmp_path, "cca")
    with pytest.raises(AssignmentError, match="is no folder"):
        find_submissions(tmp_path / "none", "cca")
    with pytest.raises(AssignmentError, match="name the assignment with --name"):
        assignment_of(tmp_path)


def notebook(*cells):
    made = [{"cell_type": kind, "source": source, "metadata": meta} for kind, source, meta in cells]
    return json.dumps({"cells": made})


def test_code_of_notebooks_without_tests_and_magic(tmp_path):
    path = tmp_path / "cca.ipynb"
    path.write_text(
        notebook(
            ("markdown", "text", {}),
            ("code", ["%pip install x\n", "x = 1\n", "  %y"], {}),
            ("code", "test()", {"classicxm": "test"}),
            ("code", "test()", {"nbgrader": {"grade": True}}),
            ("code", "y = 2\0", {}),
        )
    )
    work = read_work(path, "cca")
    assert [(cell.title, cell.text) for cell in work.cells] == [
        ("cell 1", "# %pip install x\nx = 1\n  %y"),
        ("cell 2", "y = 2 "),
    ]
    assert work.tolerant and not read_work_of(tmp_path, "x = 1").tolerant


def read_work_of(folder, text):
    (folder / "cca.py").write_text(text)
    return read_work(folder / "cca.py", "cca")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cca.py", b"\xff", "is not UTF-8 text"),
        ("cca.py", b"x\0", "holds NUL characters"),
        ("cca.ipynb", b"{", "is no notebook that can be read"),
        ("cca.ipynb", b'{"cells": [3]}', "is no notebook"),
        ("cca.py", b"#" * (5 * 2**20 + 1), "is larger than 5 MB"),
    ],
)
def test_files_that_cannot_be_read(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AssignmentError, match=message):
        read_work(tmp_path / name, "cca")


def test_links_are_not_followed(tmp_path):
    (tmp_path / "cca.py").symlink_to("/etc/passwd")
    with pytest.raises(AssignmentError, match="is no regular file"):
        read_work(tmp_path / "cca.py", "cca")
