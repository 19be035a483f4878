"""From a checked question to one page of answers."""

import json

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import Collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.documents import ANY
from classicxm.text import TfidfText
from classicxm.web.answers import (
    TOGETHER,
    Answers,
    Question,
    answered,
    answered_together,
    as_json,
    example_parts,
    fused_vector,
    paged,
    shown_rows,
    stored_key,
)
from classicxm.web.schemas import Example
from classicxm.web.served import Served
from tests.retrieval.plain_vectors import plain_retriever

IMAGES = {"a": [1, 0], "b": [0.8, 0.6], "c": [0, 1], 7: [0.6, 0.8], "07": [1, 1]}


@pytest.fixture
def served():
    return Served("model", plain_retriever(images=IMAGES), 1)


def question(vector=(1.0, 0.0), **more):
    return Question([{"vector": list(vector)}], "image", **more)


def test_what_is_asked_for_is_bounded():
    assert Question([1], "text", k=5, page=3).depth == 16 and Question([1], "text", fold=True).depth == 1000
    assert (
        question().is_plain
        and not question(where="letter=a").is_plain
        and not question(fusion="rrf").is_plain
    )
    with pytest.raises(ValueError, match="k times page must be at most 1000, got 600 times 2"):
        Question([1], "text", 600, 2).check()
    with pytest.raises(ValueError, match="nothing to search with"):
        Question([], "text").check()


def test_examples_as_the_retriever_takes_them():
    def opened(modality, number):
        return f"{modality} {number}"

    assert example_parts(Example(text="red", image=2, weight=0.5), opened) == {
        "text": "red",
        "image": "image 2",
        "weight": 0.5,
    }
    assert example_parts("an id", opened) == "an id" and example_parts(Example(id=3), opened) == {"id": 3}
    with pytest.raises(ValueError, match="an example of the query is empty"):
        example_parts(Example(), opened)


def test_ids_in_addresses(served):
    assert stored_key(served.retriever, "7") == 7 and stored_key(served.retriever, "07") == "07"
    for text in ("nobody", "+7", "٧", "9" * 30):
        with pytest.raises(KeyError, match="no item"):
            stored_key(served.retriever, text)


def test_pages_join_to_the_ranking(served):
    pages = [answered(served, question(k=2, page=n)) for n in (1, 2, 3)]
    assert [key for page in pages for key in page.ids] == ["a", "b", "07", 7, "c"]
    assert [page.more for page in pages] == [True, True, False] and pages[0].match is None
    assert answered(served, question(min_score=0.75)).ids == ["a", "b"]


def test_many_at_once_are_each_alone_and_faults_their_own(served):
    asked = [question((np.cos(n), np.sin(n))) for n in range(TOGETHER)]
    asked.append(Question([], "image"))
    found = answered_together([(served, one) for one in asked])
    assert isinstance(found.pop(), ValueError)
    for one, other in zip(found, asked, strict=False):
        alone = answered(served, other)
        assert one.ids == alone.ids
        np.testing.assert_allclose(one.scores, alone.scores)
    (wrong,) = answered_together([(served, Question([], "image"))])
    assert isinstance(wrong, ValueError)


def test_near_duplicates_are_folded(served):
    served.retriever.add("image", [[1.0, 0.001]], ["a2"], [{}])
    found = answered(served, question(fold=True))
    assert found.folded == {"a": ["a2"]} and "a2" not in found.ids


def test_vectors_and_rows(served):
    np.testing.assert_allclose(fused_vector(served.retriever, question((2.0, 0.0))), [2, 0])
    rows = shown_rows(served.retriever, Answers(["a"], [0.5], {"a": ["b"]}), True)
    assert rows == [{"id": "a", "score": 0.5, "payload": {"letter": "a"}, "folded": ["b"]}]
    assert json.loads(as_json({"name": "\ud800"})) == {"name": "\ud800"}
    with pytest.raises(ValueError):
        as_json(float("nan"))


def test_nothing_found_is_an_empty_page(served):
    found = paged(served, question(), (np.array([[None, None]], object), np.full((1, 2), -np.inf)))
    assert found.ids == [] and not found.more and found.match is None
    assert answered(served, Question([{"vector": [1.0, 0.0]}], ANY)).ids[0] == "a"


def test_captions_that_were_found_are_named_as_python_names_them():
    scenes = make_scenes(40, modalities=("text", "image"))
    records = [{**record, "text": [record["text"], f"drawn {n % 5}"]} for n, record in enumerate(scenes)]
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    retriever = CrossModalRetriever(extractors, CCA(4), captions="single").fit_collection(Collection(records))
    served, picture = Served("model", retriever, 1), records[3]["image"]
    page = answered(served, Question([{"image": picture}], "text", k=5))
    rows = shown_rows(retriever, page, True)
    hits = retriever.search({"image": picture}, "text", k=5)
    assert [(row["id"], row["payload"]) for row in rows] == [(hit.id, hit.payload) for hit in hits]
    assert all(row["payload"]["best_caption"] in row["payload"]["text"] for row in rows)
    found = answered(served, Question([{"text": "red"}], "image", k=2))
    assert not found.captions
    together = answered_together([(served, Question([{"text": "red"}], "text", k=3))] * TOGETHER)
    assert all(len(one.captions) == 3 for one in together)
