import numpy as np


def test_tfidf__by_hand(work):
    weights = work.tfidf(np.array([[1, 0], [1, 2]]))
    rare = (1 + np.log(2)) * (1 + np.log(3 / 2))
    expected = [[1, 0], [1 / np.hypot(1, rare), rare / np.hypot(1, rare)]]
    np.testing.assert_allclose(weights, expected, err_msg="the first term is in both texts, its factor is 1")


def test_orientation_histogram__ramps(work):
    y, x = np.mgrid[:6, :8]
    across = work.orientation_histogram(1.0 * x, 4)
    np.testing.assert_allclose(
        across, [2 * 6 * 6 / 48, 0, 0, 0], err_msg="columns 1 to 6 of 8 have the gradient 2"
    )
    down = work.orientation_histogram(3.0 * y, 4)
    np.testing.assert_allclose(
        down, [0, 0, 6 * 4 * 8 / 48, 0], err_msg="90 degrees begin the third bin of four"
    )


def test_mel_filters__shape_and_peaks(work):
    filters = work.mel_filters(10, 512, 16000)
    assert filters.shape == (10, 257)
    assert filters.max() > 0.9, f"triangles have the height 1, got {filters.max():.2f}"
    assert (np.diff(filters.argmax(axis=1)) > 0).all(), "filters are in the order of their frequencies"


def test_cepstra__constant(work):
    found = work.cepstra(np.full((1, 4), np.e), 3)
    np.testing.assert_allclose(found, [[2, 0, 0]], atol=1e-12, err_msg="ln e = 1, and 4 * sqrt(1 / 4) = 2")


def test_hellinger__by_hand(work):
    rows = work.hellinger(np.array([[1.0, 3.0], [0.0, 0.0]]))
    np.testing.assert_allclose(rows, [[0.5, np.sqrt(0.75)], [0, 0]])
