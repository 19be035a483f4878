"""From items to feature matrices, every message with the item's id."""

import copy
import datetime
import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from classicxm.errors import EmptyDescriptionWarning, IgnoredSettingWarning, ItemError, UnpairedViewsError
from classicxm.image import ColorHistogram
from classicxm.retrieval.description import (
    ItemNote,
    copied,
    describe_view,
    equal_lengths,
    fit_extractor,
    set_execution,
    shown_payload,
    split_pipeline,
    stored_payload,
    warn_of_empty,
)
from classicxm.text import TfidfText
from tests.retrieval.plain_vectors import Pictures

PICTURE = np.full((4, 4, 3), 100, np.uint8)


def test_a_view_and_what_was_left_out(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    view = describe_view(
        ColorHistogram(on_error="skip").fit(), "image", [PICTURE, broken, PICTURE], ["a", "b", "c"]
    )
    assert view.kept.tolist() == [0, 2] and len(view.features) == 2
    assert [note.id for note in view.skipped] == ["b"] and str(view.skipped[0]).startswith("item 'b': image ")
    assert str(broken) in str(view.skipped[0])
    with pytest.raises(ItemError, match="item 'b': image "):
        describe_view(ColorHistogram().fit(), "image", [PICTURE, broken], ["a", "b"])


def test_fitting_names_the_item_too(tmp_path):
    with pytest.raises(ItemError, match="item 'b': text "):
        fit_extractor(TfidfText(), "text", ["a red car", tmp_path / "none.txt"], ["a", "b"])


def test_pipelines():
    pipeline = make_pipeline(TfidfText(), "passthrough", Normalizer())
    first, rest = split_pipeline(pipeline)
    assert isinstance(first, TfidfText) and [type(step) for step in rest] == [Normalizer]
    assert split_pipeline(first) == (first, [])
    pipeline.fit(["a red car", "a blue car"])
    view = describe_view(pipeline, "text", ["red", "unknown words"], ["a", "b"])
    assert [note.id for note in view.empty] == ["b"] and view.features.shape[0] == 2


def test_settings_reach_every_part_that_takes_them():
    pipeline = make_pipeline(TfidfText(), StandardScaler())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        set_execution(pipeline, n_jobs=2, on_error="skip", cache=None)
    assert (pipeline[0].n_jobs, pipeline[0].on_error) == (2, "skip")
    with pytest.warns(IgnoredSettingWarning, match="Pictures takes no cache, so cache='x' does not reach it"):
        set_execution(Pictures(), cache="x")
    with pytest.raises(ValueError, match="n_jobs must be"):
        set_execution(TfidfText(), n_jobs=0)


@pytest.mark.filterwarnings("ignore")
def test_what_is_known_goes_by_the_first_step():
    texts = ["a red circle", "a blue star", "a red star"]
    for extractor in (TfidfText(), make_pipeline(TfidfText(), StandardScaler())):
        view = describe_view(extractor.fit(texts), "text", ["red", "zebra", "red zebra"], ["a", "b", "c"])
        assert view.known.tolist() == [True, False, True]


def test_queries_of_nothing_are_warned_of_once():
    with pytest.warns(
        EmptyDescriptionWarning, match="nothing that the model knows is in the text query: no words"
    ):
        warn_of_empty("text", [ItemNote("query", "text", "no words")], 1)
    with pytest.warns(EmptyDescriptionWarning, match=r"query 3 \(of 2 of 9 queries\)"):
        warn_of_empty("text", [ItemNote("query 3", "text", "x"), ItemNote("query 4", "text", "x")], 9)


def test_lengths():
    assert equal_lengths({"text": ["a"], "image": (1,)}) == 1
    with pytest.raises(UnpairedViewsError, match="position i of every view must be one item"):
        equal_lengths({"text": ["a"], "image": []})
    with pytest.raises(TypeError, match="expected a dict"):
        equal_lengths({})


def test_payloads(tmp_path):
    record = {"id": "a", "text": "red", "image": tmp_path / "x" / "a.jpg", "label": None, "other": object()}
    assert stored_payload(record, tmp_path) == {"text": "red", "image": "x/a.jpg"}
    assert stored_payload(record, Path("/elsewhere"))["image"] == str(tmp_path / "x" / "a.jpg")
    (tmp_path / "a.txt").write_text("red\n\nblue\n")
    assert stored_payload({"text": tmp_path / "a.txt"}, tmp_path) == {"text": "red\n\nblue"}
    assert stored_payload({"text": tmp_path / "a.txt"}, tmp_path, True) == {"text": ["red", "blue"]}
    shown = shown_payload({"text": "red", "image": "x/a.jpg", "n": 1}, str(tmp_path))
    assert shown == {"text": "red", "image": str(tmp_path / "x" / "a.jpg"), "n": 1}
    assert shown_payload({"image": "x/a.jpg"}) == {"image": "x/a.jpg"}


def test_values_of_collections_in_memory_are_kept_as_json_has_them():
    record = {
        "id": "a",
        "text": ("red", "scarlet"),
        "label": ("x", "y"),
        "year": np.int64(2008),
        "share": np.float32(0.5),
        "tame": np.True_,
        "taken": datetime.date(2008, 5, 31),
        "at": datetime.datetime(2008, 5, 31, 12),
        "audio": (np.zeros(3), 8000),
        "image": np.zeros((2, 2, 3)),
    }
    assert stored_payload(record) == {
        "text": ["red", "scarlet"],
        "label": ["x", "y"],
        "year": 2008,
        "share": 0.5,
        "tame": True,
        "taken": "2008-05-31",
        "at": "2008-05-31T12:00:00",
    }


@pytest.mark.parametrize(
    "value",
    [
        {"id": "a", "tags": ["x", {"deep": [1, 2.5, None, True]}], "n": {}},
        {"pair": (1, [2]), "ordered": OrderedDict(b=[1]), 3: [4]},
        [],
        "text",
        None,
    ],
)
def test_copies_are_those_of_deepcopy(value):
    expected, found = copy.deepcopy(value), copied(value)
    assert found == expected and repr(found) == repr(expected)


def test_nothing_that_can_change_is_shared():
    value = {"list": [[1]], "pair": ([1],), 3: {"x": [1]}}
    found = copied(value)
    value["list"][0].append(2)
    value["pair"][0].append(2)
    value[3]["x"].append(2)
    assert found == {"list": [[1]], "pair": ([1],), 3: {"x": [1]}}


def test_a_look_up_is_not_told_that_it_takes_no_cache(recwarn):
    from classicxm.encoding import PrecomputedFeatures

    extractor = PrecomputedFeatures("clip.npz", "text")
    set_execution(extractor, n_jobs=1, on_error="skip", cache="described")
    assert not recwarn.list and (extractor.n_jobs, extractor.on_error) == (1, "skip")
