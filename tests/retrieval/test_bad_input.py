"""What is not a query, an id, a payload or a number of answers: one line that says so, and nothing half done."""

import copy

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.comparison import assess
from classicxm.datasets import make_scenes
from classicxm.errors import EmptyDescriptionWarning
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def plain():
    return plain_retriever(texts={"a": [1, 0]}, images={"a": [1, 0], "b": [0, 1]})


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(40, size=32, modalities=("text", "image"))


@pytest.fixture(scope="module")
def retriever(scenes):
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    return CrossModalRetriever(extractors, CCA(n_components=4)).fit_collection(scenes)


def test_more_answers_than_items_take_no_more_room_than_the_items(plain):
    for k in (3, 10**25):
        assert len(plain.search({"text": [1.0, 0.0]}, "image", k)) == 2
        assert len(plain.recommend(["a"], "any", k, diversity=1, exclude_seen=False)) == 2


def test_the_largest_weights_have_a_mean(plain):
    query = {"text": [1.0, 0.0], "image": [0.0, 1.0]}
    huge = plain.search(query, "image", 2, weights={"text": 1.7e308, "image": 1.7e308})
    assert [hit.score for hit in huge] == [hit.score for hit in plain.search(query, "image", 2)]
    assert huge[0].score == pytest.approx(0.5**0.5)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (
            lambda m: m.search({"id": ["a"]}, "image"),
            TypeError,
            r"an id must be a str or an int, got \['a'\]",
        ),
        (lambda m: m.search("a", ["image"]), ValueError, r"knows text, image, not \['image'\]"),
        (lambda m: m.annotate("red"), TypeError, "expected a dict such as .*, got 'red'"),
        (lambda m: m.annotate(None), TypeError, "expected a dict such as .*, got None"),
        (lambda m: m.remove("ab"), TypeError, "got the single str 'ab'; put it in a list"),
        (lambda m: m.remove(5), TypeError, "ids must be a collection of ids, got 5"),
        (lambda m: m.add("text", [[1, 0]], ["c"], ["red"]), TypeError, "item 'c': a payload must be a dict"),
        (
            lambda m: m.add("text", [[1, 0]], ["c"], [{"a": np.float32(1)}]),
            TypeError,
            "item 'c': a payload must hold JSON values only",
        ),
        (lambda m: m.with_execution(n_jobs=0), ValueError, "n_jobs must be None or an integer .* got 0"),
    ],
)
def test_one_line_says_what_was_expected(plain, ask, error, words):
    with pytest.raises(error, match=words):
        ask(plain)
    assert len(plain.indexes_["text"]) == 1 and list(plain.payload_) == ["a", "b"]


def test_ids_of_numpy_and_names_that_are_not_unicode_survive_saving(retriever, scenes, tmp_path):
    named = {"file": b"\xe9.png".decode("utf-8", "surrogateescape")}
    model = copy.deepcopy(retriever).add("image", [scenes[0]["image"]], np.array([7]), [named])
    model.add("image", [scenes[0]["image"]], [named["file"]])
    loaded = CrossModalRetriever.load(model.save(tmp_path / "model"))
    assert loaded.payload_ == model.payload_ and loaded.payload_[7] == named
    assert named["file"] in loaded.indexes_["image"] and 7 in loaded.indexes_["image"]


def test_a_history_may_be_read_once_only(plain):
    assert [hit.id for hit in plain.recommend(iter(["a"]), "image")] == ["b"]


def test_texts_without_a_known_word_warn(retriever):
    with pytest.warns(EmptyDescriptionWarning, match=r"text query 1 \(of 2 of 3 queries\)"):
        retriever.search_batch({"text": ["red", "красный", ""]}, "image", 1)


def test_every_protocol_is_measured(retriever, scenes):
    figures = {p: assess(retriever, scenes.split("test"), p).figures[0] for p in ("wiki", "trec", "11pt")}
    assert figures["trec"].value == pytest.approx(figures["wiki"].value)  # no ties, and no cutoff


def test_a_collection_of_one_modality_is_named(retriever, scenes):
    only = make_scenes(10, size=32, modalities=("text",))
    with pytest.raises(ValueError, match=r"items of text only; measuring needs items of two .* text, image"):
        assess(retriever, only)
