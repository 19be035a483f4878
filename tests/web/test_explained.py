"""Explanations as the API gives them: of one query both sides, of several parts what was found."""

import json

import pytest

from classicxm.web.answers import Question
from classicxm.web.explained import explained


def parts(side):
    named = [word["contribution"] for word in side.get("words", [])]
    return sum(named) + side["baseline"]


def test_one_text_has_both_sides_that_add_up(retriever, scenes):
    key = scenes.ids[0]
    told = explained(retriever, Question([{"text": "a red circle"}], "text"), key)
    assert json.loads(json.dumps(told))["id"] == key and told["found"] == [told["target"]]
    assert parts(told["query"]) == pytest.approx(told["score"], abs=1e-6)
    assert parts(told["target"]) == pytest.approx(told["score"], abs=1e-6)


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ([{"text": "red"}], "any"),
        ([{"text": "red"}, {"text": "blue"}], "text"),
        ([{"text": "red", "weight": -1.0}], "text"),
    ],
)
def test_other_questions_have_what_was_found_alone(query, target, retriever, scenes):
    told = explained(retriever, Question(query, target), scenes.ids[0])
    assert told["query"] is None and (told["target"] is None) == (target == "any")
    assert len(told["found"]) == (4 if target == "any" else 1)


def test_a_text_of_negative_weight_has_the_score_of_the_search(retriever, scenes):
    asked = {"text": "a red circle"}
    hit = retriever.search(asked, "text", k=1, weights={"text": -1.0})[0]
    told = explained(retriever, Question([asked], "text", weights={"text": -1.0}), hit.id)
    assert told["score"] == pytest.approx(hit.score, abs=1e-6) and told["query"] is None
