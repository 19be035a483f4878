import numpy as np


def test_exact_top_k__random(work, reference, seed):
    rng = np.random.default_rng(seed + 1)
    items, query = rng.normal(size=(200, 8)), rng.normal(size=8)
    for k in (1, 7, 200):
        assert list(work.exact_top_k(query, items, k)) == list(reference.exact_top_k(query, items, k))


def test_exact_top_k__length_counts(work):
    found = work.exact_top_k(np.array([1.0, 0.0]), np.array([[1.0, 0.0], [3.0, 3.0], [2.0, 0.0]]), 2)
    assert list(found) == [1, 2]


def test_hash_keys__random(work, reference, seed):
    rng = np.random.default_rng(seed + 2)
    vectors, planes = rng.normal(size=(50, 6)), rng.normal(size=(9, 6))
    expected = reference.hash_keys(vectors, planes)
    assert list(work.hash_keys(vectors, planes)) == list(expected)


def test_hash_keys__opposite_vectors(work, seed):
    rng = np.random.default_rng(seed + 3)
    vectors, planes = rng.normal(size=(20, 5)), rng.normal(size=(7, 5))
    both = np.asarray(work.hash_keys(vectors, planes)) + np.asarray(work.hash_keys(-vectors, planes))
    assert (both == 2**7 - 1).all()


def test_hash_keys__many_bits(work, seed):
    planes = np.random.default_rng(seed + 4).normal(size=(40, 3))
    keys = work.hash_keys(planes[-1:], planes)
    assert int(keys[0]) >> 39 == 1


def test_build_table__random(work, reference, seed):
    keys = np.random.default_rng(seed + 5).integers(12, size=100)
    table = {int(k): [int(row) for row in rows] for k, rows in work.build_table(keys).items()}
    assert table == reference.build_table(keys)


def test_build_table__every_row_once(work, seed):
    keys = np.random.default_rng(seed + 6).integers(1000, size=300)
    rows = [int(row) for bucket in work.build_table(keys).values() for row in bucket]
    assert sorted(rows) == list(range(300))


def test_probe_keys__random(work, reference, seed):
    rng = np.random.default_rng(seed + 7)
    for n_bits, n_probes in ((4, 16), (8, 30), (12, 100)):
        projections = rng.normal(size=n_bits)
        expected = reference.probe_keys(projections, n_probes)
        assert [int(key) for key in work.probe_keys(projections, n_probes)] == expected


def test_probe_keys__one_probe_is_the_own_key(work, seed):
    projections = np.random.default_rng(seed + 8).normal(size=10)
    (key,) = work.probe_keys(projections, 1)
    assert [int(key) >> bit & 1 for bit in range(10)] == [int(p > 0) for p in projections]


def test_recall_at_k__random(work, seed):
    rng = np.random.default_rng(seed + 9)
    exact = [rng.choice(50, size=10, replace=False).tolist() for _ in range(6)]
    kept = [int(n) for n in rng.integers(1, 10, size=6)]
    found = [rows[:n] + [99] * (10 - n) for rows, n in zip(exact, kept, strict=True)]
    np.testing.assert_allclose(work.recall_at_k(found, exact), np.mean(kept) / 10)


def test_recall_at_k__order_does_not_count(work):
    np.testing.assert_allclose(work.recall_at_k([[3, 2, 1]], [[1, 2, 3]]), 1.0)
