"""Fusion rules on cases small enough to work out by hand, under every metric."""

import warnings

import numpy as np
import pytest

from classicxm.distances import METRICS, similarity
from classicxm.errors import EmptyDescriptionWarning, UnpairedViewsError
from classicxm.retrieval import FUSIONS
from classicxm.retrieval.fusion import confidence, early_fusion, fuse_lists, fused_search, list_credits
from classicxm.search import ExactIndex, LSHIndex
from tests.retrieval.plain_vectors import plain_retriever

LATE = ("rrf", "combsum", "combmnz")


def test_reciprocal_ranks_by_hand():
    # list 1: 0 1 2, list 2: 2 0 (1 is missing)
    rows = np.array([[[0, 1, 2]], [[2, 0, -1]]])
    scores = np.array([[[9.0, 8.0, 7.0]], [[0.5, 0.4, -np.inf]]])
    found, totals = fuse_lists(rows, scores, [1, 1], 3, "rrf")
    assert found.tolist() == [[0, 2, 1]]
    np.testing.assert_allclose(totals, [[1 / 61 + 1 / 62, 1 / 63 + 1 / 61, 1 / 62]])
    found, totals = fuse_lists(rows, scores, [1, -2], 4, "rrf")
    assert found.tolist() == [[1, 0, 2, -1]]
    np.testing.assert_allclose(totals, [[1 / 62, 1 / 61 - 2 / 62, 1 / 63 - 2 / 61, -np.inf]])


def test_combsum_and_combmnz_by_hand():
    # scaled: list 1 gives 0: 1, 1: .5, 2: 0; list 2 gives 3: 1, 1: .6, 2: 0
    rows = np.array([[[0, 1, 2]], [[3, 1, 2]]])
    scores = np.array([[[9.0, 8.0, 7.0]], [[1.0, 0.8, 0.5]]])
    found, totals = fuse_lists(rows, scores, [1, 1], 4, "combsum")
    assert found.tolist() == [[1, 0, 3, 2]]
    np.testing.assert_allclose(totals, [[1.1, 1.0, 1.0, 0.0]])
    found, totals = fuse_lists(rows, scores, [1, 0.5], 4, "combsum")
    np.testing.assert_allclose(totals, [[1.0, 0.8, 0.5, 0.0]])
    found, totals = fuse_lists(rows, scores, [1, 1], 2, "combmnz")
    assert found.tolist() == [[1, 0]]
    np.testing.assert_allclose(totals, [[2.2, 1.0]])


def test_credits_of_equal_and_missing_scores():
    equal = np.array([[3.0, 3.0, 3.0]])
    assert list_credits(equal, "combsum").tolist() == [[0, 0, 0]]
    np.testing.assert_allclose(1 / list_credits(equal, "rrf"), [[61, 61, 61]])
    nothing = np.full((1, 2), -np.inf)
    assert list_credits(nothing, "rrf").tolist() == list_credits(nothing, "combsum").tolist() == [[0, 0]]


def test_confidence_by_hand_and_its_limits():
    # z-scores of (3, 0, 0, 0) are (sqrt 3, -1/sqrt 3 ...): softmax weights e**(4 / sqrt 3) : 1 : 1 : 1
    p = np.array([np.exp(4 / np.sqrt(3)), 1, 1, 1])
    p /= p.sum()
    expected = 1 + (p * np.log(p)).sum() / np.log(4)
    np.testing.assert_allclose(confidence([[3.0, 0, 0, 0], [703.0, 700, 700, 700]]), expected)
    assert confidence([[3.0, 0, 0, 0, -np.inf]])[0] == pytest.approx(expected)
    assert confidence([[2.0, 2.0, 2.0], [1.0, -np.inf, -np.inf], [-np.inf] * 3]).tolist() == [0, 0, 0]


def test_early_fusion_gives_directions_one_voice_each_but_leaves_posteriors():
    long, short = np.array([[10.0, 0.0]]), np.array([[0.0, 0.1]])
    np.testing.assert_allclose(early_fusion([long, short], [1, 1], "cosine"), [[0.5, 0.5]])
    sure, unsure = np.array([[0.9, 0.1]]), np.array([[0.4, 0.6]])
    mixed = early_fusion([sure, unsure], [1, 1], "dot")
    np.testing.assert_allclose(mixed, [[0.65, 0.35]])
    assert mixed.sum() == pytest.approx(1)
    # the score of a mixture of posteriors is the mixture of the scores
    items = np.random.default_rng(0).dirichlet([1, 1], 5)
    apart = [similarity(view, items, "dot") for view in (sure, unsure)]
    np.testing.assert_allclose(similarity(mixed, items, "dot"), np.mean(apart, axis=0))


def test_rocchio_by_hand():
    retriever = plain_retriever(images={"a": [1, 0], "b": [0, 1], "c": [1, -1], "d": [1, 1]})
    asked = {"image": [1.0, 0.0]}
    hits = retriever.search(asked, "image", k=4, unlike={"image": [0.0, 7.0]})
    # (1, 0) - .25 (0, 1), whatever the length of what is unwanted
    expected = {"a": 1.0, "b": -0.25, "c": 1.25 / np.sqrt(2), "d": 0.75 / np.sqrt(2)}
    assert [hit.id for hit in hits] == ["a", "c", "d", "b"]
    for hit in hits:
        assert hit.score == pytest.approx(expected[hit.id] / np.sqrt(1 + 1 / 16), abs=1e-6)
    several = [{"image": [0.0, 2.0]}, {"id": "b", "weight": 3}]
    again = retriever.search(asked, "image", k=4, unlike=several)
    assert [hit.score for hit in again] == pytest.approx([hit.score for hit in hits])
    only = retriever.search({}, "image", k=1, unlike=["a"])
    assert only[0].id == "b"  # nobody points away from a; b is the first that is at a right angle
    negative = retriever.search({"image": [1.0, 0.0], "text": [0.0, 1.0]}, "image", 1, weights={"text": -1})
    assert negative[0].id == "c"


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_rule_works_under_every_metric(metric, fusion):
    random = np.random.default_rng(0)
    items = random.dirichlet([1, 1, 1], 30)
    retriever = plain_retriever(images=dict(enumerate(items)), metric=metric, dimensions=3)
    query = {"text": [items[4]], "image": [items[4]]}
    ids, scores = retriever.search_batch(query, "image", k=5, fusion=fusion)
    assert ids[0, 0] == 4 and np.isfinite(scores).all() and (np.diff(scores) <= 0).all()
    ids, _ = retriever.search_batch(query, "image", k=5, fusion=fusion, allowed=[7, 8, 99])
    assert set(ids[0]) == {7, 8, None}
    ids, scores = retriever.search_batch(query, "image", 3, fusion=fusion, unlike={"id": [4]})
    assert np.isfinite(scores).all()
    ids, _ = retriever.search_batch(query, "image", 2, fusion=fusion, where="letter=1 and id>9")
    assert all(10 <= key < 20 for key in ids[0])


@pytest.mark.parametrize("fusion", FUSIONS)
def test_batches_equal_single_queries_and_ties_go_to_the_item_added_first(fusion):
    random = np.random.default_rng(1)
    items = random.normal(size=(40, 3))
    retriever = plain_retriever(images=dict(enumerate(items)), dimensions=3)
    texts, images = random.normal(size=(2, 6, 3))
    options = {"weights": {"text": 0.3}, "fusion": fusion}
    ids, scores = retriever.search_batch({"text": texts, "image": images}, "image", 7, **options)
    for n, (text, image) in enumerate(zip(texts, images, strict=True)):
        hits = retriever.search({"text": text, "image": image}, "image", 7, **options)
        assert [hit.id for hit in hits] == ids[n].tolist()
        assert [hit.score for hit in hits] == pytest.approx(scores[n])
    # mirror images: each is first in one list and second in the other
    retriever = plain_retriever(images={"z": [1.0, 0.2], "a": [0.2, 1.0], "far": [-1, -1]})
    query = {"text": [0.0, 1.0], "image": [1.0, 0.0]}
    assert [hit.id for hit in retriever.search(query, "image", 2, fusion=fusion)] == ["z", "a"]


def test_three_lists_and_an_approximate_index():
    random = np.random.default_rng(2)
    items = dict(enumerate(random.normal(size=(60, 4))))
    index = LSHIndex(n_tables=4, n_bits=4)
    retriever = plain_retriever(images=items, index=index, dimensions=4)
    query = [{"image": items[3]}, {"image": items[3] + 0.1}, {"text": items[3], "weight": 2}]
    for fusion in FUSIONS:
        assert retriever.search(query, "image", 1, fusion=fusion)[0].id == 3


def test_what_cancels_out_warns_and_has_no_order():
    retriever = plain_retriever(images={"a": [1, 0], "b": [0, 1]})
    with pytest.warns(EmptyDescriptionWarning, match="the parts of query 0 cancel out"):
        hits = retriever.search({"text": [1.0, 2.0], "image": [-2.0, -4.0]}, "image")
    assert [(hit.id, hit.score) for hit in hits] == [("a", 0), ("b", 0)]
    # a stored vector is single precision, and its rounding must not become the answer
    odd = plain_retriever(images={"a": [1 / 3, 0.1], "b": [0, 1]})
    with pytest.warns(EmptyDescriptionWarning, match="cancel out"):
        odd.search({"image": [1 / 3, 0.1]}, "image", unlike=[{"id": "a", "weight": 5}], weights={"image": 1})
        odd.search([{"image": [1 / 3, 0.1]}, {"id": "a", "weight": -1}], "image")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        retriever.search({"text": [0.0, 0.0], "image": [1.0, 0.0]}, "image")  # an empty part has no voice


def test_a_zero_part_leaves_late_scores_to_the_other():
    retriever = plain_retriever(images={"a": [1, 0], "b": [0, 1], "c": [1, 1]})
    query = {"text": [0.0, 0.0], "image": [0.0, 1.0]}
    for fusion in FUSIONS:
        assert [hit.id for hit in retriever.search(query, "image", fusion=fusion)] == ["b", "c", "a"]


def test_empty_index_no_queries_and_k_beyond_everything():
    index = ExactIndex()
    for fusion in FUSIONS:
        ids, scores = fused_search(index, [np.eye(2), np.eye(2)], [1, 1], 3, None, fusion)
        assert ids.shape == scores.shape == (2, 3) and np.isneginf(scores).all()
        none = np.zeros((0, 2))
        filled = ExactIndex().add([[1, 0]], ["a"])
        assert fused_search(filled, [none, none], [1, 1], 3, None, fusion)[0].shape == (0, 3)
        ids, _ = fused_search(filled, [np.eye(2), np.eye(2)], [1, 1], 3, None, fusion)
        assert ids.tolist() == [["a", None, None]] * 2
        ids, _ = fused_search(filled, [np.eye(2), np.eye(2)], [1, 1], 3, [], fusion)
        assert ids.tolist() == [[None] * 3] * 2


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"fusion": "vote"}, ValueError, "fusion must be one of 'early', 'rrf', .* got 'vote'"),
        ({"weights": {"text": 0, "image": 0}}, ValueError, "all weights are zero"),
        ({"weights": {"text": float("nan")}}, ValueError, "weight of text must be a finite number, got nan"),
        ({"weights": {"text": True}}, ValueError, "weight of text must be a finite number, got True"),
        (
            {"weights": {"audio": 1}},
            ValueError,
            "weights name no part of the query: 'audio'; its parts are text",
        ),
        ({"unlike": {"image": [1.0, 0.0], "weight": -1}}, ValueError, "unlike is negative already"),
        ({"unlike": {"image": [1.0, 0.0], "weight": "x"}}, ValueError, "must be a finite number, got 'x'"),
        ({"unlike": ["nobody"]}, KeyError, "id 'nobody' is not in the index"),
        ({"unlike": 0.5}, TypeError, "expected an id or a dict"),
        ({"k": 0, "fusion": "rrf"}, ValueError, "k must be an integer of at least 1, got 0"),
        ({"where": "letter="}, ValueError, "expected a value after '='"),
    ],
)
def test_wrong_options_say_what_was_expected(options, error, words):
    retriever = plain_retriever(images={"a": [1, 0], "b": [0, 1]})
    with pytest.raises(error, match=words):
        retriever.search({"text": [1.0, 0.0], "image": [0.0, 1.0]}, "image", **options)


def test_batches_of_unequal_length_are_named():
    retriever = plain_retriever(images={"a": [1, 0]})
    with pytest.raises(UnpairedViewsError, match="'text': 1, 'image': 2"):
        retriever.search_batch({"text": [[1, 0]], "image": [[1, 0], [0, 1]]}, "image")
