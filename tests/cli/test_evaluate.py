"""Honest figures on the command line: what was learned from is marked or refused, what was held out is measured."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import Collection, make_scenes
from classicxm.datasets.partition import hold_out
from classicxm.errors import CollectionError
from classicxm.retrieval import CrossModalRetriever


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Scenes with their splits, and the same without."""
    parent = tmp_path_factory.mktemp("honest")
    scenes = make_scenes(60, folder=parent / "split", modalities=("text", "image"))
    (parent / "whole").mkdir()
    records = [{k: v for k, v in record.items() if k != "split"} for record in scenes]
    Collection(records).write_manifest(parent / "split" / "whole.jsonl")
    return parent / "split"


def fitted(folder, model, *options):
    return run("fit", folder, "-o", model, "--recipe", "baseline", "--n-jobs", 1, *options)


@pytest.mark.slow
def test_what_was_learned_from_is_said_and_marked(folder, tmp_path):
    told = fitted(folder, tmp_path / "m")
    n_train = sum(
        json.loads(row)["split"] == "train" for row in (folder / "manifest.jsonl").read_text().splitlines()
    )
    assert f"learned from {n_train} items, indexed {60 - n_train} more without learning" in told.stdout
    assert f"warning: {n_train} pairs are few to learn from" in told.stdout
    clean = run("evaluate", tmp_path / "m", folder, "--n-jobs", 1, "--json", tmp_path / "f.json")
    assert clean.exit_code == 0 and "seen:" not in clean.stdout and "*" not in clean.stdout
    assert {figure["seen"] for figure in json.loads((tmp_path / "f.json").read_text())["figures"]} == {0}
    mixed = run("evaluate", tmp_path / "m", folder, "--split", "all", "--n-jobs", 1)
    assert mixed.stdout.startswith(f"seen: the model learned from {n_train} of the 60 items")
    rows = [line for line in mixed.stdout.splitlines() if "->" in line]
    assert rows and all("*" in row for row in rows)


@pytest.mark.slow
def test_all_seen_is_refused_unless_asked_for(folder, tmp_path):
    fitted(folder, tmp_path / "m", "--split", "all")
    refused = run("evaluate", tmp_path / "m", folder, "--n-jobs", 1)
    assert refused.exit_code == 2 and "the model learned from all of the" in refused.stderr
    assert "--holdout 0.2" in refused.stderr and "--seen" in refused.stderr
    asked = run("evaluate", tmp_path / "m", folder, "--seen", "--n-jobs", 1, "--json", tmp_path / "f.json")
    assert asked.exit_code == 0 and "*" in asked.stdout
    assert min(figure["seen"] for figure in json.loads((tmp_path / "f.json").read_text())["figures"]) > 0


@pytest.mark.slow
def test_a_part_is_held_out_and_measured_by_default(folder, tmp_path):
    told = fitted(folder / "whole.jsonl", tmp_path / "m", "--holdout", 0.25, "--seed", 3)
    assert "15 of them are held out, and evaluate measures on those" in told.stdout
    retriever = CrossModalRetriever.load(tmp_path / "m")
    assert len(retriever.held_out_ids_) == 15 and len(retriever.learned_ids_) == 45
    assert not set(retriever.held_out_ids_) & set(retriever.learned_ids_)
    measured = run("evaluate", tmp_path / "m", folder / "whole.jsonl", "--n-jobs", 1)
    assert measured.exit_code == 0 and "15 x 15" in measured.stdout and "*" not in measured.stdout
    named = run("evaluate", tmp_path / "m", folder / "whole.jsonl", "--n-jobs", 1, "--split", "test")
    assert named.stdout == measured.stdout  # as docs/start.md asks
    both = fitted(folder / "whole.jsonl", tmp_path / "n", "--holdout", 0.2, "--split", "all")
    assert both.exit_code == 2 and "give one of the two" in both.stderr
    with_splits = fitted(folder, tmp_path / "n", "--holdout", 0.2)
    assert with_splits.exit_code == 2 and "has the splits 'train', 'test'" in with_splits.stderr


def test_classes_keep_their_shares():
    labels = ["a"] * 50 + ["b"] * 30 + ["c"] * 20
    pets = Collection([{"id": str(n), "label": label} for n, label in enumerate(labels)])
    for seed in range(5):
        held = hold_out(pets, 0.2, seed).split("test").labels
        assert [held.count(name) for name in "abc"] == [10, 6, 4]
    assert hold_out(pets, 0.2, 1).split("test").ids != hold_out(pets, 0.2, 2).split("test").ids
    unlike = Collection([{"id": str(n), "label": f"of {n}"} for n in range(10)])
    assert len(hold_out(unlike, 0.3).split("test")) == 3
    plain = Collection([{"id": str(n), "text": "x"} for n in range(10)])
    assert len(hold_out(plain, 0.3).split("test")) == 3


@pytest.mark.parametrize("share", [0, 1.5, -1, np.nan])
def test_shares_that_are_none(share):
    with pytest.raises(ValueError, match="the share held out must be a number above 0"):
        hold_out(Collection([{"id": "a"}, {"id": "b"}]), share)


def test_too_few_to_hold_out():
    with pytest.raises(CollectionError, match="too few to hold out"):
        hold_out(Collection([{"id": "a"}]), 0.5)


@pytest.mark.slow
def test_without_splits_and_held_out_items_it_says_how_to_have_some(folder, tmp_path):
    whole = folder / "whole.jsonl"
    assert fitted(whole, tmp_path / "m", "--quick", "--extractor", "image=ColorHistogram").exit_code == 0
    refused = run("evaluate", tmp_path / "m", whole, "--n-jobs", 1)
    assert refused.exit_code == 2 and "whole has no splits and fit held nothing out" in refused.stderr
    assert "--holdout 0.2" in refused.stderr
    measured = run("evaluate", tmp_path / "m", whole, "--split", "all", "--seen", "--n-jobs", 1)
    assert measured.exit_code == 0, measured.output
