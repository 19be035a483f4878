"""What a served model is and holds."""

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from classicxm.encoding import BagOfWords, Encoded
from classicxm.image import DenseColor
from classicxm.text import TfidfText
from classicxm.web.answers import Answers
from classicxm.web.described import _named, answers_of, facet_counts, item_ids, model_facts
from classicxm.web.served import Served
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def served():
    retriever = plain_retriever(images={f"{'ab'[n % 2]}{n}": [1, n] for n in range(10)}, texts={"t": [1, 0]})
    return Served("model", retriever, 1)


def test_ids_and_facets(served):
    assert item_ids(served)[0] == "t" and len(item_ids(served)) == 11
    assert facet_counts(served, None, 2) == {
        "letter": [{"value": "a", "count": 5}, {"value": "b", "count": 5}]
    }
    assert facet_counts(served, "letter=a", 5) == {"letter": [{"value": "a", "count": 5}]}


def test_what_changes_is_counted_anew(served):
    before = len(item_ids(served))
    served.retriever.add("image", [[1.0, 1.0]], ["new"], [{}])
    assert len(item_ids(served)) == before
    served.changes += 1
    assert len(item_ids(served)) == before + 1


def test_facts(served):
    facts = model_facts(served)
    assert facts["indexed"] == {"text": 1, "image": 10} and facts["aligner"] == "Identity"
    assert facts["extractors"] == {"text": "Words", "image": "Pictures"} and facts["metric"] == "cosine"


def test_names_of_extractors():
    assert _named(make_pipeline(TfidfText(), Normalizer())) == "TfidfText > Normalizer"
    assert _named(Encoded(DenseColor(), BagOfWords())) == "Encoded(DenseColor, BagOfWords)"


def test_answers_as_the_api_gives_them(served):
    found = answers_of(served, Answers(["t"], [0.5], more=True, match=False, page=2), False)
    assert found == {
        "hits": [{"id": "t", "score": 0.5, "payload": {"letter": "t"}}],
        "page": 2,
        "more": True,
        "match": False,
        "unknown": "",
    }
