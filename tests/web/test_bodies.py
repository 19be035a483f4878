"""From bodies to what they ask with."""

import pytest

from classicxm.web.bodies import (
    asked_examples,
    has_files,
    one_example,
    question_of,
    unlike_examples,
    weights_of,
)
from classicxm.web.schemas import AnnotateBody, EmbedBody, Example, SearchBody
from classicxm.web.uploads import Uploads


def opened(modality, number):
    return f"{modality} {number}"


def test_examples_in_order():
    body = SearchBody(
        target="image", text="red", query=[Example(image=0), "a"], like=["b", 3], unlike=Example(id="c")
    )
    assert asked_examples(body, opened) == [{"text": "red"}, {"image": "image 0"}, "a", "b", 3]
    assert unlike_examples(body, opened) == [{"id": "c"}]
    nothing = SearchBody(target="image")
    assert asked_examples(nothing, opened) == unlike_examples(nothing, opened) == []


def test_files():
    assert has_files(Example(image=0)) and has_files(["a", Example(audio=1)])
    assert not has_files(None) and not has_files([Example(text="a"), 5])


def test_questions():
    body = SearchBody(
        target="any", text="red", k=3, page=2, weights={"text": 2.0}, fusion="rrf", filter="a=b", fold=True
    )
    question = question_of(body, Uploads())
    assert (question.k, question.page, question.weights, question.where, question.fold) == (
        3,
        2,
        {"text": 2.0},
        "a=b",
        True,
    )
    assert weights_of(None) is None and weights_of({}) is None


def test_one_item():
    assert one_example(AnnotateBody(text="red"), Uploads()) == {"text": "red"}
    assert one_example(EmbedBody(query=Example(text="red", weight=3)), Uploads()) == {"text": "red"}
    for body in (EmbedBody(), EmbedBody(text="a", query=Example(text="b"))):
        with pytest.raises(ValueError, match="give one item: a text, or a file"):
            one_example(body, Uploads())
    with pytest.raises(ValueError, match="neither an id nor a vector"):
        one_example(EmbedBody(query=Example(id="a")), Uploads())
