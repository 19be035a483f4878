import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, StandardScaler

from classicxm.alignment import (
    CCA,
    AlignerSearch,
    HubCorrection,
    KernelCCA,
    Preprocessed,
    PrincipalComponents,
)
from classicxm.alignment.linear_pullback import pulled_back
from classicxm.evaluation import average_precision

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 5)) * [1, 2, 3, 4, 5] + 7


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        MaxAbsScaler(),
        MinMaxScaler((-1, 3)),
        PCA(3),
        PCA(3, whiten=True),
        TruncatedSVD(3),
        PrincipalComponents(3),
        make_pipeline(StandardScaler(), "passthrough", PCA(2, whiten=True)),
    ],
    ids=repr,
)
def test_pulled_back_maps_give_the_same_sums(transformer):
    rows = transformer.fit(X).transform(X)
    for weights in (RANDOM.normal(size=rows.shape[1]), RANDOM.normal(size=(rows.shape[1], 4))):
        constant, pulled = pulled_back(transformer, weights)
        np.testing.assert_allclose(X @ pulled + constant, rows @ weights)


@pytest.mark.parametrize("transformer", [Normalizer(), MinMaxScaler(clip=True)])
def test_other_transformers_are_refused(transformer):
    with pytest.raises(TypeError, match=f"{type(transformer).__name__} is not linear in its features"):
        pulled_back(transformer.fit(X), np.ones(5))


@pytest.mark.parametrize(
    "aligner",
    [
        CCA(2, power=2.0),
        HubCorrection(CCA(2)),
        AlignerSearch(CCA(), {"n_components": [1, 2]}, average_precision, n_folds=2),
        Preprocessed(CCA(2), {"image": make_pipeline(StandardScaler(), PCA(3))}),
    ],
    ids=lambda aligner: type(aligner).__name__,
)
def test_linear_maps_through_wrappers(aligner):
    views = {"image": X, "text": X[:, :3] + RANDOM.normal(size=(40, 3))}
    aligner.fit(views)
    for modality, rows in views.items():
        offset, matrix = aligner.linear_map(modality)
        np.testing.assert_allclose(rows @ matrix + offset, aligner.transform_view(modality, rows), atol=1e-9)


def test_wrapped_kernels_and_crooked_steps_are_refused():
    views = {"image": abs(X), "text": abs(X[:, :3])}
    with pytest.raises(TypeError, match="need a linear aligner such as CCA; KernelCCA is not linear"):
        HubCorrection(KernelCCA(2)).fit(views).linear_map("image")
    with pytest.raises(TypeError, match="Normalizer is not linear"):
        Preprocessed(CCA(2), Normalizer()).fit(views).linear_map("image")
