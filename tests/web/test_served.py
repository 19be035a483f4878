"""Models that are served: replaced, changed, undone."""

import numpy as np
import pytest

from classicxm.web.served import ADDED, Change, ServedModel, Source, named
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def model():
    return ServedModel("m", plain_retriever(images={"a": [1, 0], "b": [0, 1]}, texts={"a": [1, 1]}))


def test_every_change_has_a_mark(model):
    before = model.now.mark
    model.remove(["a"])
    assert model.now.mark != before and "a" not in model.now.retriever.indexes_["image"]


def test_removing_is_of_all_or_none(model):
    with pytest.raises(KeyError, match="nobody"):
        model.remove(["a", "nobody"])
    assert "a" in model.now.retriever.indexes_["text"]


def test_a_change_that_cannot_be_saved_is_undone(model, tmp_path, monkeypatch):
    model.source = Source(str(tmp_path / "model"))
    monkeypatch.setattr(Source, "state", lambda self: None)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(model.now.retriever), "save", full)
    with pytest.raises(OSError):
        model.remove(["a"])
    retriever = model.now.retriever
    assert "a" in retriever.indexes_["image"] and "a" in retriever.indexes_["text"]
    assert retriever.payload_["a"] == {"letter": "a"}
    np.testing.assert_allclose(retriever.indexes_["image"].vectors(["a"]), [[1, 0]])


def test_media_of_an_addition_are_kept_below_the_collection(tmp_path):
    retriever = plain_retriever()
    change = Change("new", {"image": [1.0, 0.0]}, {})
    change.keep(retriever, "image", b"pixels", ".png")
    assert change.files == [] and change.payload == {}  # there is no collection on disk
    retriever.root_ = str(tmp_path)
    change.keep(retriever, "image", b"pixels", ".png")
    (path,) = change.files
    assert path.parent == tmp_path / ADDED and change.payload["image"] == f"{ADDED}/{path.name}"
    change.apply(retriever)
    assert "new" in retriever.indexes_["image"] and retriever.payload_["new"]["image"]
    change.undo(retriever)
    assert "new" not in retriever.indexes_["image"] and not path.exists()


def test_an_item_that_cannot_be_added_leaves_nothing(tmp_path):
    retriever = plain_retriever()
    retriever.root_ = str(tmp_path)
    change = Change("new", {"image": [1.0, 0.0], "audio": [1.0, 0.0]}, {})
    change.keep(retriever, "image", b"pixels", ".png")
    with pytest.raises(ValueError, match="this model knows text, image, not 'audio'"):
        change.apply(retriever)
    assert "new" not in retriever.indexes_["image"] and not change.files[0].exists()


def test_names_that_occur_twice_are_numbered(saved, tmp_path):
    models = named([Source(str(saved)), Source(str(saved))])
    assert [model.name for model in models] == [saved.name, f"{saved.name}-2"]
    assert not models[0].reload() and Source(str(tmp_path)).state() is None
    with pytest.raises(ValueError, match="has neither a retriever nor a folder"):
        ServedModel("m")
