import numpy as np

from classicxm.datasets import make_scenes


def test_vocabulary__scenes(work, reference, seed):
    texts = [scene["text"] for scene in make_scenes(150, random_state=seed, modalities=("text",))]
    for least in (1, 10, 60):
        assert list(work.vocabulary(texts, least)) == reference.vocabulary(texts, least)


def test_vocabulary__repetition_in_one_text_counts_once(work):
    assert list(work.vocabulary(["dot dot dot", "a Dot b", "b"], 2)) == ["b", "dot"]


def test_text_features__scenes(work, reference, seed):
    texts = [scene["text"] for scene in make_scenes(150, random_state=seed, modalities=("text",))]
    words = reference.vocabulary(texts[:50], 2)
    assert np.sum(work.text_features(texts[:60], words)) > 0
    np.testing.assert_allclose(
        work.text_features(texts[:60], words), reference.text_features(texts[:60], words)
    )


def test_image_features__random(work, reference, seed):
    rng = np.random.default_rng(seed + 1)
    for n_bins in (2, 3, 6):
        image = rng.integers(256, size=(9, 7, 3), dtype=np.uint8)
        np.testing.assert_allclose(
            work.image_features(image, n_bins), reference.image_features(image, n_bins)
        )


def test_rank__random(work, reference, seed):
    rng = np.random.default_rng(seed + 2)
    query, gallery = rng.normal(size=5), rng.normal(size=(40, 5)) * rng.uniform(0.1, 9, size=(40, 1))
    assert list(work.rank(query, gallery)) == list(reference.rank(query, gallery))


def test_rank__equal_items_in_order(work):
    gallery = np.array([[-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    assert list(work.rank(np.array([1.0, 0.0]), gallery)) == [1, 3, 0, 2]


def test_mean_average_precision__random(work, reference, seed):
    rng = np.random.default_rng(seed + 3)
    labels = [str(label) for label in rng.integers(4, size=25)]
    orders = [rng.permutation(25).tolist() for _ in range(6)]
    queries = ["0", "1", "2", "3", "9", "1"]
    expected = reference.mean_average_precision(orders, queries, labels)
    np.testing.assert_allclose(work.mean_average_precision(orders, queries, labels), expected)
