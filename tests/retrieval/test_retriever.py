"""The whole road on synthetic scenes: fit, add, search across every pair, remove, save and load."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA
from classicxm.base import Extractor
from classicxm.comparison import assess
from classicxm.datasets import Collection, make_scenes
from classicxm.encoding import FeatureBlocks
from classicxm.errors import DamagedFileError, IgnoredSettingWarning, ItemError, UnpairedViewsError
from classicxm.image import HOG, ColorHistogram
from classicxm.persistence import save
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.description import set_execution
from classicxm.text import TfidfText


def new_retriever(**settings):
    image = FeatureBlocks([("color", ColorHistogram()), ("hog", HOG(image_size=(32, 32)))])
    return CrossModalRetriever(
        {"text": TfidfText(), "image": image}, CCA(n_components=8, ridge=0.1), **settings
    )


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(150, modalities=("text", "image"))


@pytest.fixture(scope="module")
def fitted(scenes):
    return new_retriever().fit_collection(scenes)


@pytest.mark.parametrize(
    ("source", "target"), [("text", "image"), ("image", "text"), ("image", "image"), ("text", "text")]
)
def test_training_items_find_their_partners(fitted, scenes, source, target):
    training = scenes.split("train")
    ids, scores = fitted.search_batch({source: training.column(source)}, target, k=10)
    found = np.mean([key in row for key, row in zip(training.ids, ids, strict=True)])
    assert found > (0.95 if source == target else 0.5)  # 10 of 150 by chance is .07
    assert (np.diff(scores, axis=1) <= 0).all()


def test_held_out_items_beat_both_floors(fitted, scenes):
    assessment = assess(fitted, scenes.split("test"), training=scenes.split("train"))
    maps = [f for f in assessment.figures if f.measure == "mAP"]
    assert {f.direction for f in maps} == {"text->image", "image->text"}
    for figure in maps:
        assert figure.low <= figure.value <= figure.high
        assert figure.value > 1.5 * max(figure.random, figure.query_blind)
        assert (figure.n_queries, figure.n_items) == (len(scenes.split("test")),) * 2
    assert len(assessment.table()) == len(assessment.figures) + 1


def test_hits_carry_scores_and_payload(fitted, scenes):
    hits = fitted.search({"text": "a red circle"}, target="image", k=3)
    assert len(hits) == 3
    assert all(
        hit.payload["label"] == dict(zip(scenes.ids, scenes.labels, strict=True))[hit.id] for hit in hits
    )
    allowed = scenes.ids[:5]
    assert {hit.id for hit in fitted.search({"text": "a red circle"}, "image", k=10, allowed=allowed)} == set(
        allowed
    )


def test_several_modalities_are_averaged(fitted, scenes):
    record = scenes[0]
    hits = fitted.search({"text": record["text"], "image": record["image"]}, "image", k=1)
    assert hits[0].id == record["id"]


def test_a_pipeline_serves_as_extractor(scenes):
    retriever = CrossModalRetriever(
        {"text": TfidfText(), "image": make_pipeline(ColorHistogram(), StandardScaler())}, CCA(n_components=4)
    ).fit_collection(scenes)
    assert len(retriever.indexes_["image"]) == 150
    assert retriever.search({"text": "a blue square"}, "image", k=1)


def test_fit_then_add_equals_fit_collection(fitted, scenes):
    training = scenes.split("train")
    views = {m: training.column(m) for m in ("text", "image")}
    retriever = new_retriever().fit(views, ids=training.ids)
    for modality in ("text", "image"):
        retriever.add(modality, scenes.column(modality), scenes.ids)
    query = {"text": ["a green star"]}
    for one, other in zip(
        retriever.search_batch(query, "image"), fitted.search_batch(query, "image"), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_add_and_remove(scenes):
    retriever = new_retriever().fit_collection(scenes)
    retriever.add("text", ["a purple zebra"], ["zebra"], [{"text": "a purple zebra"}])
    assert [h.payload for h in retriever.search({"text": "purple zebra"}, "text", allowed=["zebra"])] == [
        {"text": "a purple zebra"}
    ]
    retriever.remove(["zebra", scenes.ids[0]])
    assert len(retriever.indexes_["text"]) == 149 and len(retriever.indexes_["image"]) == 149
    with pytest.raises(KeyError, match="zebra"):
        retriever.remove(["zebra"])
    with pytest.raises(UnpairedViewsError, match="got 1 items, 2 ids"):
        retriever.add("text", ["a"], ["x", "y"])


def test_items_lacking_a_modality_are_indexed_not_learned_from(scenes):
    records = [dict(record) for record in scenes]
    del records[0]["image"], records[1]["text"]
    retriever = new_retriever().fit_collection(Collection(records, name="holes"))
    assert len(retriever.indexes_["image"]) == len(retriever.indexes_["text"]) == 149
    assert records[0]["id"] not in retriever.indexes_["image"]


def test_a_broken_item_stops_with_its_id_or_is_skipped(scenes, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    records = [dict(record) for record in scenes]
    position = next(i for i, r in enumerate(records) if r["split"] == "train")
    records[position]["image"] = broken
    collection = Collection(records, name="one broken")
    with pytest.raises(
        ItemError, match=rf"item '{records[position]['id']}': image .*broken.jpg is not a readable"
    ):
        new_retriever().fit_collection(collection)
    retriever = new_retriever(on_error="skip").fit_collection(collection)
    assert [(note.id, note.modality) for note in retriever.skipped_] == [(records[position]["id"], "image")]
    assert (len(retriever.indexes_["image"]), len(retriever.indexes_["text"])) == (149, 150)


def test_flat_pictures_and_unknown_words_are_noted_and_kept(scenes):
    records = [dict(record) for record in scenes]
    records[3]["image"] = np.full((1, 1, 3), 90, np.uint8)
    retriever = new_retriever().fit_collection(Collection(records, name="flat"))
    assert not retriever.empty_  # it has a colour
    retriever.set_params(extractors={"text": TfidfText(), "image": HOG(image_size=(32, 32))})
    retriever.fit_collection(Collection(records, name="flat"))
    assert [(note.id, note.modality) for note in retriever.empty_] == [(records[3]["id"], "image")]
    assert "nothing to describe" in str(retriever.empty_[0]) and len(retriever.indexes_["image"]) == 150


def test_saved_and_loaded_answers_are_equal(fitted, scenes, tmp_path):
    again = CrossModalRetriever.load(fitted.save(tmp_path / "model"))
    query = {"image": scenes.column("image")[:20]}
    for one, other in zip(again.search_batch(query, "text"), fitted.search_batch(query, "text"), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.payload_ == fitted.payload_
    again.add("text", ["more"], ["more"])
    with pytest.raises(DamagedFileError, match="holds a TfidfText, not a CrossModalRetriever"):
        CrossModalRetriever.load(save(TfidfText().fit(["a b c dog"]), tmp_path / "other"))


def test_cached_descriptions_are_not_made_again(scenes, tmp_path, monkeypatch):
    new_retriever(cache=tmp_path).fit_collection(scenes)
    monkeypatch.setattr(HOG, "describe", lambda self, item: pytest.fail("described again"))
    assert len(new_retriever(cache=tmp_path).fit_collection(scenes).indexes_["image"]) == 150


def test_scikit_learn_manners():
    retriever = new_retriever(on_error="skip")
    assert clone(retriever).get_params()["on_error"] == "skip"
    assert "CrossModalRetriever" in repr(retriever)
    with pytest.raises(NotFittedError):
        retriever.search({"text": "a"}, "image")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda r: r.search({"sound": "a"}, "image"),
            ValueError,
            "this model knows text, image, not 'sound'",
        ),
        (lambda r: r.search({"text": "a"}, "audio"), ValueError, "this model knows text, image, not 'audio'"),
        (lambda r: r.search({}, "image"), TypeError, "expected a dict"),
        (
            lambda r: r.search({"text": "a"}, "image", k=0),
            ValueError,
            "k must be an integer of at least 1, got 0",
        ),
        (lambda r: r.fit({"text": ["a"]}), ValueError, r"views must be \['image', 'text'\]"),
        (lambda r: r.fit({"text": ["a"], "image": []}), UnpairedViewsError, "position i of every view"),
    ],
)
def test_wrong_calls_say_what_was_expected(fitted, call, error, words):
    with pytest.raises(error, match=words):
        call(fitted)


def test_bad_parameters():
    with pytest.raises(ValueError, match="aligner must be Aligner, got 'cca'"):
        CrossModalRetriever({"text": TfidfText(), "image": HOG()}, "cca").fit({"text": ["a"], "image": ["b"]})
    with pytest.raises(ValueError, match="a modality must be one of text, image, audio, video, got 'smell'"):
        CrossModalRetriever({"smell": TfidfText(), "image": HOG()}, CCA()).fit(
            {"smell": ["a"], "image": ["b"]}
        )


class Brightness(Extractor):
    """Mean red, green and blue; takes no execution parameters."""

    modality = "image"

    def describe(self, item):
        return item.mean(axis=(0, 1))


def test_a_setting_that_an_extractor_does_not_take_is_named():
    scenes = make_scenes(24, modalities=("text", "image"))
    parts = {"text": TfidfText(), "image": Brightness()}
    with pytest.warns(IgnoredSettingWarning, match="Brightness takes no cache, so cache='kept' does not"):
        set_execution(parts["image"], cache="kept")
    with pytest.warns(IgnoredSettingWarning, match="Brightness takes no on_error"):
        CrossModalRetriever(parts, CCA(2), on_error="skip").fit_collection(scenes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CrossModalRetriever(parts, CCA(2), on_error="raise").fit_collection(scenes)
