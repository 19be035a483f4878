import itertools

import numpy as np


def test_parse_run__random(work, reference, seed):
    *texts, _ = reference.data(seed)
    for text in texts:
        found = {query: [tuple(pair) for pair in pairs] for query, pairs in work.parse_run(text).items()}
        assert found == reference.parse_run(text)


def test_parse_run__blank_lines_and_tabs(work):
    run = work.parse_run("\nq Q0 d10 7 -1 t\n\nq\tQ0\td9  8 -2.5\tt\n")
    assert {query: [tuple(pair) for pair in pairs] for query, pairs in run.items()} == {
        "q": [("d10", -1), ("d9", -2.5)]
    }


def test_average_precision__random(work, reference, seed):
    rng = np.random.default_rng(seed + 1)
    for _ in range(5):
        ranked = [f"d{i}" for i in rng.permutation(30)[:20]]
        relevant = [f"d{i}" for i in rng.permutation(30)[:6]]
        expected = reference.average_precision(ranked, relevant)
        np.testing.assert_allclose(work.average_precision(ranked, relevant), expected, atol=1e-9)


def test_ndcg__random(work, reference, seed):
    rng = np.random.default_rng(seed + 2)
    for k in (1, 5, 50):
        grades = {f"d{i}": int(rng.integers(1, 4)) for i in range(8)}
        ranked = [f"d{i}" for i in rng.permutation(30)[:20]]
        ranked[0] = "d0"
        np.testing.assert_allclose(work.ndcg(ranked, grades, k), reference.ndcg(ranked, grades, k), atol=1e-9)


def test_ndcg__ideal_order_is_one(work):
    np.testing.assert_allclose(work.ndcg(["a", "b", "c", "x"], {"a": 3, "b": 2, "c": 1}, 4), 1)


def test_expected_precision__all_orders(work, seed):
    rng = np.random.default_rng(seed + 3)
    scores = rng.integers(3, size=6).tolist()
    relevant = [True, *(bool(r) for r in rng.integers(2, size=4)), False]
    k = 3
    orders = [
        o
        for o in itertools.permutations(range(6))
        if all(scores[i] >= scores[j] for i, j in itertools.pairwise(o))
    ]
    values = [sum(relevant[i] for i in order[:k]) / k for order in orders]
    expected = float(np.mean(values))
    if expected == 0:
        scores, relevant, expected = [1, 1], [True, False], 1 / 6
    np.testing.assert_allclose(work.expected_precision(scores, relevant, k), expected, atol=1e-9)


def test_expected_precision__fewer_items_than_k(work):
    np.testing.assert_allclose(work.expected_precision([2, 1], [True, True], 5), 0.4)


def test_randomisation_test__random(work, reference, seed):
    rng = np.random.default_rng(seed + 4)
    a = rng.uniform(size=9) + 0.3
    b = rng.uniform(size=9)
    expected = reference.randomisation_test(a.tolist(), b.tolist())
    assert expected < 1
    np.testing.assert_allclose(work.randomisation_test(a.tolist(), b.tolist()), expected, atol=1e-9)


def test_randomisation_test__order_of_systems_does_not_count(work, seed):
    rng = np.random.default_rng(seed + 5)
    a, b = (rng.uniform(size=8) + 1).tolist(), rng.uniform(size=8).tolist()
    p_value = work.randomisation_test(a, b)
    assert p_value < 0.05
    np.testing.assert_allclose(work.randomisation_test(b, a), p_value, atol=1e-9)
