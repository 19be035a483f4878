import numpy as np
import pytest

from classicxm.search import ExactIndex, HammingIndex
from classicxm.search.codes import HammingScorer, hamming_distances, nearby, packed_signs, substrings
from classicxm.search.tuning import recall_of


def brute(bits, queries):
    return (queries[:, None] != bits[None]).sum(axis=2)


@pytest.mark.parametrize("n_bits", [1, 7, 64, 65, 130, 300])
def test_scanning_counts_differing_bits(n_bits):
    rng = np.random.default_rng(0)
    bits, queries = rng.integers(0, 2, (500, n_bits)), rng.integers(0, 2, (20, n_bits))
    index = HammingIndex().add(bits, range(500))
    ids, scores = index.search(queries, 12)
    distances = brute(bits, queries)
    order = np.argsort(distances, axis=1, kind="stable")[:, :12]
    assert (ids == order).all()
    assert (scores == -np.take_along_axis(distances, order, axis=1)).all()


def test_signs_and_bits_are_the_same_codes():
    bits = np.random.default_rng(0).integers(0, 2, (50, 20))
    assert (packed_signs(bits) == packed_signs(2.0 * bits - 1)).all()
    assert (packed_signs(bits) == packed_signs(bits == 1)).all()


def test_only_the_codes_are_kept_without_reranking():
    index = HammingIndex().add(np.ones((10, 64)), range(10))
    assert index.store_.snapshot().vectors.nbytes == 80


def test_reranking_improves_on_the_codes():
    rng = np.random.default_rng(0)
    vectors, queries = rng.standard_normal((2000, 32)), rng.standard_normal((50, 32))
    truth, best = ExactIndex().add(vectors, range(2000)).search(queries, 10)
    recalls = []
    for n_reranked in (0, 200, 2000):
        index = HammingIndex(128, n_reranked=n_reranked).add(vectors, range(2000))
        ids, scores = index.search(queries, 10)
        recalls.append(recall_of(ids, truth))
    assert recalls[0] < recalls[1] <= recalls[2] == 1
    np.testing.assert_allclose(scores, best)


@pytest.mark.parametrize("n_substrings", [0, 1, 3, 4])
@pytest.mark.parametrize("radius", [0, 2, 5, 24])
def test_all_within_a_radius_are_found(n_substrings, radius):
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (400, 24))
    queries = np.where(rng.random((10, 24)) < 0.1, 1 - bits[:10], bits[:10])
    index = HammingIndex(n_substrings=n_substrings).add(bits, range(400)).remove([0, 5])
    distances = brute(bits, queries)
    distances[:, [0, 5]] = 100
    for row, (ids, scores) in zip(distances, index.within(queries, radius), strict=True):
        expected = [i for i in np.argsort(row, kind="stable") if row[i] <= radius]
        assert ids.tolist() == expected
        assert (scores == -row[expected]).all()


def test_within_of_an_empty_index_and_bad_radii():
    ((ids, scores),) = HammingIndex().within([[1, 0]], 1)
    assert len(ids) == len(scores) == 0
    for radius in (-1, 1.5, True):
        with pytest.raises(ValueError, match="radius must be an integer of at least 0"):
            HammingIndex().within([[1, 0]], radius)


def test_substrings_may_cross_words():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (3, 130))
    parts, lengths = substrings(packed_signs(bits), 130, 3)
    assert lengths == [44, 43, 43]
    start = 0
    for i, length in enumerate(lengths):
        expected = bits[:, start : start + length] @ (1 << np.arange(length))
        assert (parts[:, i] == expected.astype(np.uint64)).all()
        start += length


def test_masks_of_a_ball():
    assert len(nearby(10, 2)) == 1 + 10 + 45
    assert len(nearby(3, 9)) == 8
    assert np.bitwise_count(nearby(10, 2)).max() == 2


def test_distances_and_scores_agree():
    words = np.random.default_rng(0).integers(0, 2**63, (6, 2)).astype(np.uint64)
    scorer = HammingScorer(words)
    rough, error = scorer.rough(words)
    assert (scorer.exact(None, None, rough) == -hamming_distances(words[:, None], words[None])).all()
    assert not error.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_substrings": 9}, "n_substrings must cut 8 bits into runs of 1 to 48, got 9"),
        ({"n_bits": 100, "n_substrings": 2}, "n_substrings must cut 100 bits into runs of 1 to 48, got 2"),
        ({"n_bits": 0}, "n_bits must be None or an integer of at least 1, got 0"),
        ({"n_reranked": -1}, "n_reranked must be an integer of at least 0, got -1"),
        ({"metric": "kl"}, "metric must be one of"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        HammingIndex(**settings).add(np.eye(8), range(8))
