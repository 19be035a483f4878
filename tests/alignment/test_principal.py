"""Principal components: scikit-learn's directions, one common scale, wide and short matrices alike."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from classicxm.alignment import CCA, Preprocessed, PrincipalComponents
from classicxm.alignment.two_stage_fit import sharing_groups


@pytest.mark.parametrize("shape", [(40, 7), (9, 30)])
def test_directions_are_those_of_pca_up_to_one_number(shape):
    X = np.random.default_rng(0).normal(size=shape) * np.arange(1, shape[1] + 1)
    ours = PrincipalComponents(3).fit(X)
    theirs = PCA(3).fit(X)
    projected, expected = ours.transform(X), theirs.transform(X)
    ratio = np.abs(projected) / np.abs(expected)
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-6)
    assert projected.var(axis=0).mean() == pytest.approx(1)
    assert ours.explained_ == pytest.approx(theirs.explained_variance_ratio_.sum())


def test_a_view_of_lower_rank_has_fewer_components():
    X = np.outer(np.arange(5.0), [1.0, 2.0, 3.0])
    assert PrincipalComponents(3).fit_transform(X).shape == (5, 1)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_inner_products_are_kept_but_for_the_scale(scale):
    X = np.random.default_rng(1).normal(size=(6, 20)) * scale
    Z = PrincipalComponents(6).fit_transform(X)
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(
        Z @ Z.T / np.trace(Z @ Z.T), centred @ centred.T / np.trace(centred @ centred.T), atol=1e-9
    )


def test_bad_input():
    with pytest.raises(ValueError, match="all rows are equal, so there is no principal component"):
        PrincipalComponents().fit(np.ones((4, 3)))
    with pytest.raises(ValueError, match="n_components must be an integer of at least 1, got 0"):
        PrincipalComponents(0).fit(np.eye(3))


def test_settings_of_a_one_stage_aligner_share_their_preparation():
    prepared = Preprocessed(CCA(), PrincipalComponents())
    settings = [{"aligner__ridge": r, "aligner__n_components": k} for r in (0.1, 1.0) for k in (1, 2)]
    assert sharing_groups(prepared, settings) == [[0, 1, 2, 3]]
