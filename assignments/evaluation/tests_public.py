import numpy as np


def test_parse_run__by_hand(work):
    run = work.parse_run("q1 Q0 a 1 0.5 x\nq1 Q0 b 2 2.0 x\nq2 Q0 a 1 1e-3 x\nq1 Q0 c 3 0.5 x\n")
    expected = {"q1": [("b", 2.0), ("c", 0.5), ("a", 0.5)], "q2": [("a", 0.001)]}
    found = {query: [tuple(pair) for pair in pairs] for query, pairs in run.items()}
    assert found == expected, f"expected {expected}, got {found}"


def test_average_precision__by_hand(work):
    value = work.average_precision(["a", "x", "b", "y"], ["a", "b", "c"])
    np.testing.assert_allclose(value, (1 + 2 / 3 + 0) / 3, err_msg="c is not in the ranking, but counts")


def test_ndcg__by_hand(work):
    value = work.ndcg(["x", "a", "b"], {"a": 1, "b": 3}, 3)
    expected = (1 / np.log2(3) + 3 / 2) / (3 + 1 / np.log2(3))
    np.testing.assert_allclose(value, expected, err_msg="gains are the grades, discounts log2(rank + 1)")


def test_expected_precision__by_hand(work):
    value = work.expected_precision([1, 3, 1, 1], [True, True, False, False], 2)
    np.testing.assert_allclose(
        value, (1 + 1 / 3) / 2, err_msg="one of three tied items fills the second place"
    )


def test_randomisation_test__by_hand(work):
    p_value = work.randomisation_test([2, 3, 4, 5], [1, 1, 1, 1])
    np.testing.assert_allclose(p_value, 2 / 16, err_msg="only no swap and all swaps are as extreme")
