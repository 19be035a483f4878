"""Collections of rows in memory."""

import re
from decimal import Decimal

import numpy as np
import pytest

from classicxm.datasets import rows as module
from classicxm.datasets.rows import collection_of_rows
from classicxm.errors import CollectionError


def test_roles_by_name():
    picture = np.zeros((2, 2, 3), np.uint8)
    found = collection_of_rows(
        [{"key": 5, "Caption": "a dog", "picture": picture, "category": 3, "split": "validation", "size": 9}]
    )
    (record,) = found
    assert (
        record["id"] == "5"
        and record["text"] == "a dog"
        and record["label"] == "3"
        and record["split"] == "val"
    )
    assert record["image"] is picture and "size" not in record


def test_what_is_absent_or_wrong_is_left_out_and_said(tmp_path):
    rows = [
        {"text": "a", "image": None, "label": float("nan")},
        {"text": "", "image": b"x", "audio": str(tmp_path / "none.wav")},
        {"size": 1},
        {"text": "b", "split": "later", "video": b"bytes"},
    ]
    found = collection_of_rows(rows, "mine")
    assert [sorted(record) for record in found] == [["id", "text"], ["id", "image"], ["id", "text"]]
    told = [str(problem) for problem in found.problems]
    assert any("is no text with words in it" in one for one in told) and any(
        "does not exist" in one for one in told
    )
    assert any("has none of text, image, audio, video" in one for one in told)
    assert any("split must be one of train" in one for one in told) and any(
        "a clip must be a file" in one for one in told
    )


def test_captions_and_media_of_the_hugging_face_library():
    row = {
        "sentences": [{"raw": "a dog"}, {"raw": " "}, "one dog"],
        "image": {"bytes": b"jpg", "path": None},
        "audio": {"array": [0.0, 1.0], "sampling_rate": 8000},
    }
    (record,) = collection_of_rows([row])
    assert record["text"] == ["a dog", "one dog"] and record["image"] == b"jpg"
    samples, rate = record["audio"]
    assert samples.tolist() == [0, 1] and rate == 8000


class Classes:
    def int2str(self, value):
        return ["cat", "dog"][value]


def test_names_of_classes():
    class Rows(list):
        features = {"label": Classes()}

    found = collection_of_rows(Rows([{"text": "a", "label": 1}, {"text": "b", "label": -1}]))
    assert [record["label"] for record in found] == ["dog", "-1"]


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    found = collection_of_rows(
        pandas.DataFrame({"title": ["a", None], "id": ["x", "y"], "label": ["p", "q"]})
    )
    assert [(record["id"], record.get("text")) for record in found] == [("x", "a")]


def test_what_is_no_table(monkeypatch):
    for rows, message in (
        ("text", "got str"),
        ({"a": 1}, "got dict"),
        ([1], "each row must be a dict, got int"),
    ):
        with pytest.raises(TypeError, match=message):
            collection_of_rows(rows)
    with pytest.raises(CollectionError, match="has no column of text, image, audio, video"):
        collection_of_rows([{"size": 1}], "mine")
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    with pytest.raises(CollectionError, match="of media; divide it"):
        collection_of_rows([{"image": b"xx"}])


def test_one_label_and_one_id_however_they_are_written():
    rows = [
        {"id": 7.0, "caption": "a", "label": 2.0},
        {"id": "cafe\u0301", "caption": "b", "label": "cafe\u0301"},
        {"id": 8, "caption": "c", "label": ["caf\u00e9", 2, np.float64(2.5)]},
    ]
    found = collection_of_rows(rows)
    assert found.ids == ["7", "caf\u00e9", "8"]
    assert found.labels == ["2", "caf\u00e9", ["caf\u00e9", "2", "2.5"]]


ABSENT = (None, float("nan"), np.float32("nan"), np.datetime64("NaT"), Decimal("NaN"))


@pytest.mark.parametrize("absent", ABSENT, ids=repr)
def test_what_is_absent_is_no_label_and_no_caption(absent):
    (alone, among) = collection_of_rows(
        [
            {"text": "a", "label": absent, "id": absent},
            {"text": [absent, "b"], "label": ["x", absent], "image": absent},
        ]
    )
    assert alone == {"id": "0", "text": "a"}
    assert among == {"id": "1", "text": ["b"], "label": ["x"]}


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"label": b"dog"}, "label: must be a text or a number, got b'dog'; left out"),
        ({"label": {"a": 1}}, "label: must be a text or a number"),
        ({"label": [["x"]]}, "label: must be a text or a number"),
        ({"label": " "}, "label: is empty"),
        ({"label": ["x", ""]}, "label: is empty"),
        ({"id": ["x"]}, "id: must be a text or a number"),
        ({"id": ""}, "id: is empty"),
        ({"id": 2.0**53}, "id: is 9007199254740992.0, which cannot be told from its neighbours"),
        ({"id": np.float32(2**24)}, "cannot be told from its neighbours"),
        ({"split": ["train"]}, r"split: split must be one of train.*got \['train'\]"),
        ({"caption": ["a", 7]}, "caption: must hold texts, got 7"),
    ],
)
def test_cells_of_other_kinds_are_said(cell, message):
    other = {"image": b"jpg"} if "caption" in cell else {"text": "a dog"}
    found = collection_of_rows([{**other, **cell}])
    assert found.records == [{"id": "0", **other}]
    (problem,) = found.problems
    assert re.search(message, str(problem))


def test_labels_of_a_set_have_one_order_and_columns_one_name():
    (record,) = collection_of_rows([{"text": "a", "label": {"c", "a", "b"}}])
    assert record["label"] == ["a", "b", "c"]
    pandas = pytest.importorskip("pandas")
    with pytest.raises(CollectionError, match="two columns 'text'; rename or drop one"):
        collection_of_rows(pandas.DataFrame([["a", "b"]], columns=["text", "text"]))
