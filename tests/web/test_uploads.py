"""Requests of several kinds as one."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.exceptions import HTTPException

from classicxm.errors import MediaDecodeError
from classicxm.media.extent import Bounds
from classicxm.web.schemas import AddBody, AnnotateBody, SearchBody
from classicxm.web.uploads import InvalidBodyError, Upload, Uploads, form_values, parsed


def test_endings_are_plain_ones():
    assert Upload("A.PNG", Path("x")).suffix == ".png"
    for name in ("a", "a.", "a.p/ng", "a.tar gz", "a." + "x" * 9, "a.é"):
        assert Upload(name, Path("x")).suffix == ""


def test_files_are_opened_within_bounds(tmp_path):
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((9, 9, 3), np.uint8))
    (tmp_path / "1.txt").write_text("red")
    files = [Upload("mine.png", tmp_path / "0.png"), Upload("mine.txt", tmp_path / "1.txt")]
    uploads = Uploads(files, Bounds(pixels=50))
    assert uploads.opened("text", 1) == "red"
    with pytest.raises(MediaDecodeError) as caught:
        uploads.opened("image", 0)
    assert uploads.named(str(caught.value)).startswith("mine.png: ")
    with pytest.raises(ValueError, match="the request names file 2 and brings 2"):
        uploads.file(2)


def test_bodies_that_are_wrong_name_the_field():
    for body, message in (
        (b"{", "body: Invalid JSON"),
        (b'{"target": "any", "k": 0}', "k: Input should be greater"),
    ):
        with pytest.raises(InvalidBodyError, match=message):
            parsed(SearchBody, body)


def values(model, fields, named=(), files=()):
    return form_values(list(fields), list(named), model, list(files))


def test_fields_of_forms_say_what_json_says():
    fields = [
        ("target", "any"),
        ("text", "red"),
        ("k", "5"),
        ("min_score", "0.5"),
        ("like", "a"),
        ("like", "b"),
        ("fold", "on"),
    ]
    found = values(SearchBody, [*fields, ("weights", "text=1, image=.5"), ("fusion", "")])
    assert found == {
        "target": "any",
        "text": "red",
        "k": 5,
        "min_score": 0.5,
        "like": ["a", "b"],
        "fold": True,
        "weights": {"text": 1.0, "image": 0.5},
    }
    assert values(SearchBody, [("request", '{"k": 3}'), ("target", "any")]) == {"k": 3, "target": "any"}


def test_files_become_examples():
    assert values(SearchBody, [], [("image", 0), ("audio", 1)])["query"] == [{"image": 0}, {"audio": 1}]
    assert values(AnnotateBody, [], [("image", 0)])["query"] == {"image": 0}
    assert values(AddBody, [("id", "a"), ("text", "red")], [("image", 0)]) == {
        "id": "a",
        "item": {"text": "red", "image": 0},
    }


@pytest.mark.parametrize(
    ("fields", "named", "message"),
    [
        ([("k", "five")], [], "k: expected a number, got 'five'"),
        ([("k", "1_0")], [], "k: expected a number, got '1_0'"),
        ([("min_score", "1_0")], [], "min_score: expected a number, got '1_0'"),
        ([("min_score", "nan")], [], "min_score: expected a number, got 'nan'"),
        ([("target", "a"), ("target", "b")], [], "target: given twice"),
        ([], [("other", 0)], "other: no file is expected here"),
    ],
)
def test_forms_that_are_wrong(fields, named, message):
    with pytest.raises(InvalidBodyError, match=message):
        values(SearchBody, fields, named)


@pytest.mark.parametrize(
    ("model", "fields", "named", "detail"),
    [
        (SearchBody, [("request", "{")], [], "request: not JSON"),
        (SearchBody, [("request", "[1]")], [], "request: expected a JSON object"),
        (SearchBody, [("weights", "text=x")], [], "weights: expected such as text=1,image=.5"),
        (SearchBody, [("weights", "text=1,text=2")], [], "weights: expected such as text=1,image=.5"),
        (
            SearchBody,
            [("request", '{"text": "a", "text": "b"}')],
            [],
            "request: not JSON, or a key occurs twice",
        ),
        (SearchBody, [("weights", "text=1_0")], [], "weights: expected such as text=1,image=.5"),
        (AnnotateBody, [], [("image", 0), ("audio", 1)], "one item is expected, got several"),
        (AddBody, [], [("image", 0), ("image", 1)], "an item has one image, got several"),
        (AddBody, [("request", '{"item": 3}')], [], "request: item must be an object"),
    ],
)
def test_forms_that_say_too_much(model, fields, named, detail):
    with pytest.raises(HTTPException) as caught:
        values(model, fields, named)
    assert caught.value.status_code == 400 and caught.value.detail.startswith(detail)
