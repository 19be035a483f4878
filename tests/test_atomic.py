"""Files and folders seen whole: what is there before, at the end and after an error."""

import errno
import os
import stat

import pytest

from classicxm.atomic import (
    held_still,
    new_folder,
    recover_folder,
    remove_unfinished,
    replace_folder,
    whole_file,
    write_file,
)


def test_text_and_bytes_are_written_with_their_folder(tmp_path):
    path = write_file(tmp_path / "a" / "b.txt", "é")
    assert path.read_bytes() == "é".encode() and write_file(path, b"\xff").read_bytes() == b"\xff"
    assert os.listdir(path.parent) == ["b.txt"]


def test_a_file_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    made = write_file(tmp_path / "ours", "")
    assert stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_an_error_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = write_file(tmp_path / "kept", "old")
    with pytest.raises(RuntimeError), whole_file(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["kept"]


def test_links_are_followed_and_folders_are_not_replaced(tmp_path):
    write_file(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    with pytest.raises(ValueError, match="is no regular file, so it is not replaced; name a file"):
        write_file(tmp_path, "x")


def test_a_folder_takes_the_place_of_another(tmp_path):
    target = tmp_path / "model"
    for content in ("one", "two"):
        with new_folder(target) as folder:
            write_file(folder / "content", content)
            assert folder.parent == tmp_path and folder != target
            replace_folder(folder, target)
        assert (target / "content").read_text() == content
    assert os.listdir(tmp_path) == ["model"]


def test_a_folder_that_is_never_finished_is_gone(tmp_path):
    with pytest.raises(KeyError), new_folder(tmp_path / "model") as folder:
        write_file(folder / "content", "half")
        raise KeyError
    assert os.listdir(tmp_path) == []


def test_a_reader_holds_a_folder_and_there_is_nothing_to_recover(tmp_path):
    with held_still(tmp_path / "model"), held_still(tmp_path / "model"):
        pass
    recover_folder(tmp_path / "model")
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_is_told_of_by_the_name_that_was_asked_for(tmp_path, monkeypatch):
    def full(*given, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left") as caught, whole_file(tmp_path / "a.html"):
        full()
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "a.html"))
    with pytest.raises(OSError, match="No space left") as caught, new_folder(tmp_path / "model"):
        full()
    assert caught.value.filename == str(tmp_path / "model") and list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError, match="other"), whole_file(tmp_path / "a.html"):
        (tmp_path / "other.txt").read_bytes()


def test_a_place_where_nothing_may_be_written_is_told_of_by_the_name_that_was_asked_for(
    tmp_path, monkeypatch
):
    def refused(dir, prefix):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), f"{dir}/{prefix}abc")

    monkeypatch.setattr("tempfile.mkstemp", refused)
    with pytest.raises(OSError, match="Read-only file system") as caught:
        write_file(tmp_path / "a.html", "")
    assert caught.value.filename == str(tmp_path / "a.html")


def test_what_ended_savers_of_any_target_left_is_removed_and_what_is_being_filled_stays(tmp_path):
    (tmp_path / ".saving-0000-1-ab" / "part").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    with new_folder(tmp_path / "model") as filled:
        assert remove_unfinished(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"kept", filled.name}
    assert not remove_unfinished(tmp_path)
