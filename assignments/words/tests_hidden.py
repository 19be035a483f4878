import numpy as np


def test_sample__random_without_repetition(work, seed):
    descriptors = [np.arange(i * 1000, i * 1000 + 100.0)[:, None] for i in range(4)]
    rows = np.asarray(work.sample(descriptors, 30, seed))[:, 0]
    assert len(set(rows.tolist())) == 120
    assert all(((rows[30 * i : 30 * i + 30] // 1000) == i).all() for i in range(4))
    other = np.asarray(work.sample(descriptors, 30, seed + 1))[:, 0]
    assert set(rows.tolist()) != set(other.tolist())
    assert (np.asarray(work.sample(descriptors, 30, seed))[:, 0] == rows).all()


def test_sample__every_row_has_its_chance(work):
    descriptors = [np.arange(10.0)[:, None]]
    drawn = [np.asarray(work.sample(descriptors, 3, seed)).ravel() for seed in range(60)]
    assert set(np.concatenate(drawn).tolist()) == set(range(10))


def test_assign__random(work, reference, seed):
    rng = np.random.default_rng(seed + 1)
    descriptors, words = rng.normal(size=(80, 6)), rng.normal(size=(9, 6)) * 2
    assert list(work.assign(descriptors, words)) == list(reference.assign(descriptors, words))


def test_assign__words_of_different_length(work):
    assert list(work.assign(np.array([[1.0, 0.1], [9.0, 1.0]]), np.array([[10.0, 0.0], [0.0, 1.0]]))) == [
        1,
        0,
    ]


def test_histogram__random(work, reference, seed):
    numbers = np.random.default_rng(seed + 2).integers(5, size=40)
    np.testing.assert_allclose(work.histogram(numbers, 11), reference.histogram(numbers, 11))


def test_histogram__no_words(work):
    assert np.sum(work.histogram(np.array([1]), 3)) == 1
    np.testing.assert_allclose(work.histogram(np.zeros(0, dtype=int), 3), [0, 0, 0])


def test_pyramid__random(work, reference, seed):
    rng = np.random.default_rng(seed + 3)
    numbers, places = rng.integers(7, size=60), rng.uniform(size=(60, 2))
    expected = reference.pyramid(numbers, places, 9)
    np.testing.assert_allclose(work.pyramid(numbers, places, 9), expected)


def test_pyramid__on_the_borders(work, reference):
    numbers, places = np.array([0, 1, 2]), np.array([[0.5, 0.5], [0.5, 0.1], [0.2, 0.5]])
    np.testing.assert_allclose(work.pyramid(numbers, places, 3), reference.pyramid(numbers, places, 3))


def test_nearest_class__random(work, reference, seed):
    rng = np.random.default_rng(seed + 4)
    labels = [f"class {i}" for i in rng.permutation(np.repeat(np.arange(4), 5))]
    train, test = rng.normal(size=(20, 3)), rng.normal(size=(15, 3))
    assert list(work.nearest_class(train, labels, test)) == reference.nearest_class(train, labels, test)
