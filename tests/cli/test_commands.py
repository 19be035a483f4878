"""What people do with a saved model from the command line: add, remove, info, list, export, many queries."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import load_collection, make_scenes
from classicxm.retrieval import CrossModalRetriever


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False, input=stdin)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A model of 40 scenes, and a folder of 6 other scenes."""
    folder = tmp_path_factory.mktemp("workshop")
    make_scenes(46, folder=folder / "scenes", modalities=("text", "image"))
    everything = load_collection(folder / "scenes")
    everything[:40].write_manifest(folder / "scenes" / "old.jsonl")
    everything[40:].write_manifest(folder / "scenes" / "new.jsonl")
    parts = ("--extractor", "image=ColorHistogram", "--extractor", "text=baseline", "--recipe", "baseline")
    result = run("fit", folder / "scenes" / "old.jsonl", "-o", folder / "model", *parts, "--n-jobs", 1)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def model(workshop, tmp_path):
    shutil.copytree(workshop / "model", tmp_path / "model")
    return tmp_path / "model"


def files_of(folder):
    return {p.relative_to(folder).as_posix(): p.stat().st_ino for p in folder.rglob("*") if p.is_file()}


def test_new_items_are_found_and_vectors_are_not_written_again(workshop, model):
    before = files_of(model)
    result = run("add", model, workshop / "scenes" / "new.jsonl", "--n-jobs", 1)
    assert (
        result.exit_code == 0
        and "6 items added" in result.stdout
        and "46 text, 46 image now" in result.stdout
    )
    after = files_of(model)
    for kept in ("index-text/vectors.npy", "index-image/vectors.npy", "index-image/ids.jsonl", "items.jsonl"):
        assert after[kept] == before[kept], f"{kept} was written again"
    assert set(after) - set(before) >= {
        "index-image/vectors-1.npy",
        "index-image/ids-1.jsonl",
        "items-1.jsonl",
    }
    found = json.loads(
        run("search", model, "--like", "scene-0043", "--target", "any", "-k", 1, "--json").stdout
    )
    assert found["hits"][0]["id"] == "scene-0043" and found["hits"][0]["payload"]["text"]


def test_adding_gives_what_fitting_on_all_and_learning_from_some_gives(workshop, model):
    run("add", model, workshop / "scenes" / "new.jsonl", "--n-jobs", 1)
    added, old = CrossModalRetriever.load(model), CrossModalRetriever.load(workshop / "model")
    records = list(load_collection(workshop / "scenes" / "new.jsonl"))
    for modality in ("text", "image"):
        expected = old.project(modality, [record[modality] for record in records])
        stored = added.indexes_[modality].vectors([record["id"] for record in records])
        unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(stored, unit, atol=1e-6)
    assert added.extractors_["image"].n_jobs == old.extractors_["image"].n_jobs
    assert len(added.learned_ids_) == len(old.learned_ids_)


def test_a_held_id_is_refused_unless_it_is_replaced(workshop, model):
    manifest = workshop / "scenes" / "again.jsonl"
    row = json.loads((workshop / "scenes" / "old.jsonl").read_text().splitlines()[3])
    manifest.write_text(json.dumps({**row, "text": "a changed caption of a red circle"}) + "\n")
    before = files_of(model)
    result = run("add", model, manifest)
    assert result.exit_code == 2 and f"id {row['id']!r} is in the model already" in result.stderr
    assert files_of(model) == before
    assert run("add", model, manifest, "--replace").exit_code == 0
    listed = json.loads(run("list", model, "--filter", f"id={row['id']}", "--json").stdout)
    assert listed[0]["payload"]["text"] == "a changed caption of a red circle"
    assert len(CrossModalRetriever.load(model).indexes_["text"]) == 40


def test_additions_in_a_row_and_removals_keep_few_segments(workshop, model):
    rows = (workshop / "scenes" / "new.jsonl").read_text().splitlines()
    for n, row in enumerate(rows):
        manifest = workshop / "scenes" / f"one-{n}.jsonl"
        manifest.write_text(row + "\n")
        assert run("add", model, manifest, "--n-jobs", 1).exit_code == 0
    assert len(list((model / "index-image").glob("vectors*.npy"))) <= 3
    ids = CrossModalRetriever.load(model).indexes_["image"].ids()
    assert ids[-6:] == [json.loads(row)["id"] for row in rows]
    gone = [ids[1], ids[-1]]
    result = run("remove", model, *gone)
    assert result.exit_code == 0 and "2 items removed, 44 text, 44 image now" in result.stdout
    everything = b"".join(path.read_bytes() for path in model.rglob("*.jsonl"))
    assert not any(key.encode() in everything for key in gone)
    assert CrossModalRetriever.load(model).indexes_["image"].ids() == [key for key in ids if key not in gone]


def test_remove_names_what_is_not_held(model):
    result = run("remove", model, "scene-0001", "scene-00033")
    assert (
        result.exit_code == 2
        and "id 'scene-00033' is not in the model; did you mean 'scene-0033'" in result.stderr
    )
    assert run("remove", model, "nothing", "--ignore-missing").exit_code == 0


@pytest.mark.slow
def test_an_interrupted_addition_leaves_the_old_model(workshop, model):
    before = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "classicxm.cli", "add", model, workshop / "scenes" / "new.jsonl"]
    for wait in (0.5, 1.0, 1.5):
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        process.wait()
        after = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
        if after != before:  # it was done before the signal came
            break
    assert len(CrossModalRetriever.load(model).indexes_["text"]) == (40 if after == before else 46)


def test_a_save_in_between_is_not_lost(workshop, model, monkeypatch):
    added = CrossModalRetriever.add_collection

    def meanwhile(self, collection, replace=False):
        CrossModalRetriever.load(model).remove(["scene-0000"]).save(model)
        return added(self, collection, replace)

    monkeypatch.setattr(CrossModalRetriever, "add_collection", meanwhile)
    result = run("add", model, workshop / "scenes" / "new.jsonl", "--n-jobs", 1)
    assert result.exit_code == 2 and "saved by somebody else meanwhile" in result.stderr
    assert len(CrossModalRetriever.load(model).indexes_["text"]) == 39


def test_info_says_what_a_model_is(model):
    shown = run("info", model).stdout
    assert "learned from" in shown and "recipe" in shown and "MB" in shown
    facts = json.loads(run("info", model, "--json").stdout)
    assert facts["items"] == {"all": 40, "text": 40, "image": 40} and facts["recipe"] == "baseline"
    assert facts["bytes"] == sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    assert facts["format"] == 4 and "ColorHistogram" in facts["extractors"]["image"]


def test_info_shows_the_chosen_settings_of_a_selection(model):
    retriever = CrossModalRetriever.load(model)
    retriever.selection_ = {"ridge": np.float64(30), "mAP": 0.5}
    assert retriever.summary()["selection"] == {"ridge": 30.0, "mAP": 0.5}


def test_list_shows_items_and_says_which_values_there_are(model):
    lines = run("list", model, "--filter", "split=test").stdout.splitlines()
    every = json.loads(run("list", model, "--json").stdout)
    assert len(lines) - 1 == sum(item["payload"]["split"] == "test" for item in every) > 0
    assert every[0]["has"] == ["text", "image"] and len(every) == 40
    result = run("list", model, "--filter", "split=val")
    assert result.exit_code == 0 and "split has 'train' (" in result.stderr and "'test' (" in result.stderr


@pytest.mark.parametrize("raw", [False, True])
def test_exports_agree_with_the_model(model, tmp_path, raw):
    retriever = CrossModalRetriever.load(model)
    more = ["--raw", "--n-jobs", 1] if raw else []
    assert run("export", model, "-o", tmp_path / "x.npz", *more).exit_code == 0
    held = np.load(tmp_path / "x.npz")
    ids = held["image_ids"].tolist()
    assert ids == retriever.indexes_["image"].ids()
    assert json.loads(held["image_payloads"][0])["text"]
    if raw:
        vectors = retriever.aligner_.transform_view("image", held["image_vectors"])
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    else:
        vectors = held["image_vectors"]
    np.testing.assert_allclose(vectors, retriever.indexes_["image"].vectors(ids), atol=1e-5)


def test_csv_and_parquet_hold_the_same_rows(model, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("x.csv", "x.parquet"):
        asked = ("--modality", "text", "--filter", "split=test")
        assert run("export", model, "-o", tmp_path / name, *asked).exit_code == 0
    with open(tmp_path / "x.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "x.parquet").to_pydict()
    assert [row["id"] for row in rows] == table["id"] and {row["modality"] for row in rows} == {"text"}
    width = len(table["vector"][0])
    assert [[float(row[f"v{n}"]) for n in range(width)] for row in rows] == table["vector"]


def test_queries_are_exported_too(model, tmp_path):
    asked = ("--text", "a red circle", "--text", "a blue star", "--n-jobs", 1)
    assert run("export", model, "-o", tmp_path / "q.npz", *asked).exit_code == 0
    expected = CrossModalRetriever.load(model).project("text", ["a red circle", "a blue star"])
    np.testing.assert_allclose(np.load(tmp_path / "q.npz")["text_vectors"], expected)


def test_export_refuses_unknown_endings_before_the_work(model, tmp_path):
    result = run("export", model, "-o", tmp_path / "x.txt")
    assert result.exit_code == 2 and "must end with one of .npz, .csv, .parquet" in result.stderr


def test_queries_from_a_file_and_from_standard_input(model, tmp_path):
    (tmp_path / "queries.txt").write_text('a red circle\n\n{"id": "q2", "text": "a blue star"}\n')
    from_file = run("search", model, tmp_path / "queries.txt", "--target", "image", "-k", 2)
    lines = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["1", "q2"] and all(len(line["hits"]) == 2 for line in lines)
    single = json.loads(
        run("search", model, "--text", "a red circle", "--target", "image", "-k", 2, "--json").stdout
    )
    assert [hit["id"] for hit in lines[0]["hits"]] == [hit["id"] for hit in single["hits"]]
    piped = run("search", model, "-", "--target", "image", "-k", 2, "--run", "mine", stdin="a red circle\n")
    fields = [line.split() for line in piped.stdout.splitlines()]
    assert [(f[0], f[1], f[2], f[3], f[5]) for f in fields] == [
        ("1", "Q0", hit["id"], str(n), "mine") for n, hit in enumerate(single["hits"], 1)
    ]


def test_a_broken_line_of_queries_is_named(model):
    result = run("search", model, "-", "--target", "image", stdin='{"smell": "roses"}\n')
    assert result.exit_code == 2 and "line 1 of the queries must have some of text, image" in result.stderr


def test_parts_of_a_model_are_chosen(workshop, tmp_path):
    parts = ["--extractor", "image=LBP:points=(8,),radii=(1,)", "--extractor", "text=baseline", "--n-jobs", 1]
    parts += ["--aligner", "pls", "--index", "lsh", "--recall", 0.9]
    result = run("fit", workshop / "scenes" / "old.jsonl", "-o", tmp_path / "m", *parts)
    assert result.exit_code == 0, result.output
    facts = json.loads(run("info", tmp_path / "m", "--json").stdout)
    assert "PLSSVD" in facts["aligner"] and "LSHIndex" in facts["indexes"]["image"]
    assert "LBP" in facts["extractors"]["image"] and facts["chosen"]
    assert run("add", tmp_path / "m", workshop / "scenes" / "new.jsonl", "--n-jobs", 1).exit_code == 0
    assert run("search", tmp_path / "m", "--text", "red", "--target", "image").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--aligner", "CCAA"), "unknown aligner 'CCAA'"),
        (("--index", "lhs"), "unknown index 'lhs'; did you mean 'lsh'"),
        (("--recall", 0.9), "--recall sets up --index lsh"),
        (("--modalities", "txt"), "not 'txt'; did you mean 'text'"),
        (("--extractor", "image=GITS"), "did you mean 'GIST'"),
        (("--extractor", "GIST"), "--extractor must be MODALITY=NAME"),
        (("--extractor", "image=LBP:radius=1"), "LBP has no parameter 'radius'; did you mean 'radii'"),
        (("--extractor", "image=LBP:radii=__import__('os')"), "parameters of an extractor are name=value"),
    ],
)
def test_parts_that_do_not_exist_are_named(workshop, tmp_path, options, message):
    result = run("fit", workshop / "scenes" / "old.jsonl", "-o", tmp_path / "m", *options)
    assert result.exit_code == 2 and message in result.stderr and not (tmp_path / "m").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_completion(shell):
    result = run("completion", shell)
    assert result.exit_code == 0 and "_CLASSICXM_COMPLETE" in result.stdout


def test_completion_knows_the_commands():
    environment = {
        **os.environ,
        "_CLASSICXM_COMPLETE": "bash_complete",
        "COMP_WORDS": "classicxm exp",
        "COMP_CWORD": "1",
    }
    script = "from classicxm.cli import main; main(prog_name='classicxm')"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert {line.split(",")[1] for line in done.stdout.splitlines()} == {"explain", "export"}


def test_names_that_do_not_exist_are_met_with_what_does(model):
    assert "there is no command 'searc'; did you mean 'search'" in run("searc", model).stderr
    result = run("search", model.parent / "modle0", "--text", "red", "--target", "image")
    assert result.exit_code == 2 and "modle0 does not exist; did you mean 'model'?" in result.stderr


def test_a_filter_that_nothing_passes_says_which_values_there_are(model):
    asked = ("search", model, "--text", "a red circle", "--target", "image")
    result = run(*asked, "--filter", "split=val")
    assert (
        result.exit_code == 0
        and "no item passes the filter 'split=val': split has 'train' (" in result.stderr
    )


def test_answers_below_a_score_are_left_out(model):
    asked = ("search", model, "--text", "a red circle", "--target", "image", "--json")
    scores = [hit["score"] for hit in json.loads(run(*asked).stdout)["hits"]]
    some = json.loads(run(*asked, "--min-score", scores[3]).stdout)["hits"]
    assert [hit["score"] for hit in some] == [score for score in scores if score >= scores[3]]
    none = run(*asked, "--min-score", 2)
    assert json.loads(none.stdout)["hits"] == [] and "no good match: the best score is" in none.stderr
