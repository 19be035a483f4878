"""MCCA and GCCA of two views are CCA, and of more what Kettenring's criteria say."""

import numpy as np
import pytest

from classicxm.alignment import CCA, GCCA, MCCA


def test_of_two_views_both_are_cca(make_views):
    views = make_views(60)
    cca = CCA(3, ridge=1e-9, power=0.0).fit(views)
    sumcor, maxvar = MCCA(3, ridge=1e-9).fit(views), GCCA(3, ridge=1e-9).fit(views)
    np.testing.assert_allclose(sumcor.correlations_, cca.correlations_, atol=1e-6)
    np.testing.assert_allclose(maxvar.eigenvalues_, 1 + cca.correlations_, atol=1e-6)


def test_gcca_gives_the_latent_variables_that_all_views_predict_best(make_views):
    views = make_views(50, widths=(4, 3, 5))
    model = GCCA(2, ridge=0.0).fit(views)
    projectors = []
    for X in views.values():
        Q = np.linalg.qr(X - X.mean(axis=0))[0]
        projectors.append(Q @ Q.T)
    expected = np.linalg.eigvalsh(sum(projectors))[::-1][:2]
    np.testing.assert_allclose(model.eigenvalues_, expected, rtol=1e-6)


def test_mcca_is_the_same_whatever_the_order_of_the_views(make_views):
    views = make_views(50, widths=(4, 3, 5))
    turned = dict(reversed(views.items()))
    np.testing.assert_allclose(MCCA(2).fit(views).correlations_, MCCA(2).fit(turned).correlations_, atol=1e-9)


@pytest.mark.parametrize("kind", [MCCA, GCCA])
def test_components_beyond_the_rank_are_refused(kind, make_views):
    with pytest.raises(ValueError, match=r"at most 3 \(rank of the 'text' view\)"):
        kind(4).fit(make_views(40, widths=(5, 3)))
