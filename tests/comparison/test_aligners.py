"""Alignments by name: how they are spelled, what they need, and how features are prepared for them."""

import numpy as np
import pytest

from classicxm.comparison.aligners import (
    ALIGNERS,
    DEFAULT_ALIGNERS,
    WIDE,
    WIDEST_HISTOGRAM,
    find_aligners,
    searched_aligner,
)


def test_names():
    assert find_aligners(["cca", "sCm"]) == ["CCA", "SCM"] and find_aligners() == list(DEFAULT_ALIGNERS)
    assert all(not ALIGNERS[name].labels for name in find_aligners(labelled=False))
    for names, message in (
        (["cca", "CCA"], "aligners must be named once each"),
        (["nobody"], "unknown aligner 'nobody'; choose one of CCA"),
    ):
        with pytest.raises(ValueError, match=message):
            find_aligners(names)
    with pytest.raises(ValueError, match="aligner SM learns from labels; without them choose one of CCA"):
        find_aligners(["SM"], labelled=False)


def test_grids_name_parameters_that_there_are():
    for name, one in ALIGNERS.items():
        assert set(one.grid) <= set(one.aligner.get_params()), name


def test_kernels_by_the_kind_of_features():
    rng = np.random.default_rng(0)
    views = {
        "histogram": rng.random((6, 5)),
        "signed": rng.normal(size=(6, 5)),
        "wide": rng.normal(size=(6, WIDE + 1)),
        "wide histogram": rng.random((6, WIDEST_HISTOGRAM + 1)),
    }
    aligner = searched_aligner("KRR", views).aligner
    assert aligner.aligner.kernel == {
        "histogram": "chi2",
        "signed": "rbf",
        "wide": "linear",
        "wide histogram": "linear",
    }
    assert list(aligner.preprocessing) == ["signed"]


def test_nothing_is_prepared_for_identity():
    search = searched_aligner("Identity", {"a": np.eye(3), "b": np.eye(3)}, protocol="AP", n_folds=2)
    assert search.aligner is ALIGNERS["Identity"].aligner and search.grid == {} and search.n_folds == 2
