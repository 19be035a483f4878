"""Fetching one file, with a server on loopback that does what servers do wrong."""

import hashlib
import shutil
import socket
import subprocess
import sys

import pytest

from classicxm.datasets import fetching
from classicxm.datasets.fetching import FullDiskError, fetch, readable_size
from classicxm.datasets.registry import RemoteFile
from classicxm.errors import DataSetError
from tests.datasets.file_server import serving

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as running:
        yield running


def remote(*urls, sha256=SHA256, **known):
    return RemoteFile("set.bin", urls, sha256=sha256, **known)


def test_the_right_file(server, tmp_path):
    url = server.url("set.bin", CONTENT)
    path, origin = fetch(remote(url, bytes=len(CONTENT)), tmp_path / "new" / "folder")
    assert path.read_bytes() == CONTENT and origin == url
    assert [one.name for one in path.parent.iterdir()] == ["set.bin"]
    assert fetch(remote(url), path.parent) == (path, "") and len(server.requests) == 1


def test_md5_serves_where_no_sha256_is_known(server, tmp_path):
    url = server.url("set.bin", CONTENT)
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    fetch(RemoteFile("set.bin", (url,), md5=md5), tmp_path)
    with pytest.raises(DataSetError, match="wrong checksum"):
        fetch(RemoteFile("other.bin", (url,), md5="0" * 32), tmp_path)


def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    url = server.url("set.bin", CONTENT[:-1] + b"!")
    with pytest.raises(DataSetError, match=r"set.bin could not be fetched: .*wrong checksum") as raised:
        fetch(remote(url), tmp_path)
    assert "\n" not in str(raised.value) and url in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_an_altered_file_is_fetched_again(server, tmp_path):
    (tmp_path / "set.bin").write_bytes(b"altered")
    path, origin = fetch(remote(server.url("set.bin", CONTENT)), tmp_path)
    assert origin and path.read_bytes() == CONTENT


def test_a_cut_connection_is_gone_on_with_at_once(server, tmp_path):
    url = server.url("set.bin", CONTENT, cuts=[1000, 5000])
    path, _ = fetch(remote(url), tmp_path)
    assert path.read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, "bytes=1000-", "bytes=5000-"]


def test_a_download_that_was_given_up_is_gone_on_with_the_next_time(server, tmp_path):
    url = server.url("set.bin", CONTENT, cuts=[10, 20, 30])
    with pytest.raises(DataSetError, match="the connection was cut"):
        fetch(remote(url), tmp_path)
    assert (tmp_path / "set.bin.part").read_bytes() == CONTENT[:30] and not (tmp_path / "set.bin").exists()
    fetch(remote(url), tmp_path)
    assert server.requests[-1] == ("/set.bin", "bytes=30-")
    assert [one.name for one in tmp_path.iterdir()] == ["set.bin"]


def test_a_part_goes_on_at_another_address_where_the_checksum_is_known(server, tmp_path):
    first = server.url("a", CONTENT, cuts=[100, 200, 300])
    second = server.url("b", CONTENT)
    _, origin = fetch(remote(first, second), tmp_path)
    assert origin == second and server.requests[-1] == ("/b", "bytes=300-")


def test_a_part_of_another_file_is_found_out_and_begun_anew(server, tmp_path):
    (tmp_path / "set.bin.part").write_bytes(b"x" * 500)
    path, _ = fetch(remote(server.url("set.bin", CONTENT)), tmp_path)
    assert path.read_bytes() == CONTENT and [asked for _, asked in server.requests] == ["bytes=500-", None]


def test_without_a_checksum_only_the_same_version_is_gone_on_with(server, tmp_path):
    url = server.url("set.bin", CONTENT, cuts=[100, 200, 300], etag='"one"')
    with pytest.raises(DataSetError):
        fetch(remote(url, sha256=None), tmp_path)
    other = b"another version" * 1000
    server.files["/set.bin"].content, server.files["/set.bin"].etag = other, '"two"'
    path, _ = fetch(remote(url, sha256=None), tmp_path)
    assert path.read_bytes() == other


def test_without_a_checksum_and_a_version_it_is_begun_anew(server, tmp_path):
    url = server.url("set.bin", CONTENT, cuts=[100])
    path, _ = fetch(remote(url, sha256=None), tmp_path)
    assert path.read_bytes() == CONTENT and [asked for _, asked in server.requests] == [None, None]


def test_a_server_that_knows_no_ranges_sends_all_again(server, tmp_path):
    url = server.url("set.bin", CONTENT, cuts=[1000], ranges=False)
    assert fetch(remote(url), tmp_path)[0].read_bytes() == CONTENT


@pytest.mark.parametrize("how", [{"status": 404}, {"status": 500}, {"cuts": [0, 0, 0]}, {"announced": 12}])
def test_the_second_address_serves_where_the_first_fails(server, tmp_path, how):
    first, second = server.url("first", CONTENT, **how), server.url("second", CONTENT)
    path, origin = fetch(remote(first, second, bytes=len(CONTENT)), tmp_path)
    assert origin == second and path.read_bytes() == CONTENT


def test_every_address_is_named_with_its_fault(server, tmp_path):
    first, second = server.url("gone", b"", status=404), server.url("short", CONTENT[:-1])
    with pytest.raises(DataSetError) as raised:
        fetch(remote(first, second, bytes=len(CONTENT)), tmp_path)
    message = str(raised.value)
    assert f"{first}: answers 404" in message and f"{second}: has 255999 bytes, expected 256000" in message
    assert f"put it at {tmp_path / 'set.bin'}" in message


def test_an_answer_without_a_length_is_taken_to_its_end_and_no_further_than_known(server, tmp_path):
    url = server.url("set.bin", CONTENT, announced=-1)
    assert fetch(remote(url), tmp_path)[0].read_bytes() == CONTENT
    with pytest.raises(DataSetError, match="goes on beyond the 10 bytes"):
        fetch(RemoteFile("other.bin", (url,), sha256=SHA256, bytes=10), tmp_path)
    assert not (tmp_path / "other.bin.part").exists()


def test_an_answer_in_pieces_that_breaks_off_is_not_taken_for_whole(server, tmp_path):
    url = server.url("set.bin", CONTENT, chunked=True, cuts=[1000, 1000, 1000, 256000])
    with pytest.raises(DataSetError, match="the connection was cut"):
        fetch(remote(url, sha256=None), tmp_path)
    assert fetch(remote(url, sha256=None), tmp_path)[0].read_bytes() == CONTENT


def test_no_network(tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound but not listening: nobody answers
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/set.bin"
        with pytest.raises(
            DataSetError, match=r"no connection; check the network, or fetch set.bin by other means"
        ):
            fetch(remote(url), tmp_path)


def test_what_does_not_fit_is_not_begun(server, tmp_path, monkeypatch):
    url = server.url("set.bin", CONTENT)
    few = fetching.RESERVE + len(CONTENT) - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - few, few))
    with pytest.raises(FullDiskError, match=r"needs 256 kB more in .* make room or choose another folder"):
        fetch(remote(url), tmp_path)
    assert not (tmp_path / "set.bin").exists()


def test_a_disk_that_fills_up_keeps_what_was_fetched(server, tmp_path, monkeypatch):
    """The first write fails as on a full disk, whatever was free before."""
    (tmp_path / "set.bin.part").write_bytes(CONTENT[:400])
    real = open

    def full(path, mode="r", *arguments, **options):
        file = real(path, mode, *arguments, **options)
        return real("/dev/full", "wb", buffering=0) if str(path).endswith(".part") and "b" in mode else file

    monkeypatch.setattr(fetching, "open", full, raising=False)
    with pytest.raises(FullDiskError, match=r"has no more room in .*what was fetched is resumed"):
        fetch(remote(server.url("set.bin", CONTENT)), tmp_path)
    monkeypatch.undo()
    assert (tmp_path / "set.bin.part").read_bytes() == CONTENT[:400]
    assert fetch(remote(server.url("set.bin", CONTENT)), tmp_path)[0].read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataSetError, match=r"cannot be written to .*--folder or \$CLASSICXM_DATA"):
        fetch(remote("http://127.0.0.1:9/x"), tmp_path / "file" / "below")


@pytest.mark.slow
def test_loaders_know_nothing_of_the_network():
    """Only the command fetches: what loads a set imports neither pooch nor requests nor the module that fetches."""
    code = (
        "import sys, classicxm.datasets as d\n"
        "[getattr(d, name) for name in d.__all__]\n"
        "print(sorted({'pooch', 'requests', 'classicxm.datasets.fetching'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_missing_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r'pip install "classicxm\[data\]"'):
        fetch(remote("http://127.0.0.1:9/x"), tmp_path)


@pytest.mark.parametrize(("n_bytes", "text"), [(0, "0 B"), (999_999, "1,000 kB"), (6_960_400_115, "6.96 GB")])
def test_sizes_for_people(n_bytes, text):
    assert readable_size(n_bytes) == text
