"""CCA: against direct eigenvalue solves and scikit-learn, by rows, in parts, and at the edges."""

import numpy as np
import pytest
from scipy.linalg import eigh
from sklearn.base import clone
from sklearn.cross_decomposition import CCA as SklearnCCA
from sklearn.exceptions import NotFittedError

from classicxm.alignment import CCA
from classicxm.alignment.cca import leading_singular


def make_views(n=200, widths=(6, 4), seed=0, noise=0.7):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 3)) * [2.0, 1.0, 0.5]
    names = ("image", "text", "audio")
    return {
        name: factors @ rng.normal(size=(3, d)) + noise * rng.normal(size=(n, d)) + rng.normal(size=d)
        for name, d in zip(names, widths, strict=False)
    }


def block_eigenvalues(views, ridge=0.0):
    """Eigenvalues of the block generalised problem, descending, by SciPy."""
    X = np.hstack([X - X.mean(axis=0) for X in views.values()])
    total = X.T @ X / (len(X) - 1)
    within = np.zeros_like(total)
    start = 0
    for V in views.values():
        part = slice(start, start + V.shape[1])
        C = total[part, part]
        within[part, part] = C + ridge * np.diag(C).mean() * np.eye(len(C))
        start = part.stop
    off = total - np.where(within != 0, total, 0)
    return eigh(within + off, within, eigvals_only=True)[::-1]


@pytest.mark.parametrize("ridge", [0.0, 1e-3, 0.5])
@pytest.mark.parametrize("widths", [(6, 4), (6, 4, 5), (30, 25)])
def test_correlations_equal_the_block_eigenproblem(widths, ridge):
    views = make_views(widths=widths)
    model = CCA(3, ridge=ridge).fit(views)
    expected = (block_eigenvalues(views, ridge)[:3] - 1) / (len(views) - 1)
    np.testing.assert_allclose(model.correlations_, expected, atol=1e-10)


def test_columns_that_are_the_same_correlate_fully():
    X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 1.0]])
    model = CCA(2, ridge=0.0).fit({"image": X, "text": X[:, ::-1] * [2.0, -3.0] + 7.0})
    np.testing.assert_allclose(model.correlations_, [1, 1])
    views = model.transform({"image": X, "text": X[:, ::-1] * [2.0, -3.0] + 7.0})
    np.testing.assert_allclose(views["image"], views["text"], atol=1e-12)
    np.testing.assert_allclose(views["image"].var(axis=0, ddof=1), 1)


def test_one_column_each_is_the_pearson_correlation():
    views = make_views(widths=(1, 1))
    r = np.corrcoef(views["image"][:, 0], views["text"][:, 0])[0, 1]
    np.testing.assert_allclose(CCA(1, ridge=0.0).fit(views).correlations_, [abs(r)])


def test_scores_are_unit_uncorrelated_and_correlate_as_stated():
    views = make_views()
    model = CCA(4, ridge=0.0, power=0.0).fit(views)
    z = model.transform(views)
    np.testing.assert_allclose(np.cov(z["image"].T), np.eye(4), atol=1e-10)
    np.testing.assert_allclose(
        np.cov(z["image"].T, z["text"].T)[:4, 4:], np.diag(model.correlations_), atol=1e-10
    )


def test_no_worse_than_scikit_learn_on_new_rows():
    views = make_views(n=400)
    fit, new = ({name: X[rows] for name, X in views.items()} for rows in (slice(200), slice(200, None)))
    z = CCA(2, ridge=0.0).fit(fit).transform(new)
    theirs = SklearnCCA(2).fit(fit["image"], fit["text"]).transform(new["image"], new["text"])
    for i in range(2):
        mine = np.corrcoef(z["image"][:, i], z["text"][:, i])[0, 1]
        assert mine == pytest.approx(np.corrcoef(theirs[0][:, i], theirs[1][:, i])[0, 1], abs=1e-3)


def test_power_weights_components():
    views = make_views()
    plain, weighted = (CCA(3, power=p).fit(views) for p in (0, 2))
    expected = plain.transform_view("text", views["text"]) * plain.correlations_**2
    np.testing.assert_allclose(weighted.transform_view("text", views["text"]), expected)


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 0.01])
@pytest.mark.parametrize("widths", [(6, 4), (6, 4, 5)])
def test_dual_equals_primal(widths, ridge, scale):
    views = make_views(n=40, widths=widths)
    primal, dual = (CCA(3, ridge=ridge, scale=scale, solver=s).fit(views) for s in ("primal", "dual"))
    np.testing.assert_allclose(dual.correlations_, primal.correlations_, atol=1e-10)
    assert dual.rank_ == primal.rank_ == {name: X.shape[1] for name, X in views.items()}
    for name in views:
        np.testing.assert_allclose(dual.weights_[name], primal.weights_[name], atol=1e-8)


def test_more_features_than_rows_goes_by_rows():
    views = make_views(n=20, widths=(300, 4))
    auto, primal = CCA(3, ridge=0.1).fit(views), CCA(3, ridge=0.1, solver="primal").fit(views)
    assert auto.moments_ is None and auto.rank_ == {"image": 19, "text": 4}
    np.testing.assert_allclose(auto.correlations_, primal.correlations_, atol=1e-9)
    np.testing.assert_allclose(auto.weights_["image"], primal.weights_["image"], atol=1e-8)


def test_scale_makes_units_irrelevant():
    views = make_views()
    other = {"image": views["image"] * [1, 10, 100, 0.1, 5, 2], "text": views["text"]}
    a, b = (CCA(2, ridge=0.1, scale=True).fit(v) for v in (views, other))
    mine, theirs = a.transform(views)["image"], b.transform(other)["image"]
    np.testing.assert_allclose(np.abs(mine), np.abs(theirs), atol=1e-10)
    c, d = (CCA(2, ridge=0.1).fit(v) for v in (views, other))
    assert abs(c.correlations_ - d.correlations_).max() > 1e-4


def test_sign_is_fixed():
    views = make_views()
    flipped = {name: X.copy() for name, X in views.items()}
    flipped["text"] *= -1
    a, b = CCA(3).fit(views), CCA(3).fit(flipped)
    largest = np.abs(a.weights_["image"]).argmax(axis=0)
    assert (a.weights_["image"][largest, range(3)] > 0).all()
    np.testing.assert_allclose(a.weights_["image"], b.weights_["image"], atol=1e-10)
    np.testing.assert_allclose(a.weights_["text"], -b.weights_["text"], atol=1e-10)


@pytest.mark.parametrize("ridge", [0.0, 1e-3])
@pytest.mark.parametrize("solver", ["primal", "dual"])
def test_constant_and_duplicated_columns_change_nothing(ridge, solver):
    views = make_views()
    junk = np.hstack([views["image"], np.full((200, 1), 0.1), views["image"][:, :2]])
    model = CCA(3, ridge=ridge, solver=solver).fit({"image": junk, "text": views["text"]})
    assert model.rank_["image"] == 6
    np.testing.assert_allclose(model.weights_["image"][6], 0, atol=1e-10)
    if ridge == 0:
        expected = CCA(3, ridge=0.0).fit(views)
        np.testing.assert_allclose(model.correlations_, expected.correlations_, atol=1e-10)
        np.testing.assert_allclose(
            np.abs(model.transform_view("image", junk)),
            np.abs(expected.transform_view("image", views["image"])),
            atol=1e-8,
        )


def test_parts_merged_equal_one_fit():
    views = make_views(n=300, widths=(6, 4, 5))
    parts = [
        {name: X[rows] for name, X in views.items()} for rows in (slice(3), slice(3, 100), slice(100, None))
    ]
    whole, streamed = CCA(3).fit(views), CCA(3)
    with pytest.raises(NotFittedError):
        streamed.partial_fit(parts[0]).transform_view("text", views["text"])  # three rows span two dimensions
    for part in parts[1:]:
        streamed.partial_fit(part)
    merged = CCA(3).fit(parts[1]).merge(CCA(3).partial_fit(parts[0])).merge(CCA(3).fit(parts[2]))
    for model in (streamed, merged):
        np.testing.assert_allclose(model.correlations_, whole.correlations_, atol=1e-10)
        for name in views:
            np.testing.assert_allclose(model.weights_[name], whole.weights_[name], atol=1e-8)
            np.testing.assert_allclose(model.means_[name], whole.means_[name], atol=1e-12)


def test_unpaired_rows_bring_the_covariance_nearer_the_truth():
    views = make_views(n=3000, widths=(30, 25))
    few = {name: X[:40] for name, X in views.items()}
    paired = CCA(2, ridge=0.0).fit(few)
    helped = CCA(2, ridge=0.0).fit(few).partial_fit({"image": views["image"][40:]})
    helped.partial_fit({"text": views["text"][40:]})
    np.testing.assert_allclose(helped.means_["image"], views["image"].mean(axis=0))

    def held_out(model):
        z = {name: X[1500:] for name, X in model.transform(views).items()}
        return np.mean([np.corrcoef(z["image"][:, i], z["text"][:, i])[0, 1] for i in range(2)])

    assert held_out(helped) > held_out(paired)


def test_solving_can_wait():
    views = make_views()
    model = CCA(2).partial_fit(views, solve=False)
    with pytest.raises(NotFittedError):
        model.transform(views)
    model.partial_fit({"image": views["image"][:1], "text": views["text"][:1]})
    assert model.transform_view("image", views["image"]).shape == (200, 2)


def test_components_from_small_and_full_decompositions_agree():
    K = np.random.default_rng(0).normal(size=(40, 30))
    U, values, V = leading_singular(K, 3)
    np.testing.assert_allclose(values, np.linalg.svd(K, compute_uv=False)[:3])
    np.testing.assert_allclose(K @ V, U * values, atol=1e-10)
    U, values, V = leading_singular(K.T, 3)
    np.testing.assert_allclose(K.T @ V, U * values, atol=1e-10)
    tiny = np.zeros((40, 30))
    tiny[0, 0] = 1e-9
    U, values, V = leading_singular(tiny, 2)
    np.testing.assert_allclose(values, [1e-9, 0], atol=1e-20)
    np.testing.assert_allclose(U.T @ U, np.eye(2), atol=1e-12)


def test_all_components_when_none_are_named():
    assert CCA(None).fit(make_views()).correlations_.shape == (4,)


@pytest.mark.parametrize("solver", ["primal", "dual"])
def test_automatic_components_are_the_rank_and_at_most_32(solver):
    narrow, wide = make_views(), make_views(widths=(50, 40))
    narrow["text"] = narrow["text"][:, [0, 1, 2, 0]]
    assert CCA("auto", solver=solver).fit(narrow).correlations_.shape == (3,)
    model = CCA("auto", solver=solver).fit(wide)
    np.testing.assert_allclose(model.correlations_, CCA(32, solver=solver).fit(wide).correlations_)
    with pytest.raises(ValueError, match="'text' view is constant"):
        CCA("auto", solver=solver).fit({"image": narrow["image"], "text": np.ones((200, 2))})


def test_automatic_components_grow_with_the_rows_seen():
    views = make_views()
    model = CCA("auto").partial_fit({name: X[:3] for name, X in views.items()})
    assert model.correlations_.shape == (2,)
    assert model.partial_fit({name: X[3:] for name, X in views.items()}).correlations_.shape == (4,)


@pytest.mark.parametrize("solver", ["primal", "dual"])
def test_more_components_than_rank(solver):
    views = make_views()
    views["text"] = views["text"][:, [0, 1, 0, 1]]
    with pytest.raises(
        ValueError, match=r"n_components must be at most 2 \(rank of the 'text' view\), got 3; lower"
    ):
        CCA(3, solver=solver).fit(views)
    views["text"][:] = 0.1
    with pytest.raises(ValueError, match="'text' view is constant"):
        CCA(1, solver=solver).fit(views)


def test_one_row_is_constant():
    with pytest.raises(ValueError, match="view is constant"):
        CCA(1).fit({"image": [[1.0, 2.0]], "text": [[3.0]]})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "n_components must be None or 'auto' or an integer of at least 1, got 0"),
        (
            {"n_components": "all"},
            "n_components must be None or 'auto' or an integer of at least 1, got 'all'",
        ),
        ({"ridge": -1}, "ridge must be a number of at least 0, got -1"),
        ({"power": "x"}, "power must be a number of at least 0, got 'x'"),
        ({"scale": 1}, "scale must be True or False, got 1"),
        ({"solver": "fast"}, "solver must be one of 'auto', 'primal', 'dual', got 'fast'"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=f"CCA: {message}"):
        CCA(**parameters).fit(make_views())


def test_bad_input():
    views = make_views()
    with pytest.raises(ValueError, match="at least 2 views are needed, got 1"):
        CCA(2).fit({"image": views["image"]})
    with pytest.raises(TypeError, match="must be a dict"):
        CCA(2).fit([views["image"], views["text"]])
    for solver in ("primal", "dual"):
        with pytest.raises(ValueError, match="too large to be squared"):
            CCA(2, solver=solver).fit({"image": views["image"] * 1e200, "text": views["text"]})
    model = CCA(2).fit(views)
    with pytest.raises(ValueError, match="no view 'audio' was fitted"):
        model.transform_view("audio", views["image"])
    with pytest.raises(ValueError, match="fitted on 4 features, got 6"):
        model.transform_view("text", views["image"])
    with pytest.raises(NotFittedError):
        clone(model).transform(views)
    with pytest.raises(TypeError, match="merged with its own kind"):
        model.merge("x")
    with pytest.raises(ValueError, match="fitted from moments"):
        model.merge(CCA(2, solver="dual").fit(views))


@pytest.mark.data
def test_wikipedia_correlation_matching(shared_data):
    from sklearn.preprocessing import StandardScaler

    from classicxm.datasets import load_wikipedia
    from classicxm.distances import get_metric
    from classicxm.evaluation import average_precision, class_relevance

    data = load_wikipedia(shared_data("wikipedia"))
    scalers = {m: StandardScaler().fit(data.train[m]) for m in ("image", "text")}
    train, test = ({m: scalers[m].transform(s[m]) for m in scalers} for s in (data.train, data.test))
    z = CCA(7, ridge=0.0, power=0.0).fit(train).transform(test)
    scores = get_metric("cosine")(z["image"], z["text"])
    relevant = class_relevance(data.test.labels, data.test.labels)
    assert average_precision(scores, relevant).mean() == pytest.approx(0.2463, abs=1e-3)
    assert average_precision(scores.T, relevant).mean() == pytest.approx(0.2007, abs=1e-3)
