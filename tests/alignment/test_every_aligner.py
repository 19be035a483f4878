"""What every aligner promises: views named and projected alone, clear refusals, nothing but finite numbers."""

import inspect

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

import classicxm.alignment as alignment
from classicxm.base import Aligner
from classicxm.distances import METRICS
from classicxm.evaluation import average_precision
from classicxm.persistence import load, save
from tests.alignment.conftest import class_views
from tests.alignment.refusals import refuses_to_learn, refuses_to_project

SMALL = {
    "BilinearRanking": {"max_epochs": 2},
    "KernelCCA": {"kernel": "rbf"},
    "KernelRidgeMatching": {"kernel": "rbf"},
    "PrivateCCA": {"random_state": 0},
}


def build(name):
    cls = getattr(alignment, name)
    if name == "HubCorrection":
        return cls(alignment.CCA(2))
    if name == "Preprocessed":
        return cls(alignment.CCA(2), StandardScaler())
    if name == "AlignerSearch":
        return cls(alignment.CCA(2), {"ridge": [0.1, 0.01]}, average_precision, n_folds=2)
    parameters = dict(SMALL.get(name, {}))
    if "n_components" in inspect.signature(cls).parameters:
        parameters["n_components"] = 2
    return cls(**parameters)


NAMES = [
    name
    for name in alignment.__all__
    if inspect.isclass(cls := getattr(alignment, name))
    and issubclass(cls, Aligner)
    and name != "Identity"  # is for views of one width, and has tests of its own
]
TWO_VIEWS = {"CFA", "PLSCanonical", "PLSRegression", "LCFS", "BilinearRanking"}
SUPERVISED = {
    "ClusterCCA", "GMLDA", "GMMFA", "JFSSL", "KernelRidgeMatching", "LCFS", "LabelCCA", "MeanCCA",
    "SemanticCorrelationMatching", "SemanticMatching",
}  # fmt: skip


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_all_are_here():
    assert len(NAMES) >= 22


def test_each_view_projects_alone_into_one_space(name):
    views, y = class_views()
    model = build(name)
    assert model.fit(views, y) is model
    assert model.score_metric in METRICS
    together = model.transform(views)
    assert len({Z.shape[1] for Z in together.values()}) == 1
    for modality, X in views.items():
        alone = model.transform_view(modality, X[:3])
        assert np.isfinite(alone).all()
        np.testing.assert_allclose(alone, together[modality][:3], atol=1e-9)


def test_classes_are_found_across_views(name):
    views, y = class_views(n=240)
    train, test = ({m: X[rows] for m, X in views.items()} for rows in (slice(120), slice(120, None)))
    model = build(name).fit(train, y[:120])
    z = model.transform(test)
    scores = METRICS[model.score_metric](z["image"], z["text"])
    # A third of all items is relevant to a query, which is what chance gives.
    assert average_precision(scores, np.equal.outer(y[120:], y[120:])).mean() > 0.5


def test_clones_repeat_the_result_and_input_is_left_alone(name):
    views, y = class_views()
    before = {m: X.copy() for m, X in views.items()}
    model = build(name).fit(views, y)
    again = clone(model).fit(views, y)
    for modality in views:
        np.testing.assert_array_equal(views[modality], before[modality])
        np.testing.assert_allclose(
            model.transform_view(modality, views[modality]), again.transform_view(modality, views[modality])
        )
    assert type(model).__name__ in repr(model)


def test_views_that_cannot_be_written_to(name):
    """Such as memory-mapped files, and what parallel workers are handed."""
    views, y = class_views()
    expected = build(name).fit(views, y).transform(views)
    for X in views.values():
        X.flags.writeable = False
    found = build(name).fit(views, y).transform(views)
    for view in views:
        np.testing.assert_allclose(found[view], expected[view], atol=1e-12)


def test_what_cannot_be_learned_from(name):
    refuses_to_learn(lambda: build(name))


def test_what_cannot_be_projected(name):
    model = refuses_to_project(lambda: build(name))
    with pytest.raises(ValueError, match="NaN or infinity"):
        model.transform_view("text", np.full((1, 5), np.inf))


def test_constant_and_duplicated_columns(name):
    views, y = class_views()
    views = {m: np.hstack([X, X[:, :1], np.full((len(X), 1), 0.1)]) for m, X in views.items()}
    z = build(name).fit(views, y).transform(views)
    assert all(np.isfinite(Z).all() for Z in z.values())


def test_more_features_than_rows(name):
    views, y = class_views(n=24, widths=(60, 40))
    z = build(name).fit(views, y).transform(views)
    assert all(np.isfinite(Z).all() for Z in z.values())


def test_third_view(name):
    views, y = class_views(widths=(8, 5, 6))
    if name in TWO_VIEWS:
        with pytest.raises(ValueError, match="takes two views, got 3"):
            build(name).fit(views, y)
        return
    model = build(name).fit(views, y)
    # A query may come with two of the three, or with one.
    assert set(model.transform({"audio": views["audio"], "text": views["text"]})) == {"audio", "text"}
    assert model.transform_view("audio", views["audio"][:1]).shape[0] == 1


@pytest.mark.parametrize("name", sorted(SUPERVISED))
def test_labels(name):
    views, y = class_views()
    with pytest.raises(ValueError, match="learns from labels; give y"):
        build(name).fit(views)
    with pytest.raises(ValueError, match=r"y must have one entry per row of the views \(120\), got 119"):
        build(name).fit(views, y[:-1])
    with pytest.raises(ValueError, match="y must hold at least 2 classes, got 1"):
        build(name).fit(views, ["sea"] * 120)
    once = np.array([*y[:-1], "fog"], dtype=object)
    model = build(name).fit(views, once)
    assert np.isfinite(model.transform_view("text", views["text"])).all()


@pytest.mark.parametrize("name", sorted(SUPERVISED))
def test_several_labels_an_item(name):
    views, y = class_views()
    several = [[label, "big"] if i % 2 else [label] for i, label in enumerate(y)]
    several[0] = []
    z = build(name).fit(views, several).transform(views)
    assert all(np.isfinite(Z).all() for Z in z.values())


@pytest.mark.parametrize("name", sorted(SUPERVISED))
def test_one_row_a_class(name):
    views, _ = class_views(n=12)
    z = build(name).fit(views, [str(i) for i in range(12)]).transform(views)
    assert all(np.isfinite(Z).all() for Z in z.values())


def test_saved_and_loaded(name, tmp_path):
    views, y = class_views()
    model = build(name).fit(views, y)
    if name == "AlignerSearch":
        model = model.best_aligner_  # the search itself holds a function
    loaded = load(save(model, tmp_path / "model"))
    for modality, X in views.items():
        np.testing.assert_array_equal(loaded.transform_view(modality, X), model.transform_view(modality, X))
