"""Leading directions found in passes are those of a decomposition of all rows at once."""

import functools

import numpy as np
import pytest
from scipy import sparse

from classicxm.scale.statistics import Products
from classicxm.scale.subspace import leading_directions
from tests.scale.memory import ended

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(90, 12)) * np.linspace(6, 0.5, 12) @ np.linalg.qr(RANDOM.normal(size=(12, 12)))[0]
PARTS = {"a": ROWS[:40], "b": ROWS[40:41], "c": ROWS[41:]}


def of_part(basis, part, mean=None, parts=PARTS):
    return Products.of(parts[part], basis, mean)


def expected(rows, n):
    """The leading right singular vectors, each with its largest entry positive."""
    found = np.linalg.svd(rows)[2][:n]
    return found * np.sign(found[np.arange(n), np.abs(found).argmax(axis=1)])[:, None]


@pytest.mark.parametrize("mean", [None, ROWS.mean(axis=0)])
def test_a_basis_of_all_dimensions_is_solved_in_one_pass(mean):
    learner = leading_directions(functools.partial(of_part, mean=mean), np.eye(12), 5, 1)
    rows = ROWS if mean is None else ROWS - mean
    np.testing.assert_allclose(ended(learner, list(PARTS)), expected(rows, 5), atol=1e-10)


def test_passes_turn_a_random_basis_into_place():
    learner = leading_directions(of_part, RANDOM.normal(size=(12, 6)), 3, 60)
    np.testing.assert_allclose(ended(learner, list(PARTS)), expected(ROWS, 3), atol=1e-6)


def test_sparse_rows_are_rows():
    parts = {name: sparse.csr_matrix(rows) for name, rows in PARTS.items()}
    found = ended(leading_directions(functools.partial(of_part, parts=parts), np.eye(12), 4, 1), list(PARTS))
    np.testing.assert_allclose(found, expected(ROWS, 4), atol=1e-10)


def passes_of(basis, n, most):
    learner = leading_directions(of_part, basis, n, most)
    statistic, passes = next(learner), 0
    try:
        while True:
            passes += 1
            merged = Products(sum(statistic(part).product for part in PARTS))
            statistic = learner.send(merged)
    except StopIteration:
        return passes


def test_passes_end_when_nothing_turns_any_more():
    assert passes_of(np.eye(12), 4, 50) == 2
    assert passes_of(RANDOM.normal(size=(12, 5)), 4, 3) == 3
    assert passes_of(np.eye(12), 4, 0) == 1  # there is always one


def test_directions_beyond_the_rank_are_of_length_one_all_the_same():
    parts = {"a": np.outer([1.0, 2.0, -1.0], [0.0, -3.0, 4.0])}
    found = ended(leading_directions(functools.partial(of_part, parts=parts), np.eye(3), 2, 5), ["a"])
    np.testing.assert_allclose(found @ found.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(found[0], [0, -0.6, 0.8], atol=1e-12)
