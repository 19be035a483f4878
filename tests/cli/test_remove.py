"""``classicxm remove``: items forgotten for good, or none."""

import shutil

import pytest

from classicxm.retrieval import CrossModalRetriever


@pytest.fixture
def model(cli_model, tmp_path):
    return shutil.copytree(cli_model, tmp_path / "model")


def test_items_are_gone(command, model):
    result = command("remove", model, "scene-0001", "scene-0002")
    assert result.exit_code == 0 and "2" in result.stdout
    retriever = CrossModalRetriever.load(model)
    assert "scene-0001" not in retriever.payload_ and len(retriever.indexes_["image"]) == 38


def test_unknown_ids_change_nothing(command, model):
    result = command("remove", model, "scene-0001", "scene-9999")
    assert result.exit_code == 2 and "id 'scene-9999' is not in the model; did you mean" in result.stderr
    assert len(CrossModalRetriever.load(model).indexes_["image"]) == 40
