"""PrivateCCA: CCA itself where privacy costs nothing, and nothing that would spend epsilon again."""

import numpy as np
import pytest

from classicxm.alignment import CCA, PrivateCCA
from classicxm.alignment.private_cca import without_privacy


def test_with_hardly_any_noise_it_is_cca(make_views):
    views = {name: X / 100 for name, X in make_views(200).items()}
    private = PrivateCCA(2, epsilon=1e12, clip=0.5, random_state=0).fit(views)
    plain = CCA(2).fit(views)
    np.testing.assert_allclose(private.correlations_, plain.correlations_, atol=1e-3)
    assert private.moments_ is None  # they are as private as the rows


def test_less_epsilon_is_more_noise(make_views):
    views = {name: X / 10 for name, X in make_views(200).items()}
    plain = CCA(1, solver="primal").fit(views).correlations_[0]

    def missed(epsilon):
        found = [
            PrivateCCA(1, epsilon=epsilon, random_state=seed).fit(views).correlations_[0] for seed in range(5)
        ]
        return np.mean(np.abs(np.array(found) - plain))

    assert missed(0.05) > missed(1000.0)


def test_noise_follows_the_seed(make_views):
    views = make_views(50)
    one, same, other = (PrivateCCA(1, random_state=seed).fit(views).weights_["image"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


@pytest.mark.parametrize("name", ["partial_fit", "merge"])
def test_what_would_spend_epsilon_again(name, make_views):
    model = PrivateCCA(1).fit(make_views(30))
    with pytest.raises(ValueError, match=f"{name} would solve again and spend epsilon a second time"):
        getattr(model, name)(model)


def test_settings_of_older_files_are_left_out():
    assert without_privacy({"ridge": 1, "epsilon": None, "clip": 1.0, "delta": 0, "mean_clip": 2}) == {
        "ridge": 1
    }
