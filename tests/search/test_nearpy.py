import numpy as np
import pytest

from classicxm.search import ExactIndex, NearPyIndex

VECTORS = np.random.default_rng(0).standard_normal((400, 8))


def test_euclidean_scores_come_from_the_vectors_as_given():
    vectors = np.array([[1.0, 0], [10, 0], [100, 1]])
    ids, scores = (
        NearPyIndex("euclidean", n_tables=1, n_bits=1).add(vectors, ["a", "b", "c"]).search([[9, 0]], 3)
    )
    found = dict(zip(ids[0], scores[0], strict=True))
    assert found["b"] == -1
    assert found["a"] == -8


def test_items_are_not_collapsed_and_come_once():
    index = NearPyIndex(n_tables=6, n_bits=1).add(np.tile(VECTORS[:1], (50, 1)), range(50))
    assert index.search(VECTORS[:1], 60)[0][0].tolist() == [*range(50), *[None] * 10]


def test_lists_and_integers_are_stored():
    index = NearPyIndex(n_bits=1, n_tables=1).add([[1, 2], [3, 4]], [0, 1])
    assert index.search([[1, 2]], 1)[0].tolist() == [[0]]


def test_every_hash_has_a_name_and_a_seed_of_its_own():
    index = NearPyIndex(n_tables=5).add(VECTORS, range(400))
    hashes = index.structure.lshashes
    assert len({one.hash_name for one in hashes}) == len(set(index.seeds_)) == 5
    assert not np.allclose(hashes[0].normals, hashes[1].normals)


def test_too_many_bits_give_padding_instead_of_nothing():
    ids, scores = NearPyIndex(n_tables=1, n_bits=60).add(VECTORS, range(400)).search(-VECTORS[:3], 4)
    assert ids.shape == (3, 4)
    assert np.isneginf(scores[ids == None]).all()  # noqa: E711


def test_a_candidate_is_whoever_shares_a_bucket():
    index = NearPyIndex(n_tables=3, n_bits=4).add(VECTORS, range(400))
    unit = VECTORS.astype(np.float32)
    unit = index.prepare(unit).astype(float)
    ids, _ = index.search(VECTORS[:20], 400)
    signs = np.stack([unit @ one.normals.T > 0 for one in index.structure.lshashes])
    for row in range(20):
        expected = (signs == signs[:, row : row + 1]).all(axis=2).any(axis=0)
        assert set(ids[row]) - {None} == set(np.flatnonzero(expected))


def test_recall_rises_with_tables():
    truth, _ = ExactIndex().add(VECTORS, range(400)).search(VECTORS, 5)
    found = [
        (NearPyIndex(n_tables=n, n_bits=5).add(VECTORS, range(400)).search(VECTORS, 5)[0] == truth).mean()
        for n in (1, 20)
    ]
    assert found[0] < found[1]


@pytest.mark.parametrize("hashing", ["pca_binary", "pca_discretized"])
def test_broken_hashes_are_refused_with_a_reason(hashing):
    with pytest.raises(ValueError, match="is refused: NearPy's PCA hashes call functions that SciPy removed"):
        NearPyIndex(hashing=hashing).add(VECTORS, range(400))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_tables": 0}, "n_tables must be an integer of at least 1, got 0"),
        ({"bin_width": 0.0}, "bin_width must be a number above 0, got 0.0"),
        ({"metric": "kl"}, "metric must be one of"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        NearPyIndex(**settings).add(VECTORS, range(400))
