import numpy as np


def test_vocabulary__by_hand(work):
    words = work.vocabulary(["A red star", "a red red dot", "one star"], 2)
    assert list(words) == ["a", "red", "star"], f"expected a, red, star, got {list(words)}"


def test_text_features__by_hand(work):
    counts = work.text_features(["Red red dot", "blue"], ["dot", "red"])
    np.testing.assert_allclose(counts, [[1, 2], [0, 0]])


def test_image_features__by_hand(work):
    image = np.array([[[255, 0, 0], [0, 0, 130], [255, 10, 100], [0, 0, 200]]], dtype=np.uint8)
    expected = np.sqrt([0, 0.5, 0, 0, 0.5, 0, 0, 0])
    np.testing.assert_allclose(
        work.image_features(image, 2), expected, err_msg="two blue are 1, two red are 4"
    )


def test_rank__by_hand(work):
    gallery = np.array([[0.0, 0.0], [1.0, 1.0], [9.0, 1.0], [-1.0, 0.0]])
    order = work.rank(np.array([2.0, 0.0]), gallery)
    assert list(order) == [2, 1, 0, 3], f"expected 2, 1, 0, 3, got {list(order)}"


def test_mean_average_precision__by_hand(work):
    value = work.mean_average_precision([[2, 0, 1], [0, 1, 2]], ["a", "b"], ["b", "a", "a"])
    np.testing.assert_allclose(value, ((1 + 2 / 3) / 2 + 1) / 2)
