import numpy as np
import pytest

from classicxm import persistence
from classicxm.errors import DamagedFileError
from classicxm.search import LSHIndex
from classicxm.search.quantised import QuantisedRows, quantised
from classicxm.search.rerank import rerank
from classicxm.search.scoring import Scorer, prepare_items
from tests.search.damage import damaged, each_damage

RANDOM = np.random.default_rng(0)
VECTORS = np.concatenate([RANDOM.standard_normal((300, 24)) ** 3, np.zeros((2, 24)), np.eye(24)[:3]])
UNIT = prepare_items("cosine", VECTORS.astype(np.float32))


def test_rounding_errors_are_what_they_are_said_to_be():
    codes, rounding = quantised(UNIT)
    back = codes * rounding[:, :1].astype(float)
    np.testing.assert_allclose(np.linalg.norm(UNIT - back, axis=1), rounding[:, 1], rtol=1e-5, atol=1e-7)
    assert (np.abs(codes).max(axis=1) == np.where(UNIT.any(axis=1), 127, 0)).all()
    assert rounding[300:302].max() == 0


def test_rough_scores_are_no_further_off_than_their_error():
    codes, rounding = quantised(UNIT)
    scorer = Scorer("cosine", VECTORS[:20].astype(np.float32))
    for query in range(20):
        rough, error = scorer.rough_rounded(query, codes.astype(np.float32), rounding)
        assert (np.abs(rough - UNIT.astype(float) @ scorer.queries[query]) <= error).all()


@pytest.mark.parametrize("k", [1, 10, 500])
def test_answers_are_those_without_rounding(k):
    vectors = np.repeat(UNIT, 3, axis=0)  # ties everywhere
    scorer = Scorer("cosine", RANDOM.standard_normal((15, 24)).astype(np.float32))
    found = [np.sort(RANDOM.choice(len(vectors), 400, replace=False)) for _ in range(15)]
    rounded = QuantisedRows.extended(None, 0, vectors)
    for one, other in zip(
        rerank(scorer, vectors, found, k, rounded), rerank(scorer, vectors, found, k), strict=True
    ):
        assert (one == other).all()


def test_parts_added_one_after_the_other_are_the_whole():
    part = QuantisedRows.extended(None, 0, UNIT[:100])
    for start in range(100, 300, 7):
        part = QuantisedRows.extended(part, start, UNIT[start : start + 7])
    whole = QuantisedRows.extended(None, 0, UNIT[:303])
    assert (part.codes[:303] == whole.codes).all()
    assert (part.rounding[:303] == whole.rounding).all()
    kept = whole.kept(np.array([5, 9]))
    assert (kept.codes == whole.codes[[5, 9]]).all()


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("codes", np.zeros((4, 2), np.int8), r"has shape \(4, 2\) of int8, expected \(4, 3\) of int8"),
        ("codes", np.zeros((4, 3), np.float32), r"has shape \(4, 3\) of float32"),
        ("rounding", np.zeros((4, 1), np.float32), r"has shape \(4, 1\) of float32, expected \(4, 2\)"),
        ("rounding", None, "is not a readable array"),
    ],
)
def test_files_that_do_not_fit_are_named(name, array, message, tmp_path):
    QuantisedRows.extended(None, 0, np.ones((4, 3), np.float32)).write(tmp_path, 4)
    if array is None:
        (tmp_path / f"{name}.npy").write_bytes(b"x")
    else:
        np.save(tmp_path / f"{name}.npy", array)
    with pytest.raises(DamagedFileError, match=f"{name}.npy: {message}"):
        QuantisedRows.read(tmp_path, (4, 3))


@each_damage
@pytest.mark.parametrize("name", ["codes", "rounding", "keys", "starts", "members", "vectors"])
def test_damaged_files_of_an_index_are_named(name, damage, tmp_path):
    index = LSHIndex(n_tables=2, n_bits=3).add(VECTORS, range(len(VECTORS)))
    file = persistence.save(index, tmp_path / "index") / f"{name}.npy"
    damaged(file, damage)
    with pytest.raises(DamagedFileError, match=name):
        persistence.load(tmp_path / "index")
