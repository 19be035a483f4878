import numpy as np


def test_sample__counts(work):
    descriptors = [np.arange(20.0).reshape(10, 2), 100 + np.arange(4.0).reshape(2, 2)]
    rows = np.asarray(work.sample(descriptors, 5, 0))
    assert rows.shape == (7, 2), f"five of ten and two of two rows make seven, got {len(rows)}"
    assert (rows[:5] < 100).all() and (rows[5:] >= 100).all(), "rows are in the order of the arrays"


def test_assign__by_hand(work):
    numbers = work.assign(
        np.array([[0.0, 0.0], [5.0, 4.0], [0.9, 0.0]]), np.array([[5.0, 5.0], [1.0, 0.0], [0.0, 0.1]])
    )
    assert list(numbers) == [2, 0, 1], f"expected 2, 0, 1, got {np.asarray(numbers).tolist()}"


def test_histogram__by_hand(work):
    np.testing.assert_allclose(work.histogram(np.array([2, 0, 2, 2]), 4), [0.25, 0, 0.75, 0])


def test_pyramid__by_hand(work):
    places = np.array([[0.1, 0.2], [0.9, 0.2], [0.2, 0.8]])
    found = work.pyramid(np.array([0, 1, 1]), places, 2)
    expected = np.array([1, 2, 1, 0, 0, 1, 0, 1, 0, 0]) / 6
    np.testing.assert_allclose(
        found, expected, err_msg="whole, top left, top right, bottom left, bottom right"
    )


def test_nearest_class__by_hand(work):
    train = np.array([[0.0, 0.0], [0.0, 2.0], [9.0, 9.0]])
    predicted = work.nearest_class(train, ["a", "a", "b"], np.array([[1.0, 1.0], [8.0, 9.0]]))
    assert list(predicted) == ["a", "b"], f"expected a, b, got {list(predicted)}"
