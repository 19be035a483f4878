"""Losses of a batch's scores by hand, and their gradients against differences."""

import numpy as np
import pytest

from classicxm.alignment.ranking_loss import LOSSES, contrastive_loss, cross_entropy_loss, triplet_loss

S = np.array([[0.9, 0.8], [0.1, 0.5]])
WRONG = ~np.eye(2, dtype=bool)


def test_triplet_loss_by_hand():
    # rows: 0.2 - 1.8 + 1.6 = 0 and 0.2 - 1.0 + 0.2 < 0; columns: 0.2 - 1.8 + 0.2 < 0 and 0.2 - 1.0 + 1.6 = 0.8
    loss, gradient = triplet_loss(S, WRONG, margin=0.2)
    assert loss == pytest.approx(0.4)
    loss, gradient = triplet_loss(S, WRONG, margin=0.1)
    assert loss == pytest.approx(0.35)
    np.testing.assert_allclose(gradient, [[0, 1], [0, -1]])


def test_contrastive_loss_by_hand():
    expected = np.mean(
        [np.log1p(np.exp(-1)), np.log1p(np.exp(-4)), np.log1p(np.exp(-8)), np.log1p(np.exp(3))]
    )
    assert contrastive_loss(S, WRONG, temperature=0.1)[0] == pytest.approx(expected)


def test_cross_entropy_loss_by_hand():
    right = np.log1p(np.exp(-9)) + np.log1p(np.exp(-5))
    wrong = np.log1p(np.exp(8)) + np.log1p(np.exp(1))
    assert cross_entropy_loss(S, WRONG, temperature=0.1)[0] == pytest.approx((right + wrong) / 4)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_differences(name):
    rng = np.random.default_rng(0)
    scores, wrong = rng.uniform(-1, 1, (4, 4)), ~np.eye(4, dtype=bool)
    wrong[0, 1] = wrong[1, 0] = False  # two of one class
    gradient = LOSSES[name](scores, wrong, margin=0.3, temperature=0.5)[1]
    for place in np.ndindex(4, 4):
        step = np.zeros((4, 4))
        step[place] = 1e-6
        up, down = (LOSSES[name](scores + s * step, wrong, margin=0.3, temperature=0.5)[0] for s in (1, -1))
        assert gradient[place] == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_a_batch_of_one_class_has_nothing_to_tell_apart():
    nothing = np.zeros((2, 2), bool)
    assert triplet_loss(S, nothing)[0] == 0 and contrastive_loss(S, nothing)[0] == pytest.approx(0)
