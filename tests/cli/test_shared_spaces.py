"""Embeddings of one model brought as files: compared as they are, and beside what is learned of them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.comparison import Comparing, FeatureSet, load_comparison
from classicxm.datasets import make_scenes

N, WIDTH = 90, 64


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """Scenes, and a pair of arrays in one space: a common vector per item, and noise of its own per modality."""
    folder = tmp_path_factory.mktemp("shared space")
    scenes = make_scenes(N, folder=folder / "scenes", modalities=("text", "image"))
    rng = np.random.default_rng(0)
    common = rng.normal(size=(N, WIDTH))
    views = {m: common + 0.8 * rng.normal(size=(N, WIDTH)) for m in ("image", "text")}
    np.savez(folder / "clip.npz", **views, ids=scenes.ids)
    return folder, scenes, {m: X / np.linalg.norm(X, axis=1, keepdims=True) for m, X in views.items()}


@pytest.fixture(scope="module")
def report(workshop):
    folder, _, _ = workshop
    result = run(
        *(
            "compare",
            folder / "scenes",
            "--embeddings",
            f"clip={folder / 'clip.npz'}",
            "-o",
            folder / "report",
        ),
        *("--aligners", "CCA,Identity", "--baseline", "CCA", "--relevance", "instance", "--folds", 2),
        *("--distances", "euclidean,cosine", "--n-jobs", 1, "--json"),
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), folder / "report"


@pytest.mark.slow
def test_the_raw_cosine_is_a_row_beside_the_learned_alignment(workshop, report):
    _, scenes, unit = workshop
    rows = {(row["features"], row["aligner"]): row for row in report[0]["systems"]}
    assert ("clip", "Identity") in rows and ("clip", "CCA") in rows
    assert ("baseline", "Identity") not in rows  # its views have different widths
    zero_shot = rows["clip", "Identity"]
    assert (zero_shot["space"], zero_shot["distance"]) == ("subspace", "cosine")
    test = [n for n, split in enumerate(scenes.column("split")) if split == "test"]
    scores = unit["image"][test] @ unit["text"][test].T
    own = np.diag(scores)
    expected = np.mean([np.mean(1 / (own[:, None] <= S).sum(axis=1)) for S in (scores, scores.T)])
    assert zero_shot["mean"] == pytest.approx(expected, abs=1e-9)
    assert zero_shot["mean"] > 0.9


@pytest.mark.slow
def test_columns_count_queries_against_the_baseline_and_time_them(report):
    results, folder = report
    comparison = load_comparison(folder)
    systems = {(s.trial.features, s.trial.aligner): s for s in comparison.systems()}
    base = comparison.per_query(systems["baseline", "CCA"])
    for row in results["systems"]:
        key = row["features"], row["aligner"]
        assert row["milliseconds"] > 0
        if key == ("baseline", "CCA"):
            assert row["against"] is None
            continue
        values = comparison.per_query(systems[key])
        assert row["against"]["better"] == (values > base + 1e-6).sum()
        assert row["against"]["worse"] == (values < base - 1e-6).sum()
        assert sum(row["against"].values()) == values.size
    head = next(
        line for line in (folder / "table.md").read_text(encoding="utf-8").splitlines() if "better" in line
    )
    cells = [cell.strip() for cell in head.strip("|").split("|")]
    assert cells.index("equal") == cells.index("better") + 2 and "ms per query" in cells
    assert "zero-shot" in (folder / "report.html").read_text(encoding="utf-8")


def test_by_default_equal_wide_views_are_compared_as_they_are_too():
    def asked(aligners, *widths):
        views = {m: np.ones((4, width)) for m, width in zip(("image", "text"), widths, strict=True)}
        return Comparing(aligners)._adds_zero_shot(
            SimpleNamespace(features={"one": FeatureSet(views, views)})
        )

    assert asked(None, 64, 64) and not asked(["CCA"], 64, 64)
    assert not asked(None, 64, 65) and not asked(None, 10, 10)


def test_a_retriever_of_embeddings_as_they_are(workshop, tmp_path):
    folder, scenes, unit = workshop
    result = run(
        *("fit", folder / "scenes", "-o", tmp_path / "model", "--embeddings", folder / "clip.npz"),
        *("--aligner", "identity", "--n-jobs", 1),
    )
    assert result.exit_code == 0, result.output
    info = json.loads(run("info", tmp_path / "model", "--json").stdout)
    assert info["aligner"] == "Identity()" and info["dimensions"] == {"text": WIDTH, "image": WIDTH}
    asked = ("search", tmp_path / "model", "--target", "text", "-k", 3, "--json")
    picture = scenes[4]["image"]
    found = json.loads(run(*asked, "--image", picture).stdout)
    scores = unit["text"] @ unit["image"][4]
    order = np.argsort(-scores)[:3]
    assert [hit["id"] for hit in found["hits"]] == [scenes.ids[n] for n in order]
    assert [hit["score"] for hit in found["hits"]] == pytest.approx(scores[order].tolist(), abs=1e-5)
    assert found["hits"][0]["payload"]["text"] == scenes[int(order[0])]["text"] and found["match"] is True


def test_such_a_retriever_is_measured_though_texts_are_looked_up_by_id(workshop, tmp_path):
    folder, scenes, unit = workshop
    fit = (
        "fit",
        folder / "scenes",
        "-o",
        tmp_path / "model",
        "--embeddings",
        folder / "clip.npz",
        "--n-jobs",
        1,
    )
    assert run(*fit, "--aligner", "identity").exit_code == 0
    figures = tmp_path / "figures.json"
    result = run("evaluate", tmp_path / "model", folder / "scenes", "--n-jobs", 1, "--json", figures)
    assert result.exit_code == 0, result.output
    test = [n for n, split in enumerate(scenes.column("split")) if split == "test"]
    scores = unit["text"][test] @ unit["image"][test].T
    first = np.mean(scores.argmax(axis=1) == np.arange(len(test)))
    found = {(f["direction"], f["measure"]): f["value"] for f in json.loads(figures.read_text())["figures"]}
    assert found["text->image", "Success@1"] == pytest.approx(first)


def test_a_learned_alignment_of_the_same_embeddings_stands_beside_it(workshop, tmp_path):
    folder, _, _ = workshop
    files = [f"{m}={folder / 'clip.npz'}" for m in ("image", "text")]
    result = run(
        *("fit", folder / "scenes", "-o", tmp_path / "model", "--quick", "--n-jobs", 1),
        *(part for file in files for part in ("--embeddings", file)),
    )
    assert result.exit_code == 0, result.output
    assert json.loads(run("info", tmp_path / "model", "--json").stdout)["aligner"].startswith("CCA(")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--embeddings", "audio=CLIP"], "--embeddings must be FILE or MODALITY=FILE of text, image"),
        (["--embeddings", "CLIP", "--extractor", "image=LBP"], "image was given two descriptions"),
        (["--aligner", "identity"], "without alignment views must share a space"),
        (["--aligner", "identiti"], "did you mean 'Identity'?"),
    ],
)
def test_what_cannot_be_is_named(workshop, tmp_path, options, words):
    folder, _, _ = workshop
    options = [option.replace("CLIP", str(folder / "clip.npz")) for option in options]
    parts = (
        ["--extractor", "text=TfidfText", "--extractor", "image=ColorHistogram"]
        if "identity" in options
        else []
    )
    result = run("fit", folder / "scenes", "-o", tmp_path / "m", "--n-jobs", 1, *parts, *options)
    assert result.exit_code == 2 and words in result.stderr, result.output
