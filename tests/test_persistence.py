"""Atomic, checked and code-free saving; also what `kill -9` leaves behind."""

import errno
import functools
import hashlib
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from http import HTTPStatus
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from sklearn.preprocessing import FunctionTransformer

from classicxm import atomic, saved_contents
from classicxm.alignment import CCA, AlignerSearch, Preprocessed, PrivateCCA
from classicxm.errors import DamagedFileError, UnsavableError
from classicxm.evaluation import average_precision, success_at
from classicxm.persistence import check_target, load, save
from classicxm.search import ExactIndex
from classicxm.text import TfidfText
from tests.alignment.conftest import factor_views


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


@pytest.mark.parametrize("name", ["vectors.npy", "ids.jsonl", "estimator.zip", "class.json"])
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


def edited(folder, change):
    """Rewrite a folder's list of contents by ``change(contents)``, with a check that agrees, as an attacker would."""
    path = folder / "contents.json"
    contents = json.loads(path.read_text())
    contents = change(contents) or contents
    contents["check"] = saved_contents.check_of(contents)
    path.write_text(json.dumps(contents))


def resign(folder):
    """Make the list of contents agree with altered files."""

    def digests(contents):
        for path in (p for p in folder.rglob("*") if p.is_file() and p.name != "contents.json"):
            data = path.read_bytes()
            entry = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            contents["files"][path.relative_to(folder).as_posix()] = entry

    edited(folder, digests)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not readable JSON"),
        ("[]", "is not a list of contents"),
        ("{}", "is not a list of contents"),
        ("[" * 200_000 + "]" * 200_000, "is nested too deep"),
        ('{"format": 2, "files": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}", "is nested too deep"),
        ('{"format":' + "9" * 5000 + "}", "is not readable JSON"),
        ('{"format": true, "files": {}}', "is not a list of contents"),
        ('{"format": 1.0, "files": {}}', "is not a list of contents"),
        ('{"format": 2, "files": {}}', "was altered since it was saved"),
        (" " * 5_000_000, "is longer than"),
    ],
)
def test_lists_of_contents_that_are_none(tmp_path, text, words):
    folder = save(index_of(3), tmp_path / "index")
    (folder / "contents.json").write_text(text)
    with pytest.raises(DamagedFileError, match=words):
        load(folder)


def test_any_edit_of_the_list_of_contents_is_seen(tmp_path):
    folder = save(index_of(3), tmp_path / "index")
    good = (folder / "contents.json").read_text()
    for old, new in (
        ('"classicxm": "0', '"classicxm": "9'),
        ('"bytes": ', '"bytes": 1'),
        ('"files"', '"Files"'),
    ):
        assert old in good
        (folder / "contents.json").write_text(good.replace(old, new, 1))
        with pytest.raises(DamagedFileError, match="contents"):
            load(folder)
    (folder / "contents.json").write_bytes(b"\xff\xfe" + good.encode())
    with pytest.raises(DamagedFileError, match="is not readable JSON"):
        load(folder)


@pytest.mark.parametrize(
    "name", ["a\0b", "a" * 5000, "/etc/passwd", "../index/class.json", "./class.json", ""]
)
@pytest.mark.parametrize("entry", [{"bytes": 1, "sha256": ""}, [], None, {"bytes": "1", "sha256": ""}])
def test_entries_that_are_none_are_refused(tmp_path, name, entry):
    folder = save(index_of(3), tmp_path / "index")
    edited(folder, lambda contents: contents["files"].update({name: entry}))
    with pytest.raises(DamagedFileError, match="is not a list of contents"):
        load(folder)


def test_the_list_is_closed(tmp_path):
    folder = save(index_of(3), tmp_path / "index")
    (folder / "evil.py").write_text("import os")
    with pytest.raises(DamagedFileError, match=r"evil.py: is not listed in contents.json"):
        load(folder)
    (folder / "evil.py").unlink()
    edited(folder, lambda contents: contents["files"].pop("vectors.npy") and None)
    with pytest.raises(DamagedFileError, match=r"vectors.npy: is not listed"):
        load(folder)
    edited(folder, lambda contents: contents["files"].clear())
    with pytest.raises(DamagedFileError, match="is not listed"):
        load(folder)


def test_a_newer_format_says_so(tmp_path):
    folder = save(index_of(3), tmp_path / "index")
    edited(folder, lambda contents: contents.update(format=5, classicxm="9.1"))
    with pytest.raises(
        DamagedFileError, match=r"has format 5, .* reads 1 to 4; it was saved by classicxm 9.1"
    ):
        load(folder)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "classicxm.persistence.save",
        "classicxm.errors.os",
        "nonsense",
        "classicxm.cli.__main__.X",
        "main",
    ],
)
def test_only_known_classes_are_made_and_nothing_is_imported(tmp_path, name):
    folder = save(index_of(3), tmp_path / "index")
    (folder / "class.json").write_text(json.dumps({"class": name}))
    resign(folder)
    before = set(sys.modules)
    with pytest.raises(DamagedFileError, match="not a class that can be loaded"):
        load(folder)
    assert not {module for module in set(sys.modules) - before if not module.startswith("classicxm.")}
    assert "classicxm.cli.__main__" not in sys.modules


def fitted_cca():
    return CCA(n_components=1).fit({"a": np.eye(4)[:, :2], "b": np.eye(4)[:, 1:3]})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"class": "CCA"', '"class": "subprocess.Popen"'),
        ('"class": "CCA"', '"class": "Collection"'),
        ('{"!": "dict"', '{"!": "eval"'),
        ('{"!": "dict"', '{"!": "refuse"'),
        ('"score": ', '"score": '),
    ],
)
def test_foreign_types_in_a_state_are_refused(tmp_path, old, new):
    folder = save(fitted_cca(), tmp_path / "cca")
    path = folder / "estimator.zip"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["state.json"].decode()
    if old == new:  # a function where a value was
        tree = json.loads(text)
        tree["state"]["items"].append(["measure", {"!": "function", "name": "os.system"}])
        text = json.dumps(tree)
    else:
        assert old in text
        text = text.replace(old, new, 1)
    members["state.json"] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    resign(folder)
    with pytest.raises(DamagedFileError, match=r"estimator.zip: (names|holds)"):
        load(folder)


@pytest.mark.parametrize("content", [pickle.dumps({"a": 1}), b"", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_state_is_not_read(tmp_path, content):
    folder = save(fitted_cca(), tmp_path / "cca")
    (folder / "estimator.zip").write_bytes(content)
    resign(folder)
    with pytest.raises(DamagedFileError, match="is not a readable estimator"):
        load(folder)


def test_compressed_parts_are_refused_before_they_are_read(tmp_path):
    folder = save(fitted_cca(), tmp_path / "cca")
    with zipfile.ZipFile(folder / "estimator.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.json", " " * 10_000_000)
    resign(folder)
    with pytest.raises(DamagedFileError, match="has compressed parts"):
        load(folder)


# What can be saved


class Local(TfidfText):
    """Defined in a module: importable as tests.test_persistence.Local."""


def doubled(X):
    return 2 * X


@pytest.mark.parametrize("measure", ["AP", "nDCG@10", average_precision, functools.partial(success_at, k=10)])
def test_searches_come_back_with_their_measure(tmp_path, measure):
    views = factor_views()
    search = AlignerSearch(CCA(2), {"ridge": [0.1, 1.0]}, measure, n_folds=3).fit(views)
    again = load(save(search, tmp_path / "search"))
    np.testing.assert_array_equal(
        again.transform_view("text", views["text"]), search.transform_view("text", views["text"])
    )
    assert again.best_params_ == search.best_params_


def test_classes_and_functions_of_other_modules_need_trust(tmp_path):
    texts = ["a red dog", "a blue cat", "red cats"]
    views = factor_views()
    for obj, check in (
        (Local().fit(texts), lambda again: again.transform(texts)),
        (
            Preprocessed(CCA(2), FunctionTransformer(doubled)).fit(views),
            lambda again: again.transform_view("text", views["text"]),
        ),
    ):
        folder = save(obj, tmp_path / "own")
        with pytest.raises(DamagedFileError, match=r"load with trusted=\['tests'\]"):
            load(folder)
        np.testing.assert_array_equal(check(load(folder, trusted=["tests"])), check(obj))
    with pytest.raises(TypeError, match="trusted must be a list of packages"):
        load(folder, trusted="tests")


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    views = factor_views()
    folder = save(fitted_cca(), tmp_path / "model")

    class Inside(TfidfText):
        pass

    main = type("Main", (TfidfText,), {"__module__": "__main__"})
    for obj, words in (
        (
            Preprocessed(CCA(2), FunctionTransformer(lambda X: X)).fit(views),
            "a lambda is defined in another function",
        ),
        (Inside().fit(["red dog"]), "the class Inside is defined in another function"),
        (main().fit(["red dog"]), "the class Main is defined in the main script"),
        (AlignerSearch(CCA(2), {"ridge": [0.1]}, lambda s, r: s[:, 0], n_folds=3).fit(views), "a lambda"),
    ):
        with pytest.raises(UnsavableError, match=words):
            save(obj, folder)
        assert load(folder).n_components == 1
    assert os.listdir(tmp_path) == ["model"]


def held(value):
    """A fitted alignment that holds a value of the caller's."""
    made = CCA(1).fit(factor_views())
    made.kept_ = value
    return made


ENDLESS: list = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (threading.RLock(), "cannot pickle"),
        (HTTPStatus.OK, "cannot be saved and made again"),
        (re.compile("a"), "cannot pickle"),
        (TfidfText().transform, "no module has it by the name"),
        (np.frompyfunc(abs, 1, 1), "no module has it by the name"),
        (np.ma.array([1, 2], mask=[0, 1]), "a masked array cannot be saved"),
        (ENDLESS, "within each other without end"),
    ],
    ids=["lock", "enum", "pattern", "method", "ufunc", "masked", "endless"],
)
def test_what_has_no_state_is_refused_over_a_good_model(tmp_path, value, words):
    folder = save(fitted_cca(), tmp_path / "model")
    with pytest.raises(UnsavableError, match=words):
        save(held(value), folder)
    assert load(folder).n_components == 1


@pytest.mark.parametrize(("function", "package"), [(np.clip, "numpy"), (scipy.special.expit, "scipy")])
def test_functions_written_in_c_are_found_again(tmp_path, function, package):
    folder = save(held(function), tmp_path / "model")
    with pytest.raises(DamagedFileError, match=rf"load with trusted=\['{package}'\]"):
        load(folder)
    assert load(folder, trusted=[package]).kept_ is function


# What lies there


def test_nothing_that_is_not_ours_is_replaced(tmp_path):
    photos = tmp_path / "Photos"
    photos.mkdir()
    (photos / "contents.json").write_text('{"album": "mine"}')
    (photos / "wedding.jpg").write_bytes(b"x")
    with pytest.raises(ValueError, match="exists and is not a saved object"):
        save(index_of(3), photos)
    assert sorted(os.listdir(photos)) == ["contents.json", "wedding.jpg"]
    folder = save(index_of(3), tmp_path / "model")
    (folder / "README-mine.md").write_text("notes")
    with pytest.raises(ValueError, match=r"holds README-mine.md, which is no part of the saved object"):
        save(index_of(4), folder)
    assert (folder / "README-mine.md").read_text() == "notes"
    (folder / "README-mine.md").unlink()
    (folder / "mine").mkdir()
    with pytest.raises(ValueError, match=r"holds mine, which is no part of the saved object"):
        save(index_of(4), folder)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="exists and is not a saved object"):
        save(index_of(3), tmp_path / "file")


def test_a_folder_that_is_not_ours_is_not_looked_through(tmp_path, monkeypatch):
    def never(self, pattern):
        raise AssertionError("the whole of somebody's folder is read")

    (tmp_path / "home" / "photos").mkdir(parents=True)
    monkeypatch.setattr(type(tmp_path), "rglob", never)
    for place in (tmp_path / "home", "/", tmp_path / "home" / ".."):
        with pytest.raises(ValueError, match="exists and is not a saved object"):
            save(index_of(3), place)


def test_a_link_that_leads_to_itself_is_named(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ValueError, match="loop is a symbolic link that leads to itself"):
        save(index_of(3), tmp_path / "loop")
    assert os.listdir(tmp_path) == ["loop"]


def test_links_stay_links(tmp_path):
    real = tmp_path / "real" / "model"
    save(index_of(3), real)
    (tmp_path / "model").symlink_to(real)
    for n in (4, 5, 6):
        save(index_of(n), tmp_path / "model")
        assert len(load(real)) == n
    assert (tmp_path / "model").is_symlink() and sorted(os.listdir(tmp_path)) == ["model", "real"]
    assert os.listdir(tmp_path / "real") == ["model"]
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert len(load(save(index_of(2), tmp_path / "dangling"))) == 2 and (tmp_path / "nowhere").is_dir()


@pytest.mark.parametrize("name", [".", "./", "m[1]", "*", "m" * 250, "a\nb", os.fsdecode(b"m\xff"), "模 型"])
def test_names_of_every_kind(tmp_path, monkeypatch, name):
    work = tmp_path / "x"
    work.mkdir()
    monkeypatch.chdir(work)
    (tmp_path / ".other.saving-abc").mkdir()
    for n in (2, 3):
        save(index_of(n), name)
        assert len(load(name)) == n
    assert (tmp_path / ".other.saving-abc").is_dir()
    assert not [entry for entry in os.listdir(tmp_path) if entry.startswith((".saving", ".previous"))]


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o700), (0o022, 0o755), (0o002, 0o775)])
def test_the_umask_is_obeyed(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        folder = save(index_of(3), tmp_path / "index")
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == mode
    assert (folder / "vectors.npy").stat().st_mode & 0o777 == mode & 0o666


def test_without_exchange_a_kill_between_the_renames_is_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)
    folder = save(index_of(3), tmp_path / "index")
    save(index_of(4), folder)
    assert os.listdir(tmp_path) == ["index"] and len(load(folder)) == 4
    os.rename(folder, atomic._previous(folder))  # killed here: the new folder still lies beside
    beside = tmp_path / f"{atomic._prefix(folder)}1-x"
    beside.mkdir()
    assert len(load(folder)) == 4
    os.rename(folder, atomic._previous(folder))
    assert len(load(save(index_of(5), folder))) == 5
    assert os.listdir(tmp_path) == ["index"]


def test_an_old_model_does_not_come_back_after_its_successor_was_deleted(tmp_path):
    folder = save(index_of(3), tmp_path / "index")
    shutil.copytree(folder, atomic._previous(folder))  # a kill after both renames left it
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        load(folder)
    save(index_of(4), folder)
    assert os.listdir(tmp_path) == ["index"]


def test_a_model_that_is_replaced_under_a_process_stays_whole_there(tmp_path):
    folder = save(index_of(50), tmp_path / "index")
    opened = load(folder)
    before = opened.search(np.ones((1, 4)), 5)[0].tolist()
    save(index_of(60), folder)
    assert opened.search(np.ones((1, 4)), 5)[0].tolist() == before and len(load(folder)) == 60


# Several at once

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


def saving_forever(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOREVER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_kill_9_in_the_middle_of_saving_leaves_a_whole_folder(tmp_path):
    folder = tmp_path / "index"
    save(index_of(7), folder)
    random = np.random.default_rng(0)
    for _ in range(8):
        with saving_forever(folder) as process:
            time.sleep(random.uniform(0.005, 0.12))
            process.send_signal(signal.SIGKILL)
        assert len(load(folder)) in (7, 1000, 5000)
    save(index_of(2), folder)
    assert os.listdir(tmp_path) == ["index"]


@pytest.mark.slow
def test_two_savers_and_a_reader_never_meet_a_mixture(tmp_path):
    folder = tmp_path / "index"
    save(index_of(7), folder)
    savers = [saving_forever(folder) for _ in range(2)]
    try:
        end = time.monotonic() + 3
        sizes = []
        while time.monotonic() < end:
            index = load(folder)
            assert len(index.ids()) == len(index)
            sizes.append(len(index))
    finally:
        for process in savers:
            process.kill()
            process.communicate()
    assert set(sizes) <= {7, 1000, 5000} and len(sizes) > 3
    save(index_of(2), folder)
    assert os.listdir(tmp_path) == ["index"]


# Older models

DATA = Path(__file__).parent / "data"


def test_a_model_of_format_1_answers_as_it_did():
    from classicxm.retrieval import CrossModalRetriever

    retriever = CrossModalRetriever.load(DATA / "retriever-format-1")
    found = retriever.search({"text": "a red circle"}, "image", 5)
    assert [hit.id for hit in found] == [f"scene-00{n}" for n in ("20", "22", "09", "08", "06")]
    np.testing.assert_allclose(
        [hit.score for hit in found], [0.981907, 0.684959, 0.585893, 0.566883, 0.533412], atol=1e-5
    )
    assert found[0].payload.keys() == {"label"}


def test_private_alignment_of_format_1_becomes_a_class_of_its_own(tmp_path):
    model = load(DATA / "private-cca-format-1")
    assert type(model) is PrivateCCA and (model.epsilon, model.delta, model.clip) == (5.0, 1e-3, 4.0)
    assert model.transform_view("text", np.ones((1, 3))).shape == (1, 2)
    aligner = load(DATA / "retriever-format-1").aligner_
    assert type(aligner) is CCA and "epsilon" not in vars(aligner) and "epsilon" not in aligner.get_params()
    again = load(save(model, tmp_path / "again"))
    np.testing.assert_array_equal(again.weights_["text"], model.weights_["text"])


@pytest.mark.parametrize("name", ["file/model", "file/deeper/model"])
def test_a_target_below_a_file_is_refused_before_anything_is_made(tmp_path, name):
    (tmp_path / "file").write_text("taken")
    with pytest.raises(ValueError, match=r"cannot be made, as .*file is a file; choose another place"):
        check_target(tmp_path / name)


def test_a_disk_that_is_full_in_the_middle_of_an_array_says_so_and_keeps_the_old_folder(
    tmp_path, monkeypatch
):
    good = ExactIndex().add([[1.0, 0.0]], ["a"])
    save(good, tmp_path / "index")

    def short(*args, **options):
        raise OSError("192000 requested and 2016 written")  # as NumPy says it, without a number

    monkeypatch.setattr(ExactIndex, "write_files", short)
    with pytest.raises(OSError, match="could not be written whole") as caught:
        save(good, tmp_path / "index")
    assert caught.value.errno == errno.ENOSPC and str(tmp_path / "index") in str(caught.value)
    monkeypatch.undo()
    assert load(tmp_path / "index").ids() == ["a"]
