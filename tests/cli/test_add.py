"""``classicxm add``: new items into a saved model, which is as it was where that fails."""

import shutil

import cv2
import numpy as np
import pytest

from classicxm.retrieval import CrossModalRetriever


@pytest.fixture
def model(cli_model, tmp_path):
    return shutil.copytree(cli_model, tmp_path / "model")


@pytest.fixture
def new(tmp_path):
    folder = tmp_path / "new"
    folder.mkdir()
    cv2.imwrite(str(folder / "one.png"), np.full((32, 32, 3), 200, np.uint8))
    (folder / "one.txt").write_text("a grey square")
    return folder


def test_items_of_a_folder(command, model, new):
    result = command("add", model, new, "--n-jobs", 1)
    assert (
        result.exit_code == 0 and "1 item added" in result.stdout and "41 text, 41 image now" in result.stdout
    )
    assert "these files lie outside" in result.stderr
    assert CrossModalRetriever.load(model).payload_["one"]["text"]


def test_settings_of_this_run_stay_with_it(command, model, new):
    command("add", model, new, "--n-jobs", 1, "--on-error", "skip")
    extractor = CrossModalRetriever.load(model).extractors_["image"]
    assert (extractor.n_jobs, extractor.on_error) == (None, "raise")


def test_what_is_held_already(command, model, new):
    command("add", model, new, "--n-jobs", 1)
    result = command("add", model, new, "--n-jobs", 1)
    assert result.exit_code == 2 and "id 'one' is in the model already" in result.stderr
    assert command("add", model, new, "--n-jobs", 1, "--replace").exit_code == 0


def test_a_file_that_cannot_be_read(command, model, new):
    (new / "one.png").write_bytes(b"no picture")
    before = sorted(path.stat().st_ino for path in model.rglob("*"))
    result = command("add", model, new, "--n-jobs", 1)
    assert result.exit_code == 2 and "item 'one': image" in result.stderr
    assert sorted(path.stat().st_ino for path in model.rglob("*")) == before
