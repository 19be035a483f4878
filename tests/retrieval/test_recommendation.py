"""Profiles, variety and leave-one-out evaluation on cases worked out by hand."""

import numpy as np
import pytest

from classicxm.datasets import make_histories
from classicxm.errors import EmptyDescriptionWarning
from classicxm.evaluation import at_random, by_popularity, by_retriever, hit_rates
from classicxm.retrieval.fusion import early_fusion
from classicxm.retrieval.queries import part_vectors
from classicxm.retrieval.recommendation import maximal_marginal_relevance, profile_parts
from tests.retrieval.plain_vectors import plain_retriever

IMAGES = {"a": [1, 0], "b": [0.9, 0.1], "c": [0.6, 0.8], "d": [0, 1], "e": [-1, 0]}


@pytest.fixture
def retriever():
    return plain_retriever({"a": [1, 0], "t": [0, 1]}, IMAGES)


def profile(retriever, history):
    parts = profile_parts(history)
    return early_fusion(
        part_vectors(retriever, parts, "cosine")[0], [part.weight for part in parts], "cosine"
    )


def names(hits):
    return [hit.id for hit in hits]


def test_maximal_marginal_relevance_by_hand():
    relevance = [0.9, 0.8, 0.6, 0.1]
    similarity = np.array([[1, 0.9, 0.2, 0], [0.9, 1, 0.3, 0], [0.2, 0.3, 1, 0.5], [0, 0, 0.5, 1]])
    assert maximal_marginal_relevance(relevance, similarity, 4, 0).tolist() == [0, 1, 2, 3]
    # after 0: 1 gives .4 - .45, 2 gives .3 - .1, 3 gives .05; after 2: 1 -.05, 3 .05 - .25
    assert maximal_marginal_relevance(relevance, similarity, 4, 0.5).tolist() == [0, 2, 1, 3]
    # novelty alone: 3 is at 0 from 0; then 2 at .5, 1 at .9
    assert maximal_marginal_relevance(relevance, similarity, 9, 1).tolist() == [0, 3, 2, 1]
    assert maximal_marginal_relevance([], np.zeros((0, 0)), 3, 0.5).tolist() == []


def test_a_profile_is_rocchios(retriever):
    vector = profile(retriever, ["a", {"text": [0.0, 2.0], "weight": 2}, {"id": "e", "weight": -1}])
    # 1 (1, 0) + 2 (0, 1) - .25 * 3 * (-1, 0), over the absolute weights
    np.testing.assert_allclose(vector, [[1.75 / 3.75, 2 / 3.75]])
    disliked = profile(retriever, [{"id": "a", "weight": -0.1}])
    np.testing.assert_allclose(disliked, [[-1, 0]])
    both = profile(retriever, [{"id": "d", "weight": -1}, {"id": "e", "weight": -3}, "a"])
    np.testing.assert_allclose(both, [[(1 + 0.25 * 0.75) / 1.25, -0.25 * 0.25 / 1.25]])


def test_recommendations_leave_out_what_was_seen(retriever):
    assert names(retriever.recommend(["a"], "image", k=3)) == ["b", "c", "d"]
    assert names(retriever.recommend(["a"], "image", k=2, exclude_seen=False)) == ["a", "b"]
    assert names(retriever.recommend(["a", {"id": "b", "weight": -1}], "image")) == ["c", "d", "e"]
    assert names(retriever.recommend(["t"], "image", k=1)) == ["d"]  # liked as a text, found as a picture
    assert names(retriever.recommend([{"image": [0.0, 1.0]}], "text")) == ["t", "a"]
    assert set(names(retriever.recommend(["t"], "any", k=9))) == set(IMAGES)
    assert retriever.recommend(["a"], "image")[0].payload == {"letter": "b"}


def test_variety_takes_the_twin_away():
    images = {"x": [1, 0, 0], "twin": [1, 0.01, 0], "y": [0.7, 0.7, 0], "z": [0.7, 0, 0.7]}
    varied = plain_retriever(images=images, dimensions=3)
    history = [{"image": [1.0, 0.0, 0.0]}]
    assert names(varied.recommend(history, "image", k=3)) == ["x", "twin", "y"]
    assert names(varied.recommend(history, "image", k=3, diversity=0.7)) == ["x", "y", "z"]
    scores = {hit.id: hit.score for hit in varied.recommend(history, "image")}
    assert scores["y"] == pytest.approx(0.5**0.5)  # scores stay those of the search


@pytest.mark.parametrize("metric", ["cosine", "dot", "kl", "euclidean", "hellinger"])
def test_variety_works_under_every_kind_of_metric(metric):
    items = np.random.default_rng(0).dirichlet([1, 1, 1], 40)
    varied = plain_retriever(images=dict(enumerate(items)), metric=metric, dimensions=3)
    plain = names(varied.recommend([3, 4], "image", k=8))
    assert names(varied.recommend([3, 4], "image", k=8, diversity=1e-9)) == plain
    other = names(varied.recommend([3, 4], "image", k=8, diversity=0.9))
    assert len(set(other)) == 8 and not {3, 4} & set(other) and other != plain


def test_filters_and_allowed_hold(retriever):
    assert names(retriever.recommend(["a"], "image", where="letter=d or letter=e")) == ["d", "e"]
    assert names(retriever.recommend(["a"], "image", allowed=["e", "a"])) == ["e"]
    assert retriever.recommend(["a"], "image", allowed=["a"]) == []
    assert retriever.recommend(["a"], "image", where="letter=a and letter=b", diversity=0.5) == []


def test_a_history_that_cancels_out_warns(retriever):
    with pytest.warns(EmptyDescriptionWarning, match="cancel out"):
        assert len(retriever.recommend(["a", "e"], "image")) == 3


@pytest.mark.parametrize(
    ("history", "options", "error", "words"),
    [
        ([], {}, ValueError, "the history is empty; give at least one id or item"),
        (None, {}, ValueError, "the history is empty"),
        ("a", {}, TypeError, "history must be a list of ids and dicts, got 'a'"),
        ({"id": "a"}, {}, TypeError, "history must be a list"),
        (["nobody"], {}, KeyError, "id 'nobody' is not in the index"),
        ([("a", 1)], {}, TypeError, "expected an id or a dict"),
        ([{"id": "a", "weight": 0}], {}, ValueError, "all weights are zero"),
        (
            [{"id": "a", "weight": np.nan}],
            {},
            ValueError,
            "the weight in history must be a finite number, got nan",
        ),
        ([{"sound": "a"}], {}, ValueError, "this model knows text, image, not 'sound'"),
        (["a"], {"diversity": 1.5}, ValueError, "diversity must be a number from 0 to 1, got 1.5"),
        (["a"], {"k": 0}, ValueError, "k must be an integer of at least 1"),
    ],
)
def test_wrong_histories_say_what_was_expected(retriever, history, options, error, words):
    with pytest.raises(error, match=words):
        retriever.recommend(history, "image", **options)


def test_popularity_and_chance():
    histories = [["a", "b"], ["b", "c"], ["b", "c", "c"], []]
    recommend = by_popularity(histories, items=["d", "a", "b", "c"])
    assert recommend([], 9) == ["b", "c", "a", "d"] and recommend(["b"], 2) == ["c", "a"]
    draw = at_random(range(50), 0)
    one, other = draw([1, 2], 10), draw([1, 2], 10)
    assert one != other and not {1, 2} & set(one) and len(set(one)) == 10
    assert at_random(range(50), 0)([1, 2], 10) == one


def test_leave_one_out_by_hand():
    # a recommender that knows only "b": right where "b" is what was left out
    histories = [["a", "b"], ["b", "c"], ["c", "b", "b"], ["a", "c"]]
    rates = hit_rates(histories, {"b": lambda left: lambda history, k: ["b"]}, k=1, random_state=3)
    seen = []
    hit_rates(histories, {"look": lambda left: seen.extend(left) or (lambda h, k: [])}, random_state=3)
    assert rates["b"].hits.tolist() == [
        ("b" in whole) and "b" not in h for whole, h in zip(histories, seen, strict=True)
    ]
    assert (
        rates["b"].value == rates["b"].hits.mean() and rates["b"].low <= rates["b"].value <= rates["b"].high
    )
    assert [len(history) for history in seen] == [1, 1, 1, 1]


def test_popularity_does_not_count_what_was_left_out():
    counted = []

    def looking(histories):
        counted.append(sum(map(len, histories)))
        return by_popularity(histories)

    for seed in range(5):
        hit_rates([["a", "x"], ["b", "x"], ["c", "x"]], {"popularity": looking}, k=1, random_state=seed)
    assert counted == [3] * 5


def test_a_retriever_beats_chance_on_tastes():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 20)
    vectors = np.eye(5)[labels] + 0.2 * random.normal(size=(100, 5))
    retriever = plain_retriever(images=dict(enumerate(vectors)), dimensions=5)
    histories = make_histories(labels, n_people=60, length=6, n_tastes=1, skew=0.3)
    makers = {
        "profile": lambda left: by_retriever(retriever, "image"),
        "popularity": by_popularity,
        "random": lambda left: at_random(range(100)),
    }
    rates = hit_rates(histories, makers, k=10)
    assert rates["profile"].low > max(rates["popularity"].high, rates["random"].high)


@pytest.mark.parametrize(
    ("histories", "words"),
    [
        ([], "there are no histories"),
        ([["a", "b"], ["a", "a"]], "history 1 has 1 different items; at least 2"),
    ],
)
def test_histories_too_short_are_named(histories, words):
    with pytest.raises(ValueError, match=words):
        hit_rates(histories, {})
