"""Ranking losses, score correction, preprocessing and selection."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from classicxm.alignment import CCA, AlignerSearch, BilinearRanking, HubCorrection, LabelCCA, Preprocessed
from classicxm.alignment.bilinear import loss_and_gradients, wrong_pairs
from classicxm.alignment.hubness import csls, inverted_softmax
from classicxm.alignment.ranking_loss import LOSSES, triplet_loss
from classicxm.distances import get_metric
from classicxm.evaluation import average_precision, success_at


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_equal_finite_differences(name):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(5, 4)), rng.normal(size=(5, 3))
    A, B = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    wrong = wrong_pairs(np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 1]]))

    def loss(S, wrong):
        return LOSSES[name](S, wrong, margin=0.7, temperature=0.3)

    def value(flat):
        return loss_and_gradients(flat[:8].reshape(4, 2), flat[8:].reshape(3, 2), X, Y, wrong, loss)[0]

    _, to_A, to_B = loss_and_gradients(A, B, X, Y, wrong, loss)
    flat = np.concatenate([A.ravel(), B.ravel()])
    numeric = approx_fprime(flat, value, 1e-7)
    np.testing.assert_allclose(np.concatenate([to_A.ravel(), to_B.ravel()]), numeric, atol=1e-5)


def test_triplet_loss_by_hand():
    S = np.array([[1.0, 0.95], [0.0, 0.8]])
    # Rows: .2 - 2 + 1.9 = .1 and nothing; columns: nothing and .2 - 1.6 + 1.9 = .5.
    assert triplet_loss(S, ~np.eye(2, dtype=bool), margin=0.2)[0] == pytest.approx((0.1 + 0.5) / 2)
    assert triplet_loss(S, np.zeros((2, 2), dtype=bool), margin=0.2)[0] == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_training_lowers_the_loss_it_stops_by(make_views, loss):
    views = make_views(n=400, widths=(20, 15))
    model = BilinearRanking(3, loss=loss, max_epochs=15, learning_rate=0.003).fit(views)
    assert min(model.losses_) < model.losses_[0]
    new = make_views(n=400, widths=(20, 15))
    z = model.transform(new)
    scores = get_metric("cosine")(z["image"], z["text"])
    assert success_at(scores, np.eye(400, dtype=bool), 10).mean() > 5 * 10 / 400


def test_training_stops_early_and_keeps_the_best(make_views):
    views = make_views(n=60)
    model = BilinearRanking(2, learning_rate=1.0, patience=2, max_epochs=50).fit(views)
    assert len(model.losses_) < 51
    assert len(model.losses_) == int(np.argmin(model.losses_)) + 1 + 2
    with pytest.raises(ValueError, match="at least 4 pairs"):
        BilinearRanking(1).fit(make_views(n=3))


def test_a_hub_loses_its_queries():
    # Item 0 is close to every known query, item 1 only to this one.
    scores, bank = np.array([[0.9, 0.85]]), np.array([[0.9, 0.1], [0.8, 0.0]])
    assert scores.argmax() == 0
    assert csls(scores, bank, np.array([[0.5, 0.4]]), k=2).argmax() == 1
    assert inverted_softmax(scores, bank).argmax() == 1
    np.testing.assert_allclose(
        csls(scores, bank, np.array([[0.5, 0.4]]), k=2), [[1.8 - 0.45 - 0.85, 1.7 - 0.45 - 0.05]]
    )
    expected = np.log(np.exp(scores / 0.1) / np.exp(bank / 0.1).sum(axis=0))
    np.testing.assert_allclose(inverted_softmax(scores, bank, 0.1), expected)


@pytest.mark.parametrize("method", ["csls", "inverted_softmax"])
def test_hub_correction_uses_the_training_rows(make_views, method):
    views = make_views()
    model = HubCorrection(CCA(3), method=method, k=5, max_bank=50).fit(views)
    assert model.bank_["image"].shape == (50, 3)
    scores = model.scores("text", views["text"], "image", views["image"])
    plain = get_metric("cosine")(*(model.transform_view(m, views[m]) for m in ("text", "image")))
    right = np.eye(200, dtype=bool)
    assert average_precision(scores, right).mean() > 0.8 * average_precision(plain, right).mean()
    assert abs(scores - plain).max() > 0.1


def test_preprocessing_of_each_view(make_views):
    views = make_views()
    scaled = {"image": StandardScaler().fit_transform(views["image"]), "text": views["text"]}
    model = Preprocessed(CCA(2), {"image": make_pipeline(MinMaxScaler(), StandardScaler())}).fit(views)
    expected = CCA(2).fit(scaled).transform(scaled)
    np.testing.assert_allclose(model.transform(views)["image"], expected["image"], atol=1e-9)
    with pytest.raises(ValueError, match=r"preprocessing names \['audio'\], but the views are"):
        Preprocessed(CCA(2), {"audio": StandardScaler()}).fit(views)
    with pytest.raises(TypeError, match="must have fit and transform"):
        Preprocessed(CCA(2), {"image": 3}).fit(views)


def test_search_finds_the_ridge_that_noise_needs(make_views):
    views = make_views(n=60, widths=(40, 30))
    search = AlignerSearch(CCA(3, power=0.0), {"ridge": [0.0, 1.0]}, average_precision, n_folds=3).fit(views)
    assert search.best_params_ == {"ridge": 1.0}
    assert [set(result) for result in search.results_] == [{"params", "fold_scores", "mean"}] * 2
    assert all(len(result["fold_scores"]) == 3 for result in search.results_)
    assert search.best_score_ == max(result["mean"] for result in search.results_)
    direct = CCA(3, power=0.0, ridge=1.0).fit(views)
    np.testing.assert_allclose(
        search.transform_view("text", views["text"]), direct.transform_view("text", views["text"])
    )


def test_search_reaches_into_preprocessing_and_uses_labels(make_classes):
    views, y = make_classes()
    grid = {"aligner__n_components": [1, 2, 50], "preprocessing": [StandardScaler(), MinMaxScaler()]}
    search = AlignerSearch(Preprocessed(LabelCCA(), StandardScaler()), grid, average_precision, n_folds=3)
    search.fit(views, y)
    assert search.best_params_["aligner__n_components"] == 2
    failed = [result for result in search.results_ if "error" in result]
    assert len(failed) == 2 and "n_components must be at most" in failed[0]["error"]
    lists = AlignerSearch(LabelCCA(2), {"ridge": [0.1]}, average_precision, n_folds=2).fit(
        views, [[label] for label in y]
    )
    assert lists.best_params_ == {"ridge": 0.1}


def test_search_never_sees_rows_outside_its_folds(make_views):
    seen = []

    def measure(scores, relevant):
        seen.append(relevant.shape)
        return average_precision(scores, relevant)

    AlignerSearch(CCA(1), {"ridge": [0.1]}, measure, n_folds=4).fit(make_views(n=20))
    assert seen == [(5, 5)] * 8


def test_search_refuses(make_views):
    views = make_views(n=20)
    with pytest.raises(
        ValueError, match="no setting of the grid could be fitted; the first failed with: n_comp"
    ):
        AlignerSearch(CCA(), {"n_components": [50]}, average_precision).fit(views)
    with pytest.raises(ValueError, match="5 folds need at least 10 rows, got 9; lower n_folds"):
        AlignerSearch(CCA(), {"ridge": [1]}, average_precision).fit(
            {name: X[:9] for name, X in views.items()}
        )
    with pytest.raises(ValueError, match="relevance must be None, 'class' or 'instance', got 'both'"):
        AlignerSearch(CCA(), {"ridge": [1]}, average_precision, relevance="both").fit(views)
    with pytest.raises(ValueError, match="learns from labels"):
        AlignerSearch(CCA(1), {"ridge": [1]}, average_precision, relevance="class").fit(views)
