"""Archives that play tricks are refused whole; honest ones are unpacked whole."""

import io
import os
import shutil
import stat
import tarfile
import zipfile

import pytest

from classicxm.datasets import archives
from classicxm.datasets.archives import unpack
from classicxm.errors import DataSetError

FILES = {"set/a.txt": b"one", "set/deep/b.txt": b"two" * 1000}


def zipped(path, files, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, files, *members):
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return path


def seven_zipped(path, files):
    py7zr = pytest.importorskip("py7zr")
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.set_encoded_header_mode(False)  # names stand there as they are
        for name, content in files.items():
            archive.writestr(content, name)
    return path


MAKERS = {"x.zip": zipped, "x.tar": tarred, "x.tar.gz": tarred, "x.tgz": tarred, "x.7z": seven_zipped}


def everything(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", MAKERS)
def test_whole_and_with_leading_folders_left_out(tmp_path, name):
    path = MAKERS[name](tmp_path / name, FILES)
    assert unpack(path, tmp_path / "all") == list(FILES)
    assert everything(tmp_path / "all") == set(FILES)
    assert unpack(path, tmp_path / "stripped", strip=1) == ["a.txt", "deep/b.txt"]
    assert (tmp_path / "stripped/deep/b.txt").read_bytes() == FILES["set/deep/b.txt"]
    assert {one.name for one in (tmp_path / "stripped").iterdir()} == {"a.txt", "deep"}


@pytest.mark.parametrize(
    "name", ["../out.txt", "a/../../out.txt", "/etc/out.txt", "..\\out.txt", "C:/out.txt", "a\\..\\..\\b"]
)
@pytest.mark.parametrize("kind", ["x.zip", "x.tar", "x.tar.gz"])
def test_a_name_that_leads_out(tmp_path, name, kind):
    path = MAKERS[kind](tmp_path / kind, {"good.txt": b"good", name: b"bad"})
    with pytest.raises(DataSetError, match=r"leads out of the folder; nothing was unpacked"):
        unpack(path, tmp_path / "below" / "set")
    assert everything(tmp_path) == {kind}


def test_a_7z_name_that_leads_out(tmp_path):
    """py7zr writes no such name, so one is written over an innocent one of the same length."""
    path = seven_zipped(tmp_path / "x.7z", {"aa/out.txt": b"bad"})
    raw = path.read_bytes()
    innocent, wicked = ("aa/out.txt".encode("utf-16-le"), "../out.txt".encode("utf-16-le"))
    assert innocent in raw
    path.write_bytes(raw.replace(innocent, wicked))
    with pytest.raises(DataSetError):
        unpack(path, tmp_path / "below" / "set")
    assert not (tmp_path / "below" / "out.txt").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar(tmp_path, kind):
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "/etc/passwd"
    path = tarred(tmp_path / "x.tar", {"good.txt": b"good"}, member)
    with pytest.raises(DataSetError, match="is a link or a device; nothing was unpacked"):
        unpack(path, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_link_in_a_zip(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "x.zip", {info: b"/etc/passwd"})
    with pytest.raises(DataSetError, match="is a link or a device"):
        unpack(path, tmp_path / "set")


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "set").mkdir()
    os.symlink(tmp_path / "outside", tmp_path / "set" / "deep")
    with pytest.raises(DataSetError, match="nothing is unpacked through links"):
        unpack(zipped(tmp_path / "x.zip", {"deep/b.txt": b"bad"}), tmp_path / "set")
    assert everything(tmp_path / "outside") == set()


def test_a_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FIRST_GIGABYTE", 1000)
    path = zipped(tmp_path / "x.zip", {"zeros": bytes(10_000_000)}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(DataSetError, match=r"unpacks to over .* nothing was unpacked"):
        unpack(path, tmp_path / "set")


def test_a_file_that_is_longer_than_announced(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a": bytes(5000)})
    raw = bytearray(path.read_bytes())
    for mark, place in (
        (b"PK\x03\x04", 22),
        (b"PK\x01\x02", 24),
    ):  # the size after unpacking, in both headers
        at = raw.find(mark) + place
        raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)
    with pytest.raises(DataSetError):
        unpack(path, tmp_path / "set")
    assert everything(tmp_path / "set") == set()


def test_two_files_of_one_name(tmp_path):
    path = zipped(tmp_path / "x.zip", {"one/a": b"1", "two/a": b"2"})
    with pytest.raises(DataSetError, match="two files 'a'"):
        unpack(path, tmp_path / "set", strip=1)


def test_a_file_that_is_a_folder_too(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a": b"1", "a/b": b"2"})
    with pytest.raises(DataSetError, match="'a' is a file and a folder"):
        unpack(path, tmp_path / "set")


@pytest.mark.parametrize("name", MAKERS)
def test_a_damaged_archive_leaves_nothing(tmp_path, name):
    path = MAKERS[name](tmp_path / name, {"a": os.urandom(20_000), "b": os.urandom(20_000)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataSetError) as raised:
        unpack(path, tmp_path / "set")
    assert "fetch it again" in str(raised.value) or "could not be unpacked" in str(raised.value)
    assert "\n" not in str(raised.value) and not any((tmp_path / "set").glob("**/[ab]"))


def test_no_archive(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"<html>not found</html>")
    with pytest.raises(DataSetError, match=r"is no archive that can be unpacked \(zip, tar, 7z\)"):
        unpack(tmp_path / "x.zip", tmp_path / "set")


def test_a_password(tmp_path):
    py7zr = pytest.importorskip("py7zr")
    with py7zr.SevenZipFile(tmp_path / "x.7z", "w", password="secret") as archive:
        archive.writestr(b"text", "a")
    with pytest.raises(DataSetError, match="needs a password"):
        unpack(tmp_path / "x.7z", tmp_path / "set")


def test_what_does_not_fit(tmp_path, monkeypatch):
    path = zipped(tmp_path / "x.zip", FILES)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 0))
    with pytest.raises(DataSetError, match=r"x.zip unpacks to 3 kB, but the disk of .* has 0 B free"):
        unpack(path, tmp_path / "set")


def test_a_file_in_the_place_is_replaced(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a").write_text("older")
    unpack(zipped(tmp_path / "x.zip", {"a": b"newer"}), tmp_path / "set")
    assert (tmp_path / "set" / "a").read_text() == "newer"
