"""What may be asked of a retriever is checked before anything is described."""

import pytest
from sklearn.exceptions import NotFittedError

from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.facets import condition_of
from classicxm.retrieval.filters import parse_filter
from classicxm.retrieval.targets import check_modality, check_target, checked_question, index_of, scored_by
from classicxm.search import FaissIndex, HammingIndex, MultiVectorIndex, ShardedIndex
from classicxm.search.conditions import Restricted
from tests.retrieval.plain_vectors import Identity, Pictures, Words, plain_retriever


@pytest.fixture
def retriever():
    return plain_retriever(images={"a": [1, 0], "b": [0, 1]}, texts={"a": [1, 0], "c": [1, 1]})


@pytest.mark.parametrize("target", ["audio", "any ", "", None, 3, ["text"]])
def test_what_the_model_does_not_know_is_named(retriever, target):
    for check in (check_modality, check_target, index_of):
        with pytest.raises(ValueError, match="this model knows text, image, not "):
            check(retriever, target)


def test_whole_items_are_a_target_and_no_modality(retriever):
    check_target(retriever, "any")
    with pytest.raises(ValueError, match="not 'any'"):
        check_modality(retriever, "any")


@pytest.mark.parametrize("target", ["text", "any"])
def test_nothing_is_asked_before_fit(target):
    unfitted = CrossModalRetriever({"text": Words(), "image": Pictures()}, Identity())
    with pytest.raises(NotFittedError):
        check_target(unfitted, target)


def test_the_index_of_a_target_holds_what_it_answers_with(retriever):
    assert index_of(retriever, "image") is retriever.indexes_["image"]
    assert sorted(index_of(retriever, "any").ids()) == ["a", "b", "c"]
    assert isinstance(index_of(retriever, "text", condition_of(parse_filter("letter=a"))), Restricted)


def test_a_filter_becomes_ids_here_and_a_condition_where_the_index_filters(retriever, monkeypatch):
    assert checked_question(retriever, "image", 3, None, "early", None) == (3, None, None)
    k, allowed, condition = checked_question(retriever, "any", 3, None, "rrf", "letter=a")
    assert (k, set(allowed), condition) == (3, {"a"}, None)
    k, allowed, condition = checked_question(retriever, "any", 3, ["a", "b"], "rrf", "letter=b or letter=c")
    assert set(allowed) == {"b"}
    monkeypatch.setattr(type(retriever.indexes_["image"]), "filters_itself", True)
    monkeypatch.setattr(type(retriever.indexes_["image"]), "accepts", lambda index, one: True, raising=False)
    condition = condition_of(parse_filter("letter=a"))
    assert checked_question(retriever, "image", 3, None, "early", "letter=a") == (3, None, condition)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"k": 0}, "k must be"),
        ({"fusion": "sum"}, "fusion must be"),
        ({"where": "letter"}, "letter"),
        ({"target": "audio"}, "not 'audio'"),
    ],
)
def test_each_part_of_a_question_is_checked(retriever, changed, message):
    asked = {"target": "image", "k": 3, "allowed": None, "fusion": "early", "where": None, **changed}
    with pytest.raises(ValueError, match=message):
        checked_question(retriever, **asked)


def test_scores_of_codes_alone_are_no_scores_of_the_metric(retriever):
    assert scored_by(retriever, "image") == scored_by(retriever, "any") == "cosine"
    shards = ShardedIndex([HammingIndex(), HammingIndex()])
    assert MultiVectorIndex(HammingIndex()).scored_by == "hamming"
    for index in (HammingIndex(), FaissIndex(kind="binary"), shards):
        assert index.scored_by == "hamming" and index.metric == "cosine"
        coded = plain_retriever(images={"a": [1, -1], "b": [-1, 1]}, index=index)
        coded.match_bounds_ = {"text": {"image": 0.5, "any": 0.5}}
        assert scored_by(coded, "image") == scored_by(coded, "any") == "hamming"
        hits = coded.search({"text": [1.0, -1.0]}, "image", k=1)
        assert hits[0].score == 0 and hits.is_match is None and not hits.verdict
    assert HammingIndex(n_reranked=9).scored_by == "cosine"
