"""Sets on this machine: obtained once, verified, by two processes at once, and in folders that cannot be written to."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import pytest

from classicxm.datasets.holdings import RECEIPT, data_folder, obtain, verify
from classicxm.datasets.registry import DataSet, RemoteFile, Split
from classicxm.errors import DataSetError
from tests.datasets.file_server import serving

CSV = b"id,text\n1,a dog\n"


def packed(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


PHOTOS = {"top/photos/a.jpg": b"a" * 100, "top/photos/b.jpg": b"b" * 100, "top/list.txt": b"a\nb\n"}
ARCHIVE = packed(PHOTOS)
SHA256 = sha256(ARCHIVE)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as running:
        running.url("captions.csv", CSV)
        running.url("photos.zip", ARCHIVE)
        yield running


def data_set(server, sha=SHA256):
    files = (
        RemoteFile("captions.csv", (server.url("captions.csv"),), sha256=sha256(CSV)),
        RemoteFile("photos.zip", (server.url("photos.zip"),), sha256=sha, unpack=".", strip=1),
    )
    splits = {"train": Split(2, "list.txt", sha256(b"a\nb\n"))}
    return DataSet("pets", "Pets", ("image",), "free", "CC0", "c", "p", "l", files=files, splits=splits)


def states(findings):
    return {one.path: one.state for one in findings}


def test_obtained_unpacked_and_verified(server, tmp_path):
    root = obtain(data_set(server), tmp_path)
    assert root == tmp_path / "pets"
    assert (root / "photos" / "a.jpg").read_bytes() == b"a" * 100
    assert not (root / "photos.zip").exists(), "what was unpacked need not lie there twice"
    assert states(verify(data_set(server), tmp_path)) == {
        "captions.csv": "right",
        "list.txt": "right",
        "photos/a.jpg": "as at first use",
        "photos/b.jpg": "as at first use",
    }
    obtain(data_set(server), tmp_path)
    assert len(server.requests) == 2, "nothing is fetched twice"


def test_what_was_altered_or_lost_is_told(server, tmp_path):
    root = obtain(data_set(server), tmp_path)
    (root / "captions.csv").write_bytes(CSV.replace(b"dog", b"cat"))
    (root / "photos" / "a.jpg").write_bytes(b"A" * 100)
    (root / "photos" / "b.jpg").unlink()
    (root / "list.txt").write_bytes(b"b\na\n")
    found = {one.path: one for one in verify(data_set(server), tmp_path)}
    assert states(found.values()) == {
        "captions.csv": "altered", "photos/a.jpg": "altered", "photos/b.jpg": "missing", "list.txt": "altered"
    }  # fmt: skip
    assert found["captions.csv"].detail.endswith(f"expected {sha256(CSV)}")
    obtain(data_set(server), tmp_path)
    assert set(states(verify(data_set(server), tmp_path)).values()) == {"right", "as at first use"}


def test_an_unknown_checksum_is_recorded_at_first_use_and_never_replaced(server, tmp_path):
    said = []
    root = obtain(data_set(server, sha=None), tmp_path, say=said.append)
    assert any(f"no checksum is known; sha256 {sha256(ARCHIVE)} is recorded" in line for line in said)
    receipt = json.loads((root / RECEIPT).read_text())
    assert receipt["files"]["photos.zip"]["sha256"] == sha256(ARCHIVE)
    assert receipt["files"]["photos.zip"]["url"] == server.url("photos.zip")
    (root / "photos" / "a.jpg").unlink()
    server.url("photos.zip", packed({**PHOTOS, "top/photos/a.jpg": b"other"}))
    with pytest.raises(DataSetError, match=rf"photos.zip: sha256 is .*, expected {sha256(ARCHIVE)}"):
        obtain(data_set(server, sha=None), tmp_path)


def test_files_that_lie_there_already_are_recorded_by_verify(server, tmp_path):
    one = data_set(server)
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "notes.txt").write_text("by hand")
    noted = DataSet(
        "pets", "Pets", ("image",), "form", "CC0", "c", "p", "l", "ask", (RemoteFile("notes.txt"),)
    )
    assert states(verify(noted, tmp_path)) == {"notes.txt": "recorded"}
    assert states(verify(noted, tmp_path)) == {"notes.txt": "as at first use"}
    (tmp_path / "pets" / "notes.txt").write_text("altered")
    assert states(verify(noted, tmp_path)) == {"notes.txt": "altered"}
    assert states(verify(one, tmp_path))["captions.csv"] == "missing"


def test_a_set_that_has_to_be_asked_for(server, tmp_path):
    asked = DataSet(
        "asked", "Asked", ("image",), "form", "by form", "c", "p", "l", "fill in the form at https://example.org",
        (RemoteFile("captions.csv", (server.url("captions.csv"),)), RemoteFile("photos.zip", sha256=sha256(ARCHIVE),
        unpack=".", strip=1), RemoteFile("more.txt"))
    )  # fmt: skip
    with pytest.raises(
        DataSetError, match=rf"asked: fill in the form at .*; put into {tmp_path}/asked: photos.zip, more.txt"
    ):
        obtain(asked, tmp_path)
    assert (tmp_path / "asked" / "captions.csv").is_file(), "what can be fetched is"
    (tmp_path / "asked" / "photos.zip").write_bytes(b"something else")
    with pytest.raises(DataSetError, match=r"photos.zip: sha256 is .*, expected"):
        obtain(asked, tmp_path)
    (tmp_path / "asked" / "photos.zip").write_bytes(ARCHIVE)
    (tmp_path / "asked" / "more.txt").write_text("more")
    obtain(asked, tmp_path)
    assert (tmp_path / "asked" / "photos" / "a.jpg").is_file()
    assert (tmp_path / "asked" / "photos.zip").is_file(), "what somebody put there stays"


def test_a_set_without_files_says_what_to_do(tmp_path):
    stamps = DataSet("stamps", "Stamps", ("image",), "free", "GPL", "c", "p", "l", "apt install stamps")
    with pytest.raises(DataSetError, match="stamps has no files to fetch: apt install stamps"):
        obtain(stamps, tmp_path)


def test_some_files_only(server, tmp_path):
    obtain(data_set(server), tmp_path, only="*.csv")
    assert [path for path, _ in server.requests] == ["/captions.csv"]
    with pytest.raises(DataSetError, match=r"has no file 'x\*'; there are captions.csv, photos.zip"):
        obtain(data_set(server), tmp_path, only="x*")


def test_an_archive_with_tricks_leaves_the_set_as_it_was(server, tmp_path):
    wicked = packed({"top/a.txt": b"good", "top/../../../out.txt": b"bad"})
    server.url("photos.zip", wicked)
    with pytest.raises(DataSetError, match="leads out of the folder"):
        obtain(data_set(server, sha=sha256(wicked)), tmp_path / "data")
    assert not (tmp_path / "out.txt").exists() and not (tmp_path / "data" / "out.txt").exists()
    assert sorted(path.name for path in (tmp_path / "data" / "pets").glob("[!.]*")) == [
        "captions.csv",
        "photos.zip",
    ]


SCRIPT = """
import sys
from pathlib import Path
from classicxm.datasets.holdings import obtain
from classicxm.datasets.registry import read_registry
obtain(read_registry(sys.argv[1])["pets"], Path(sys.argv[2]), say=lambda line: print(line, flush=True))
print("done")
"""


@pytest.mark.slow
def test_two_processes_at_once_fetch_once(server, tmp_path):
    registry = tmp_path / "mine.toml"
    registry.write_text(
        f'[pets]\ntitle = "t"\nmodalities = ["image"]\nterms = "free"\nlicence = "l"\ncitation = "c"\npage = "p"\n'
        f'loader = "x"\n[[pets.files]]\nname = "photos.zip"\nurls = ["{server.url("photos.zip")}"]\nunpack = "."\n'
    )
    server.files["/photos.zip"].pause = released = threading.Event()
    command = [sys.executable, "-c", SCRIPT, str(registry), str(tmp_path / "data")]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    waited = time.monotonic() + 60
    while not server.requests and time.monotonic() < waited:
        time.sleep(0.05)
    # the second says that it waits before the first is let go on; whichever of the two that is
    time.sleep(2)
    released.set()
    told = [process.communicate(timeout=60) for process in both]
    assert all(out.endswith("done\n") for out, _ in told), told
    assert len(server.requests) == 1
    assert (tmp_path / "data" / "pets" / "top" / "list.txt").is_file()


@pytest.fixture
def powerless():
    """A folder that anybody may read, in a process that may write as little as any other user."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def as_nobody(action):
    """Run something without the rights of root, who may write anywhere."""
    if os.geteuid() != 0:
        return action()
    os.seteuid(65534)
    try:
        return action()
    finally:
        os.seteuid(0)


def test_a_folder_that_cannot_be_written_to_serves_where_everything_is_there(server, powerless):
    root = obtain(data_set(server), powerless)
    for path in (powerless, root, root / "photos"):
        path.chmod(0o555)
    n_requests = len(server.requests)
    assert as_nobody(lambda: obtain(data_set(server), powerless)) == root
    assert set(as_nobody(lambda: states(verify(data_set(server), powerless))).values()) == {
        "right",
        "as at first use",
    }
    assert len(server.requests) == n_requests
    root.chmod(0o755)
    (root / "captions.csv").unlink()
    root.chmod(0o555)
    with pytest.raises(DataSetError, match=r"pets cannot be written to .*--folder or \$CLASSICXM_DATA"):
        as_nobody(lambda: obtain(data_set(server), powerless))
    for path in (powerless, root, root / "photos"):
        path.chmod(0o755)


def test_a_first_use_that_cannot_be_recorded_is_unknown(powerless):
    noted = DataSet(
        "pets", "Pets", ("image",), "form", "CC0", "c", "p", "l", "ask", (RemoteFile("notes.txt"),)
    )
    (powerless / "pets").mkdir()
    (powerless / "pets" / "notes.txt").write_text("by hand")
    (powerless / "pets").chmod(0o555)
    assert as_nobody(lambda: states(verify(noted, powerless))) == {"notes.txt": "unknown"}
    (powerless / "pets").chmod(0o755)


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', '{"files": {"a": 1}}'])
def test_a_damaged_record_is_named(server, tmp_path, text):
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / RECEIPT).write_text(text)
    with pytest.raises(DataSetError, match="is damaged; remove it"):
        obtain(data_set(server), tmp_path)


def test_where_sets_lie(monkeypatch, tmp_path):
    monkeypatch.delenv("CLASSICXM_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "classicxm" / "data"
    monkeypatch.setenv("CLASSICXM_DATA", str(tmp_path / "all"))
    assert data_folder() == tmp_path / "all"
    assert data_folder(tmp_path / "mine") == tmp_path / "mine"


@pytest.mark.data
def test_the_real_wikipedia_set_is_what_the_registry_says(shared_data):
    from classicxm.datasets.registry import registered

    found = verify(registered("wikipedia"), shared_data("wikipedia").parent)
    assert {one.state for one in found} == {"right"} and len(found) == 4
