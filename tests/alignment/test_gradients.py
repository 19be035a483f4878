"""Gradients of projections against differences of the projections themselves."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import (
    CCA,
    AlignerSearch,
    KernelCCA,
    KernelRidgeMatching,
    Preprocessed,
    SemanticCorrelationMatching,
    SemanticMatching,
)

ALIGNERS = {
    "CCA": CCA(2),
    "SM": SemanticMatching(),
    "SM linear": SemanticMatching(kernel="linear", C=3.0),
    "SM chi2": SemanticMatching(kernel="chi2", C=3.0),
    "SCM": SemanticCorrelationMatching(2),
    "KRR linear": KernelRidgeMatching(kernel="linear"),
    "KRR rbf": KernelRidgeMatching(kernel="rbf", centre=True),
    "KRR chi2": KernelRidgeMatching(kernel="chi2"),
    "KRR intersection": KernelRidgeMatching(kernel="intersection"),
    "KCCA chi2": KernelCCA(2, kernel="chi2", ridge=0.1),
    "KCCA rbf": KernelCCA(2, kernel="rbf", ridge=0.1, power=2.0),
    "scaled SM": Preprocessed(SemanticMatching(kernel="linear"), StandardScaler()),
    "searched": AlignerSearch(SemanticMatching(), {"C": [0.1, 1.0]}, n_folds=2),
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 10)
    views = {
        name: rng.random((30, d)) + 0.5 * np.eye(3)[y] @ rng.random((3, d))
        for name, d in (("a", 5), ("b", 4))
    }
    return views, y, rng


@pytest.mark.parametrize("several", [False, True], ids=["one class", "several classes"])
@pytest.mark.parametrize("name", ALIGNERS)
def test_gradients_are_slopes(data, name, several):
    views, y, rng = data
    labels = [[int(c), (int(c) + i) % 3] for i, c in enumerate(y)] if several else y
    aligner = ALIGNERS[name].fit(views, labels)
    X = rng.random((3, 5)) + 0.1
    weights = rng.normal(size=aligner.transform_view("a", X).shape)
    step, slopes = 1e-6, np.empty((3, 5))
    for column in range(5):
        aside = step * np.eye(5)[column]
        difference = aligner.transform_view("a", X + aside) - aligner.transform_view("a", X - aside)
        slopes[:, column] = (difference * weights).sum(axis=1) / (2 * step)
    np.testing.assert_allclose(aligner.gradient("a", X, weights), slopes, rtol=1e-4, atol=1e-6)


def test_a_linear_kernel_is_a_linear_map(data):
    views, y, _ = data
    model = KernelRidgeMatching(kernel="linear").fit(views, y)
    offset, matrix = model.linear_map("a")
    np.testing.assert_allclose(views["a"] @ matrix + offset, model.transform_view("a", views["a"]))


def test_approximate_kernels_have_no_gradient(data):
    views, _, _ = data
    model = KernelCCA(2, kernel="rbf", approximation="nystroem", ridge=0.1).fit(views)
    with pytest.raises(TypeError, match="KernelCCA is not linear"):
        model.gradient("a", views["a"], np.ones((30, 2)))
