import numpy as np
import pytest

from classicxm.evaluation import (
    INSTANCE_MEASURES,
    class_relevance,
    evaluate,
    evaluate_direction,
    instance_relevance,
    macro_average,
    measure,
    protocols,
)


def test_class_relevance_of_single_labels_is_equality():
    random = np.random.default_rng(0)
    queries, gallery = random.integers(0, 6, 40), random.integers(0, 7, 50)
    relevant = class_relevance(queries, gallery)
    assert relevant.dtype == bool
    np.testing.assert_array_equal(relevant, queries[:, None] == gallery[None])


def test_class_relevance_of_several_labels_is_sharing_one(monkeypatch):
    random = np.random.default_rng(1)
    queries, gallery = random.random((30, 5)) < 0.3, random.random((20, 5)) < 0.3
    expected = (queries.astype(int) @ gallery.T.astype(int)) > 0
    np.testing.assert_array_equal(class_relevance(queries, gallery), expected)
    lists = [list(map(int, np.flatnonzero(row))) for row in queries]
    monkeypatch.setattr("classicxm.evaluation.ties.CHUNK_BYTES", 20 * 8 * 7)
    np.testing.assert_array_equal(class_relevance(lists, gallery), expected)


def test_empty_sides():
    assert class_relevance([], ["a"]).shape == (0, 1)
    assert class_relevance(["a"], []).shape == (1, 0)
    assert not class_relevance([[], ["a"]], [[]]).any()


def test_instance_protocol_by_hand():
    # Two pictures with two captions each; the first picture's captions rank 2 and 4, the second's 1 and 3.
    relevant = instance_relevance(["p", "q"], ["p", "p", "q", "q"])
    np.testing.assert_array_equal(relevant, [[1, 1, 0, 0], [0, 0, 1, 1]])
    values = evaluate([[3, 1, 4, 2], [3, 1, 4, 2]], relevant, INSTANCE_MEASURES)
    np.testing.assert_array_equal(values["Success@1"], [0, 1])
    np.testing.assert_array_equal(values["Success@5"], [1, 1])
    np.testing.assert_array_equal(values["MeanRank"], [2, 1])
    assert measure("MedianRank").mean(values["MedianRank"]) == 1.5


def test_instance_ids_are_single():
    with pytest.raises(ValueError, match=r"query ids must be one id per item, got shape \(1, 1\)"):
        instance_relevance([["a"]], ["a"])


def test_macro_average_by_hand():
    assert macro_average([1, 0, 0.5, 0.25], ["a", "a", "b", "c"]) == pytest.approx((0.5 + 0.5 + 0.25) / 3)
    assert macro_average([1, 0], [["a", "b"], ["b"]]) == pytest.approx((1 + 0.5) / 2)
    assert macro_average([1, 0], [["a"], []]) == 1
    assert macro_average([1, np.inf], ["a", "b"]) == np.inf


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        ([1, 2], ["a"], "one per query"),
        ([], [], "no query has a label"),
        ([1, np.nan], ["a", "b"], "query 1 is NaN"),
    ],
)
def test_bad_macro_averages(values, labels, message):
    with pytest.raises(ValueError, match=message):
        macro_average(values, labels)


def random_ranking(seed=0, n_queries=30, n_items=25):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, (n_queries, n_items)).astype(float)
    return scores, random.random((n_queries, n_items)) < 0.2, [str(i) for i in range(n_items)]


def test_evaluate_gives_each_measure_its_own_value():
    scores, relevant, ids = random_ranking()
    names = ["wiki", "trec", "AP@5(average)", "nDCG@3", measure("P@2", ties="pessimistic")]
    values = evaluate(scores, relevant, names, ids=ids)
    assert list(values) == ["wiki", "trec", "AP@5(average)", "nDCG@3", "P@2(pessimistic)"]
    for name, got in values.items():
        np.testing.assert_array_equal(got, measure(name)(scores, relevant, ids=ids))


def test_evaluate_sorts_once_a_policy(monkeypatch):
    calls = []
    real = protocols.ranked_relevance
    monkeypatch.setattr(protocols, "ranked_relevance", lambda *args: calls.append(args[2]) or real(*args))
    scores, relevant, _ = random_ranking()
    evaluate(scores, relevant, ["AP", "P@1", "RR", "nDCG@3", "AP(average)"])
    assert sorted(calls) == ["average", "gallery_order"]


def test_evaluate_with_one_policy_for_all():
    scores, relevant, _ = random_ranking()
    values = evaluate(scores, relevant, ["AP", "RR"], ties="optimistic")
    np.testing.assert_array_equal(values["RR"], measure("RR(optimistic)")(scores, relevant))


def test_direction_equals_the_full_matrix_and_never_holds_it(monkeypatch):
    random = np.random.default_rng(3)
    X, Y = random.normal(size=(40, 3)), random.normal(size=(25, 3))
    labels, gallery_labels = random.integers(0, 4, 40), random.integers(0, 4, 25)
    relevant = class_relevance(labels, gallery_labels)
    expected = evaluate(X @ Y.T, relevant, ["AP", "MedianRank"])
    monkeypatch.setattr("classicxm.evaluation.ties.CHUNK_BYTES", 25 * 8 * 7)
    sizes = []

    def similarity(queries, gallery):
        sizes.append(len(queries))
        return queries @ gallery.T

    for relevance in (relevant, lambda rows: class_relevance(labels[rows], gallery_labels)):
        values = evaluate_direction(X, Y, relevance, similarity, ["AP", "MedianRank"])
        for name in expected:
            np.testing.assert_array_equal(values[name], expected[name])
    assert max(sizes) == 7
    assert sum(sizes) == 80


def test_no_queries_and_no_gallery():
    assert evaluate(np.zeros((0, 3)), np.zeros((0, 3)), "AP")["AP"].shape == (0,)
    np.testing.assert_array_equal(evaluate(np.zeros((2, 0)), np.zeros((2, 0)), "AP")["AP"], [0, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluate([[1, 2]], [[1, 0]], ["AP", "AP"]), "different names, got 'AP' twice"),
        (lambda: evaluate([[1, 2]], [[1, 0], [0, 1]]), "a row for each of the 1 queries, got 2"),
        (lambda: evaluate([[1, 2]], [[1, 0, 0]]), "one shape"),
        (lambda: evaluate([1, 2], [1, 0]), "2-D"),
        (lambda: evaluate([[np.nan, 2]], [[1, 0]]), "NaN"),
        (
            lambda: evaluate_direction(np.eye(2), np.eye(3), np.eye(2, 3), lambda Q, X: Q @ Q.T),
            r"one shape, got \(2, 2\) and \(2, 3\)",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_relevance_without_rows_and_names_without_order():
    for relevance in (None, (row for row in [[1, 0]])):
        with pytest.raises(ValueError, match="relevance must have a row for each of the 1 queries, got none"):
            evaluate([[1, 2]], relevance)
    for ids, message in (({"a", "b"}, "got set"), ("ab", "got str"), (["a", None], "str or int, got None")):
        with pytest.raises(TypeError, match=message):
            evaluate([[1, 1]], [[1, 0]], "RR(trec)", ids=ids)
