"""Atomic, checked and code-free saving; also what `kill -9` leaves behind."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.errors import DamagedFileError
from classicxm.persistence import check_target, load, save
from classicxm.search import ExactIndex
from classicxm.text import TfidfText


def index_of(n):
    return ExactIndex().add(np.random.default_rng(n).normal(size=(n, 4)), range(n))


def test_an_estimator_comes_back_the_same(tmp_path):
    texts = ["a red dog", "a blue cat", "red cats"]
    tfidf = TfidfText().fit(texts)
    again = load(save(tfidf, tmp_path / "tfidf"))
    assert again.get_params() == tfidf.get_params()
    np.testing.assert_array_equal(again.transform(texts), tfidf.transform(texts))


def test_saving_again_replaces_and_leaves_nothing_beside(tmp_path):
    save(index_of(3), tmp_path / "deep" / "index")
    save(index_of(5), tmp_path / "deep" / "index")
    assert len(load(tmp_path / "deep" / "index")) == 5
    assert os.listdir(tmp_path / "deep") == ["index"]


def test_a_folder_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(ValueError, match="exists and is not a saved object"):
        save(index_of(3), tmp_path / "photos")
    assert os.listdir(tmp_path / "photos") == ["a.jpg"]
    (tmp_path / "empty").mkdir()
    assert len(load(save(index_of(3), tmp_path / "empty"))) == 3


def test_a_failing_save_keeps_the_old_folder(tmp_path, monkeypatch):
    folder = save(index_of(3), tmp_path / "index")
    monkeypatch.setattr(ExactIndex, "write_files", lambda self, folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(index_of(5), folder)
    monkeypatch.undo()
    assert len(load(folder)) == 3 and os.listdir(tmp_path) == ["index"]


@pytest.mark.parametrize("name", ["vectors.npy", "ids.jsonl", "estimator.skops", "class.json"])
def test_truncated_altered_and_missing_files_are_named(tmp_path, name):
    folder = save(index_of(30), tmp_path / "index")
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(
        DamagedFileError, match=rf"{name}: has {len(whole) - 3} bytes instead of {len(whole)}"
    ):
        load(folder)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DamagedFileError, match=f"{name}: was altered"):
        load(folder)
    path.unlink()
    with pytest.raises(DamagedFileError, match=f"{name}: is missing"):
        load(folder)


def test_damaged_contents_and_foreign_formats(tmp_path):
    folder = save(index_of(3), tmp_path / "index")
    contents = folder / "contents.json"
    good = contents.read_text()
    for text in ("{", "[]", "{}"):
        contents.write_text(text)
        with pytest.raises(DamagedFileError, match=r"contents.json: is not a list of contents"):
            load(folder)
    contents.write_text(good.replace('"format": 1', '"format": 99'))
    with pytest.raises(DamagedFileError, match="format 99, this version reads format 1"):
        load(folder)
    with pytest.raises(FileNotFoundError, match="holds no saved object"):
        load(tmp_path / "nowhere")


def resign(folder):
    """Make the list of contents agree with altered files, as an attacker would."""
    import hashlib

    contents = json.loads((folder / "contents.json").read_text())
    for name in contents["files"]:
        data = (folder / name).read_bytes()
        contents["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "contents.json").write_text(json.dumps(contents))


@pytest.mark.parametrize(
    "name", ["os.system", "classicxm.persistence.save", "classicxm.errors.os", "nonsense"]
)
def test_only_classes_of_classicxm_are_made(tmp_path, name):
    folder = save(index_of(3), tmp_path / "index")
    (folder / "class.json").write_text(json.dumps({"class": name}))
    resign(folder)
    with pytest.raises(DamagedFileError, match="not a class that can be loaded"):
        load(folder)


def test_foreign_types_in_a_skops_file_are_refused(tmp_path):
    folder = save(CCA(n_components=1).fit({"a": np.eye(4)[:, :2], "b": np.eye(4)[:, 1:3]}), tmp_path / "cca")
    path = folder / "estimator.skops"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = (
        members["schema.json"]
        .decode()
        .replace('"classicxm.alignment.cca"', '"subprocess"')
        .replace('"CCA"', '"Popen"')
    )
    members["schema.json"] = schema.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    resign(folder)
    with pytest.raises(
        DamagedFileError, match=r"estimator.skops: holds types that are not allowed: subprocess.Popen"
    ):
        load(folder)


def test_a_pickle_is_not_read(tmp_path):
    folder = save(CCA(n_components=1).fit({"a": np.eye(4)[:, :2], "b": np.eye(4)[:, 1:3]}), tmp_path / "cca")
    (folder / "estimator.skops").write_bytes(pickle.dumps({"a": 1}))
    resign(folder)
    with pytest.raises(DamagedFileError, match="is not a readable estimator"):
        load(folder)


def test_a_save_killed_between_its_renames_is_put_back(tmp_path):
    folder = save(index_of(3), tmp_path / "index")
    os.rename(folder, tmp_path / ".index.previous")
    (tmp_path / ".index.saving-abc").mkdir()
    assert len(load(folder)) == 3
    os.rename(folder, tmp_path / ".index.previous")
    assert len(load(save(index_of(4), folder))) == 4
    assert os.listdir(tmp_path) == ["index"]


SAVE_FOREVER = """
import sys, numpy as np
from classicxm.persistence import save
from classicxm.search import ExactIndex
small, large = (ExactIndex().add(np.ones((n, 64)), range(n)) for n in (1000, 5000))
print("ready", flush=True)
while True:
    save(small, sys.argv[1])
    save(large, sys.argv[1])
"""


def test_kill_9_in_the_middle_of_saving_leaves_a_whole_folder(tmp_path):
    folder = tmp_path / "index"
    save(index_of(7), folder)
    random = np.random.default_rng(0)
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", SAVE_FOREVER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(random.uniform(0.005, 0.12))
            process.send_signal(signal.SIGKILL)
        assert len(load(folder)) in (7, 1000, 5000)
    save(index_of(2), folder)
    assert os.listdir(tmp_path) == ["index"]


@pytest.mark.parametrize("name", ["file/model", "file/deeper/model"])
def test_a_target_below_a_file_is_refused_before_anything_is_made(tmp_path, name):
    (tmp_path / "file").write_text("taken")
    with pytest.raises(ValueError, match=r"cannot be made, as .*file is a file; choose another place"):
        check_target(tmp_path / name)
