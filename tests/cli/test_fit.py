"""``classicxm fit``: from a collection to a model, and what does not go together."""

import shutil

import pytest

from classicxm.alignment import CCA, PrivateCCA
from classicxm.cli.fit import private_aligner
from classicxm.retrieval import CrossModalRetriever

QUICK = ("--extractor", "image=ColorHistogram", "--extractor", "text=TfidfText")


def test_a_model_of_a_folder(command, cli_scenes, tmp_path):
    result = command(
        "fit", cli_scenes, "-o", tmp_path / "model", "--recipe", "baseline", "--quick", "--n-jobs", 1, *QUICK
    )
    assert "40 text, 40 image items indexed by recipe baseline" in result.stdout
    assert "learned from 32 items, indexed 8 more without learning" in result.stdout
    assert "warning: 32 pairs are few to learn from" in result.stdout
    retriever = CrossModalRetriever.load(tmp_path / "model")
    assert isinstance(retriever.aligner_, CCA) and retriever.about_["recipe"] == "baseline"


def test_items_kept_aside_are_remembered(command, cli_scenes, tmp_path):
    plain = shutil.copytree(cli_scenes, tmp_path / "plain")
    manifest = plain / "manifest.jsonl"
    text = (
        manifest.read_text()
        .replace('"split": "test"', '"kind": "t"')
        .replace('"split": "train"', '"kind": "t"')
    )
    manifest.write_text(text)
    options = ("--recipe", "baseline", "--quick", "--holdout", 0.25, "--n-jobs", 1, *QUICK)
    result = command("fit", plain, "-o", tmp_path / "model", *options)
    assert "10 of them are held out" in result.stdout
    assert len(CrossModalRetriever.load(tmp_path / "model").held_out_ids_) == 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "line"),
    [
        ((), "aim class (20 of 32 items share a label with another): chose "),
        (("--aim", "partner"), "aim partner (as asked): chose "),
    ],
)
def test_what_choosing_was_for_is_said_and_kept(options, line, command, cli_scenes, tmp_path):
    chosen = ("--recipe", "baseline", "--n-jobs", 1, "--extractor", "image=ColorHistogram")
    result = command("fit", cli_scenes, "-o", tmp_path / "model", *chosen, *options)
    (said,) = [text for text in result.stdout.splitlines() if text.startswith("aim ")]
    assert said.startswith(line) and "folds of 32 items" in said
    told = command("info", tmp_path / "model").stdout
    assert f"selection aim {line.split()[1]}" in " ".join(told.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--quick", "--aim", "class"), "--aim is what choosing is for, and --quick skips choosing"),
        (
            ("--holdout", 0.2, "--split", "all"),
            "--holdout holds items out and --split all learns from them",
        ),
        (("--aligner", "CCA", "--aim", "class"), "leave nothing to choose by it"),
        (("--delta", 0.1), "--delta does nothing without --epsilon"),
        (("--seed", 1), "--seed draws what --holdout keeps aside"),
        (("--groups", "maker", "--quick"), "--groups are held out together by choosing and by --holdout"),
        (("--groups", "maker"), "has no column 'maker' of groups; it has"),
        (("--epsilon", 1.0), "--epsilon needs --recipe baseline"),
    ],
)
def test_what_does_not_go_together(options, message, command, cli_scenes, tmp_path):
    result = command("fit", cli_scenes, "-o", tmp_path / "model", *options)
    assert result.exit_code == 2 and message in result.stderr and not (tmp_path / "model").exists()


def test_nothing_is_written_over(command, cli_scenes, tmp_path):
    (tmp_path / "mine").write_text("x")
    result = command("fit", cli_scenes, "-o", tmp_path, "--quick")
    assert result.exit_code == 2 and (tmp_path / "mine").read_text() == "x"


def test_privacy_by_the_number_of_items():
    aligner = private_aligner("baseline", 100, 2.0, None)
    assert isinstance(aligner, PrivateCCA) and aligner.delta == pytest.approx(100**-1.1)
    assert private_aligner("standard", 100, None, None) is None
    with pytest.raises(ValueError, match="epsilon"):
        private_aligner("baseline", 100, -1.0, None)
