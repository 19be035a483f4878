"""Hits: a list that stays one, and answers of one moment while items come and go."""

import numpy as np
import pytest

from classicxm.retrieval.hits import Hit, Hits, hits, hits_of_one_moment
from tests.retrieval.plain_vectors import plain_retriever


def test_one_row_as_hits_with_payloads_of_their_own():
    payload = {"a": {"label": ["dog"]}}
    found = hits(["a", "b", None], [0.5, np.float32(0.25), -np.inf], payload)
    assert found == [Hit("a", 0.5, {"label": ["dog"]}), Hit("b", 0.25, {})] and isinstance(found, Hits)
    found[0].payload["label"].append("cat")
    assert payload == {"a": {"label": ["dog"]}} and type(found[1].score) is float


def test_slices_are_hits():
    found = Hits([Hit("a", 1.0), Hit("b", 0.5)])
    assert isinstance(found[:1], Hits) and found[:1] == [Hit("a", 1.0)] and found[1] == Hit("b", 0.5)


def test_a_frame_has_a_row_per_hit():
    pytest.importorskip("pandas")
    frame = Hits([Hit("a", 1.0, {"label": "dog", "score": 7}), Hit("b", 0.5)]).to_frame()
    assert frame.columns.tolist() == ["rank", "id", "score", "label"]
    assert frame["rank"].tolist() == [1, 2] and frame["score"].tolist() == [1.0, 0.5]


def test_what_is_removed_meanwhile_is_asked_for_anew():
    retriever = plain_retriever(images={"a": [1, 0], "b": [0, 1]})
    rounds = []

    def answered():
        rounds.append(1)
        if len(rounds) == 1:
            retriever.remove(["a"])
            retriever.payload_ = {"b": retriever.payload_["b"]}
            return ["gone", "b"], [1.0, 0.5]
        return ["b"], [0.5]

    assert hits_of_one_moment(retriever, answered) == [Hit("b", 0.5, {"letter": "b"})] and len(rounds) == 2


def test_an_item_that_was_removed_after_it_was_found_keeps_its_payload():
    retriever = plain_retriever(images={"a": [1, 0], "b": [0, 1]})

    def answered():
        retriever.remove(["a"])
        return ["a"], [1.0]

    assert hits_of_one_moment(retriever, answered) == [Hit("a", 1.0, {"letter": "a"})]


@pytest.mark.parametrize("score", [float("nan"), float("inf"), 10**400, True, "0.5"])
def test_a_least_score_is_a_number(score):
    with pytest.raises(ValueError, match="min_score must be None or a number"):
        hits(["a"], [0.5], {}).judged(None, min_score=score)
