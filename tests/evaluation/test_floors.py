import numpy as np
import pytest
from scipy.io import loadmat
from sklearn.linear_model import LogisticRegression

from classicxm.evaluation import (
    class_relevance,
    floors,
    measure,
    query_blind_floor,
    query_blind_scores,
    random_floor,
)
from classicxm.evaluation.floors import class_posteriors


@pytest.mark.parametrize(
    ("name", "expected"),
    # One relevant of three: ranks 1, 2, 3 equally likely. Two of three: 110, 101, 011.
    [
        ("AP", [(1 + 1 / 2 + 1 / 3) / 3, (1 + 5 / 6 + 7 / 12) / 3]),
        ("AP@1", [1 / 3, 2 / 3]),
        ("P@2", [1 / 3, 2 / 3]),
        ("Success@2", [2 / 3, 1]),
        ("RR", [11 / 18, 5 / 6]),
        ("MeanRank", [2, 4 / 3]),
        ("MedianRank", [2, 1]),
        ("trec", [11 / 18, (1 + 5 / 6 + 7 / 12) / 3]),
    ],
)
def test_random_floor_by_hand(name, expected):
    np.testing.assert_allclose(random_floor([[0, 1, 0], [1, 0, 1]], name), expected)


def test_median_rank_floor_is_the_median_of_one_querys_ranks():
    relevant = np.arange(1000)[None] < 5
    ranks = measure("MedianRank")(np.random.default_rng(0).random((4000, 1000)), np.tile(relevant, (4000, 1)))
    assert random_floor(relevant, "MedianRank")[0] == pytest.approx(np.median(ranks), rel=0.05)
    np.testing.assert_array_equal(random_floor(np.zeros((1, 3)), "MedianRank"), [np.inf])


def test_eleven_points_are_simulated_and_seeded():
    # One relevant of two: rank 1 or 2, so 11pt is 1 or 1/2.
    relevant = [[0, 1], [1, 0], [0, 0]]
    values = random_floor(relevant, "11pt", n_samples=2000)
    np.testing.assert_allclose(values, [0.75, 0.75, 0], atol=0.03)
    assert values[0] == values[1]
    np.testing.assert_array_equal(values, random_floor(relevant, "11pt", n_samples=2000))
    assert values[0] != random_floor(relevant, "11pt", n_samples=2000, random_state=1)[0]


def test_random_floor_needs_a_matrix():
    with pytest.raises(ValueError, match="2-D"):
        random_floor([1, 0])


def two_classes(n=60, seed=0):
    random = np.random.default_rng(seed)
    labels = ["sea"] * (2 * n // 3) + ["sky"] * (n - 2 * n // 3)
    centre = np.array([0.0 if label == "sea" else 2.0 for label in labels])
    return random.normal(centre[:, None], 1, (n, 3)), labels


def test_query_blind_scores_are_priors_times_posteriors():
    X, labels = two_classes()
    scores = query_blind_scores(X, labels, X)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    strength = floors._best_strength(X, np.array([[label == "sea", label == "sky"] for label in labels]))
    model = LogisticRegression(C=strength, max_iter=1000).fit(scaled, labels)
    np.testing.assert_allclose(scores, model.predict_proba(scaled) @ [2 / 3, 1 / 3], atol=1e-6)


def test_several_labels_an_item_add_their_classes():
    X, labels = two_classes()
    both = [[label, "all"] for label in labels]
    scores = query_blind_scores(X, both, X)
    assert scores.min() > 1  # the class that everything has contributes 1 to every item
    assert np.corrcoef(scores, query_blind_scores(X, labels, X))[0, 1] > 0.99


@pytest.mark.filterwarnings("error")
def test_degenerate_training_sets():
    np.testing.assert_allclose(query_blind_scores([[1.0], [2.0]], ["a", "a"], [[3.0], [4.0]]), [1, 1])
    np.testing.assert_allclose(query_blind_scores([[1.0]], ["a"], [[3.0]]), [1])
    assert np.isfinite(query_blind_scores(np.ones((6, 2)), list("aabbcc"), np.ones((3, 2)))).all()
    assert np.isfinite(query_blind_scores(np.eye(4), list("abcd"), np.eye(4))).all()  # no class twice
    assert query_blind_scores([[1.0], [2.0]], ["a", "b"], np.zeros((0, 1))).shape == (0,)


@pytest.mark.filterwarnings("error")
def test_many_classes_of_few_items_are_no_reason_to_warn():
    labels = [f"class {n % 22}" for n in range(39)]
    X = np.random.default_rng(0).normal(size=(39, 4))
    assert class_posteriors(X, labels, X, 1.0)[0].shape == (39, 22)


def test_query_blind_floor_is_one_ranking_for_all():
    X, labels = two_classes()
    relevant = class_relevance(["sea", "sky", "sea"], labels)
    values = query_blind_floor(relevant, X, labels, X)
    assert values[0] == values[2] > random_floor(relevant)[0]
    assert values[1] < random_floor(relevant)[1]


@pytest.mark.parametrize(
    ("train", "labels", "features", "message"),
    [
        ([[1.0], [2.0]], ["a"], [[1.0]], r"one a training item \(2\), got 1"),
        ([[1.0], [np.nan]], ["a", "b"], [[1.0]], "train_features has NaN or infinity, first in row 1"),
        ([[1.0], [2.0]], ["a", "b"], [[np.inf]], "features has NaN or infinity, first in row 0"),
        ([[1.0], [2.0]], ["a", "b"], [[1.0, 2.0]], "features must have 1 columns as in training, got 2"),
        ([1.0, 2.0], ["a", "b"], [[1.0]], "train_features must be 2-D"),
        ([[1.0]], [[]], [[1.0]], "no class"),
    ],
)
def test_bad_floor_input(train, labels, features, message):
    with pytest.raises(ValueError, match=message):
        query_blind_scores(train, labels, features)


@pytest.fixture(scope="module")
def wikipedia(shared_data):
    folder = shared_data("wikipedia")
    features = loadmat(folder / "raw_features.mat")

    def labels(split):
        lines = (folder / f"{split}set_txt_img_cat.list").read_text().splitlines()
        return [int(line.split()[2]) for line in lines]

    return features, labels("train"), labels("test")


@pytest.mark.data
def test_random_floor_of_wikipedia(wikipedia):
    _, _, labels = wikipedia
    relevant = class_relevance(labels, labels)
    exact = random_floor(relevant, "wiki").mean()
    assert exact == pytest.approx(0.1187, abs=0.003)
    drawn = measure("wiki")(np.random.default_rng(0).random(relevant.shape), relevant).mean()
    assert exact == pytest.approx(drawn, abs=0.003)


@pytest.mark.slow
@pytest.mark.data
def test_query_blind_floor_of_wikipedia(wikipedia):
    features, train_labels, labels = wikipedia
    relevant = class_relevance(labels, labels)
    to_text, to_image = (
        query_blind_floor(relevant, features[f"{key}_tr"], train_labels, features[f"{key}_te"], "wiki").mean()
        for key in ("T", "I")
    )
    assert to_text == pytest.approx(0.2277, abs=0.01)
    assert to_image == pytest.approx(0.1419, abs=0.01)
    assert (to_text + to_image) / 2 == pytest.approx(0.185, abs=0.01)
