"""Every view described once, and which items have all of them."""

import numpy as np
import pytest

from classicxm.image import ColorHistogram
from classicxm.retrieval.paired_views import check_extractors, described_views
from classicxm.text import TfidfText

PARTS = {"text": TfidfText(), "image": ColorHistogram()}
PICTURE = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)


def test_views_are_those_of_the_extractors():
    check_extractors(PARTS, {"image": [], "text": []})
    with pytest.raises(
        ValueError, match=r"views must be \['image', 'text'\], as the extractors, got \['text'\]"
    ):
        check_extractors(PARTS, {"text": []})
    with pytest.raises(ValueError, match="a modality must be one of text, image, audio, video, got 'smell'"):
        check_extractors({"smell": TfidfText()}, {"smell": []})


def test_items_without_a_view_and_those_that_cannot_be_read(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    views = {
        "text": ["red car", "blue car", "red dog", None],
        "image": [PICTURE, tmp_path / "a.jpg", PICTURE, PICTURE],
    }
    found = described_views(PARTS, views, list("abcd"), np.ones(4, bool), {"on_error": "skip"})
    assert found.complete.tolist() == [True, False, True, False]
    assert found.features["image"][1].tolist() == [0, 2, 3] and found.features["text"][1].tolist() == [
        0,
        1,
        2,
    ]
    assert [note.id for note in found.skipped] == ["b"]
    assert not hasattr(PARTS["text"], "vectorizer_")  # clones are fitted


def test_words_of_items_that_are_not_learned_from_are_unknown():
    views = {"text": ["red car", "blue dog"], "image": [PICTURE, PICTURE]}
    found = described_views(PARTS, views, ["a", "b"], np.array([True, False]), {})
    assert found.extractors["text"].get_feature_names_out().tolist() == ["car", "red"]
    assert [note.id for note in found.empty] == ["b"] and len(found.features["text"][0]) == 2


def test_nothing_to_learn_from():
    views = {"text": ["red", None], "image": [None, PICTURE]}
    with pytest.raises(ValueError, match="no item to learn from has all of text, image"):
        described_views(PARTS, views, ["a", "b"], np.ones(2, bool), {})
