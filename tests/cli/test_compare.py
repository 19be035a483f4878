"""``classicxm compare`` as a person uses it: names in, a report out, runs that go on after a kill, one-line errors."""

import json
import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.io import savemat

from classicxm.cli import main
from classicxm.datasets import Collection, make_scenes

ASKED = ("--aligners", "PLS,SM,LabelCCA", "--distances", "cosine,kl,dot", "--folds", 3, "--n-jobs", 1)


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def wikipedia(tmp_path_factory):
    """A set of the official layout, small: 90 training and 30 test pairs of three classes."""
    folder = tmp_path_factory.mktemp("wikipedia")
    rng = np.random.default_rng(0)
    matrices, classes = {}, rng.integers(1, 4, 120)
    for name, width in (("I", 12), ("T", 5)):
        X = rng.random((120, width)) + 0.7 * (classes[:, None] == 1 + np.arange(width) % 3)
        matrices |= {f"{name}_tr": X[:90], f"{name}_te": X[90:]}
    savemat(folder / "raw_features.mat", matrices)
    (folder / "categories.list").write_text("art\nbiology\ngeography\n")
    for split, rows in (("train", range(90)), ("test", range(90, 120))):
        lines = [f"text{i} image{i} {classes[i]}" for i in rows]
        (folder / f"{split}set_txt_img_cat.list").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def whole(wikipedia, tmp_path_factory):
    """The report of a run that nobody stopped."""
    folder = tmp_path_factory.mktemp("reports") / "whole"
    result = run("compare", f"wikipedia:{wikipedia}", *ASKED, "-o", folder)
    assert result.exit_code == 0, result.output
    assert result.stdout == (folder / "table.md").read_text()
    return folder


def test_a_report_has_tables_and_published_results(whole):
    table = (whole / "table.md").read_text()
    assert "| published | LabelCCA |" in table and "query-blind" in table and "ACM MM 2010" in table
    results = json.loads((whole / "results.json").read_text())
    assert [system["aligner"] for system in results["systems"]] == ["PLS", "SM", "LabelCCA"]
    assert results["facts"]["split"] == "official" and results["published"]
    assert "text91" in (whole / "report.html").read_text()


def untimed(page, results):
    """A page without how long queries took, which differs from run to run: the cell after that of the folds."""
    for row in results["systems"]:
        time = rf"({row['folds']:.4f}\D{{1,40}}){re.escape(format(row['milliseconds'], '.3g'))}(?![\d.])"
        page, times = re.subn(time, r"\1", page)
        assert times
    return page


@pytest.mark.slow
def test_a_killed_run_goes_on_and_gives_the_same_table(wikipedia, whole, tmp_path):
    folder = tmp_path / "R"
    command = [
        sys.executable,
        "-m",
        "classicxm.cli",
        "compare",
        f"wikipedia:{wikipedia}",
        "-o",
        folder,
        *ASKED,
    ]
    process = subprocess.Popen(
        [str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    steps = folder / "journal"
    while process.poll() is None and not (steps.exists() and len(list(steps.glob("*.npz"))) >= 2):
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = {path: path.stat().st_mtime_ns for path in steps.glob("*.npz")}
    assert done and not (folder / "results.json").exists()
    assert run("compare", f"wikipedia:{wikipedia}", "-o", folder, *ASKED).exit_code == 0
    assert all(path.stat().st_mtime_ns == written for path, written in done.items())
    found = [json.loads((one / "results.json").read_text()) for one in (folder, whole)]
    for name in ("table.md", "table.tex", "report.html"):
        pages = [
            untimed((one / name).read_text(), facts)
            for one, facts in zip((folder, whole), found, strict=True)
        ]
        assert pages[0] == pages[1]
    systems = [[{**row, "milliseconds": None} for row in facts["systems"]] for facts in found]
    assert systems[0] == systems[1]


@pytest.mark.slow
def test_embeddings_stand_beside_published_features(wikipedia, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "deep.npz", image=rng.random((120, 4)), ids=[f"image{i}" for i in rng.permutation(120)]
    )
    few = ("--aligners", "PLS", "--distances", "cosine", "--folds", 2, "--n-jobs", 1)
    result = run(
        "compare",
        f"wikipedia:{wikipedia}",
        "--embeddings",
        f"deep={tmp_path / 'deep.npz'}",
        *few,
        "--json",
        "-o",
        tmp_path / "R",
    )
    systems = json.loads(result.stdout)["systems"]
    assert [system["features"] for system in systems] == ["published", "deep"]
    assert "image from deep.npz; text as in published" in (tmp_path / "R" / "table.md").read_text()
    np.save(tmp_path / "short.npy", np.ones((7, 4)))
    for entry, words in [
        (f"short:image={tmp_path / 'short.npy'}", "has 7 rows and no ids, but 120 items were asked for"),
        (f"short={tmp_path / 'short.npy'}", "holds no array named after image or text; write short:image="),
        (f"deep:audio={tmp_path / 'deep.npz'}", "'audio' is not compared here; choose one of image, text"),
        (f"published={tmp_path / 'deep.npz'}", "features of that name exist already"),
        ("deep", "must be NAME=FILE or NAME:MODALITY=FILE"),
    ]:
        refused(
            run("compare", f"wikipedia:{wikipedia}", "--embeddings", entry, *few, "-o", tmp_path / "S"), words
        )


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    return folder, make_scenes(60, folder=folder, modalities=("text", "image", "audio"))


def test_modalities_of_a_collection_are_chosen(scenes, tmp_path):
    folder, _ = scenes
    asked = (
        "--modalities",
        "audio,text",
        "--aligners",
        "PLS",
        "--relevance",
        "instance",
        "--folds",
        2,
        "--n-jobs",
        1,
    )
    result = run("compare", folder, *asked, "-o", tmp_path / "R", "--json")
    assert result.exit_code == 0, result.output
    results = json.loads(result.stdout)
    assert list(results["systems"][0]["directions"]) == ["audio→text", "text→audio"]
    assert results["relevance"] == "instance" and list(results["floors"]["baseline"]) == ["random"]
    assert not (tmp_path / "R" / "journal" / "described").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--aligners", "CCA,DCCA"], "unknown aligner 'DCCA'; choose one of CCA, PLS"),
        (["--aligners", "CCA,cca"], "aligners must be named once each"),
        (["--distances", "manhattan"], "unknown distance 'manhattan'; choose one of euclidean"),
        (["--indexes", "exact,tree"], "unknown index 'tree'; choose one of exact, lsh, hamming, nearpy"),
        (["--features", "deep"], "unknown features 'deep'; choose one of baseline, standard, strong"),
        (["--modalities", "text"], "at least two different modalities, got text"),
        (["--modalities", "text,video"], "has text, image, audio, not 'video'"),
        (["--protocol", "trec"], "unknown protocol 'trec'; choose one of wiki"),
        (["--measures", "speed"], "no measure 'speed'; give one of AP"),
        (["--folds", "1"], "n_folds must be an integer of at least 2, got 1"),
        (["--baseline", "SM", "--aligners", "CCA"], "baseline must be one of CCA, got 'SM'"),
        (
            ["--relevance", "instance", "--aligners", "SM"],
            "aligner SM learns from labels; without them choose one of CCA",
        ),
        (["--holdout", 0.2], "hold out items of a collection without splits only"),
        (["--test", "speaker=9"], "--test must be COLUMN=VALUE of some items"),
        (["--embeddings", "clip=none.npz"], "none.npz"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(scenes, tmp_path, change, words):
    refused(run("compare", scenes[0], "-o", tmp_path / "R", "--n-jobs", 1, *change), words)
    assert not (tmp_path / "R" / "results.json").exists()


@pytest.mark.parametrize(
    ("rewrite", "words"),
    [
        (lambda r: r.pop("split"), "has no items in split 'train' (it has no splits at all); mark items"),
        (lambda r: r.update(split="test"), "has no items in split 'train' (it has 'test')"),
        (lambda r: r.pop("label"), "has no label, and what shares a label is relevant"),
        (lambda r: r.update(label="one"), "the training items have 1 class(es); at least 2 are needed"),
    ],
)
def test_collections_that_cannot_be_compared(scenes, tmp_path, rewrite, words):
    records = [
        {key: record[key] for key in ("id", "text", "image", "label", "split")} for record in scenes[1]
    ]
    for record in records:
        rewrite(record)
    Collection(records).write_manifest(tmp_path / "manifest.jsonl")
    asked = ("--n-jobs", 1, "--aligners", "CCA", "--allow-outside")
    refused(run("compare", tmp_path, "-o", tmp_path / "R", *asked), words)


def test_a_folder_of_something_else_is_refused_before_anything_is_done(scenes, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    refused(run("compare", scenes[0], "-o", tmp_path), "exists and is not a report")
    assert os.listdir(tmp_path) == ["thesis.txt"]


def refused(result, words):
    assert result.exit_code == 2, result.output
    lines = [line for line in result.stderr.splitlines() if line.startswith("classicxm:")]
    assert len(lines) == 1 and words in lines[0] and "Traceback" not in result.output


@pytest.mark.slow
def test_a_collection_without_splits_holds_out_what_fit_does(tmp_path):
    scenes = make_scenes(60, folder=tmp_path / "scenes", modalities=("text", "image"))
    plain = [
        {key: value for key, value in record.items() if key not in ("split", "label")} for record in scenes
    ]
    whole = tmp_path / "scenes" / "whole.jsonl"
    Collection(plain).write_manifest(whole)
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "clip.npz", image=rng.normal(size=(60, 8)), text=rng.normal(size=(60, 8)), ids=scenes.ids
    )
    usual = ("--aligners", "CCA,Identity", "--distances", "cosine", "--folds", 2, "--n-jobs", 1)
    brought = ("--embeddings", f"clip={tmp_path / 'clip.npz'}", "--relevance", "instance")
    refused = run("compare", whole, *usual, *brought, "-o", tmp_path / "report")
    assert refused.exit_code == 2 and "give --holdout 0.2 or --test COLUMN=VALUE" in refused.stderr
    result = run("compare", whole, *usual, *brought, "--holdout", 0.2, "-o", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert "12 test items searched among 12, 48 training items" in result.stdout, result.stdout
    assert json.loads((tmp_path / "report/results.json").read_text())["facts"]["split"].startswith(
        "no splits, so 0.2"
    )
