import numpy as np


def test_exact_top_k__by_hand(work):
    items = np.array([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8], [0.8, 0.6]])
    rows = work.exact_top_k(np.array([1.0, 0.1]), items, 3)
    assert list(rows) == [1, 3, 2], f"expected rows 1, 3, 2, got {np.asarray(rows).tolist()}"


def test_hash_keys__by_hand(work):
    planes = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    keys = work.hash_keys(np.array([[2.0, 1.0], [-1.0, 3.0], [-1.0, -1.0]]), planes)
    assert list(keys) == [3, 2, 4], f"bit i is worth 2**i; expected 3, 2, 4, got {np.asarray(keys).tolist()}"


def test_build_table__by_hand(work):
    table = work.build_table(np.array([5, 2, 5, 0]))
    expected = {5: [0, 2], 2: [1], 0: [3]}
    assert {k: list(v) for k, v in table.items()} == expected, f"expected {expected}, got {table}"


def test_probe_keys__by_hand(work):
    keys = work.probe_keys(np.array([0.5, -0.1, 2.0]), 4)
    # own key 101 = 5; cheapest flips: bit 1 (.01), bit 0 (.25), both (.26)
    assert list(keys) == [5, 7, 4, 6], f"expected 5, 7, 4, 6, got {np.asarray(keys).tolist()}"


def test_recall_at_k__by_hand(work):
    recall = work.recall_at_k([[4, 7], [], [1, 2, 3]], [[7, 8], [1, 2], [3, 1]])
    np.testing.assert_allclose(recall, 0.5, err_msg="one of two, none of two, both")
