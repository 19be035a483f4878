"""What every hash promises: bits of each view alone that agree with Hamming search, clear refusals, save and load."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from classicxm import hashing
from classicxm.alignment import Preprocessed
from classicxm.evaluation import average_precision
from classicxm.hashing.bits import HashAligner
from classicxm.persistence import load, save
from classicxm.search import ExactIndex, HammingIndex
from tests.alignment.conftest import class_views
from tests.alignment.refusals import refuses_to_learn, refuses_to_project

NAMES = [name for name in hashing.__all__ if inspect.isclass(getattr(hashing, name))]
TWO_VIEWS = {"SCMHash", "DLFH"}
SUPERVISED = {"SCMHash", "DLFH", "ClassCodeHash"}
OWN_CODES = {"CMFH", "DLFH", "ClassCodeHash"}


def build(name, n_bits=8, **parameters):
    return getattr(hashing, name)(n_bits, **parameters)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(autouse=True)
def bits_that_views_do_not_share():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*bits agree by chance.*")
        yield


def test_all_are_here():
    assert set(NAMES) == {"CCAITQ", "CMFH", "CVH", "ClassCodeHash", "DLFH", "IMH", "SCMHash"}
    assert all(issubclass(getattr(hashing, name), HashAligner) for name in NAMES)


def test_bits_of_each_view_alone(name):
    views, y = class_views()
    model = build(name)
    assert model.fit(views, y) is model
    together = model.transform(views)
    for modality, X in views.items():
        assert together[modality].shape == (120, 8) and together[modality].dtype == np.float32
        assert set(np.unique(together[modality])) <= {-1.0, 1.0}
        np.testing.assert_array_equal(model.transform_view(modality, X[:1]), together[modality][:1])
        np.testing.assert_array_equal(hashing.signs(model.project_view(modality, X)), together[modality])
    assert hasattr(model, "codes_") == (name in OWN_CODES)
    for codes in getattr(model, "codes_", {}).values():
        assert codes.shape == (120, 8) and set(np.unique(codes)) <= {-1.0, 1.0}


def test_classes_are_found_across_views(name):
    views, y = class_views(n=240, noise=0.5)
    train, test = ({m: X[rows] for m, X in views.items()} for rows in (slice(120), slice(120, None)))
    model = build(name, 4 if name in ("CVH", "IMH") else 16).fit(train, y[:120])
    codes = model.transform(test)
    scores = codes["image"] @ codes["text"].T
    # A third of all items is relevant to a query, which is what chance gives.
    assert average_precision(scores, np.equal.outer(y[120:], y[120:])).mean() > 0.6
    for target, database in getattr(model, "codes_", {}).items():
        scores = codes["text" if target == "image" else "image"] @ database.T
        assert average_precision(scores, np.equal.outer(y[120:], y[:120])).mean() > 0.6


def test_packed_search_equals_the_search_by_score(name):
    views, y = class_views()
    codes = build(name).fit(views, y).transform(views)
    packed = HammingIndex().add(codes["text"], range(120)).search(codes["image"], k=120)
    plain = ExactIndex("dot").add(codes["text"], range(120)).search(codes["image"], k=120)
    np.testing.assert_array_equal(packed[0], plain[0])
    np.testing.assert_array_equal(8 + 2 * packed[1], plain[1])


def test_clones_repeat_the_result_and_input_is_left_alone(name):
    views, y = class_views()
    before = {m: X.copy() for m, X in views.items()}
    model = build(name).fit(views, y)
    again = clone(model).fit(views, y)
    for modality, X in views.items():
        np.testing.assert_array_equal(X, before[modality])
        np.testing.assert_array_equal(model.transform_view(modality, X), again.transform_view(modality, X))


def test_saved_and_loaded(name, tmp_path):
    views, y = class_views()
    model = build(name).fit(views, y)
    loaded = load(save(model, tmp_path / "model"))
    for modality, X in views.items():
        np.testing.assert_array_equal(loaded.transform_view(modality, X), model.transform_view(modality, X))
        if name in OWN_CODES:
            np.testing.assert_array_equal(loaded.codes_[modality], model.codes_[modality])


def test_what_cannot_be_learned_from(name):
    refuses_to_learn(lambda: build(name))
    views, y = class_views()
    with pytest.raises(ValueError, match=rf"{name}: n_bits must be an integer of at least 1, got 0"):
        build(name, 0).fit(views, y)


def test_what_cannot_be_projected(name):
    refuses_to_project(lambda: build(name))


def test_constant_and_duplicated_columns(name):
    views, y = class_views()
    views = {m: np.hstack([X, X[:, :1], np.full((len(X), 1), 0.1)]) for m, X in views.items()}
    codes = build(name).fit(views, y).transform(views)
    assert (codes["image"] == codes["text"]).mean() > 0.5


def test_duplicated_rows_get_equal_bits(name):
    views, y = class_views(n=60)
    views = {m: np.vstack([X, X]) for m, X in views.items()}
    model = build(name).fit(views, np.concatenate([y, y]))
    for codes in model.transform(views).values():
        np.testing.assert_array_equal(codes[:60], codes[60:])


def test_more_features_than_rows(name):
    views, y = class_views(n=24, widths=(60, 40))
    for codes in build(name).fit(views, y).transform(views).values():
        assert set(np.unique(codes)) <= {-1.0, 1.0}


def test_a_view_without_variation(name):
    views, y = class_views()
    views["text"] = np.ones_like(views["text"])
    if name in ("CVH", "CCAITQ", "IMH", "SCMHash"):
        with pytest.raises(ValueError, match="the 'text' view is constant"):
            build(name).fit(views, y)
    else:
        codes = build(name).fit(views, y).transform_view("text", views["text"])
        assert (codes == codes[0]).all()


@pytest.mark.parametrize("name", ["CCAITQ", "CVH", "IMH", "SCMHash"])
def test_values_too_large_to_be_squared_are_named(name):
    views, y = class_views()
    views["text"][3, 1] = 1e200
    with pytest.raises(ValueError, match=r"'text' view holds values up to 1e\+200, too large"):
        build(name).fit(views, y)


def test_third_view(name):
    views, y = class_views(widths=(8, 5, 6))
    if name in TWO_VIEWS:
        with pytest.raises(ValueError, match=f"{name} takes two views, got 3"):
            build(name).fit(views, y)
        return
    model = build(name).fit(views, y)
    codes = model.transform(views)
    agreements = [(codes[a] == codes[b]).mean() for a, b in (("image", "text"), ("text", "audio"))]
    assert min(agreements) > 0.5


@pytest.mark.parametrize("name", sorted(SUPERVISED))
def test_labels(name):
    views, y = class_views()
    with pytest.raises(ValueError, match="learns from labels; give y"):
        build(name).fit(views)
    with pytest.raises(ValueError, match="y must hold at least 2 classes, got 1"):
        build(name).fit(views, ["sea"] * 120)
    several = [[label, "big"] if i % 2 else [label] for i, label in enumerate(y)]
    several[0] = []
    codes = build(name, 16).fit(views, several).transform(views)
    agreement = codes["image"] @ codes["text"].T
    same = np.equal.outer(y, y)
    assert agreement[same].mean() > agreement[~same].mean() + 1


def test_a_hash_behind_a_scaler():
    views, y = class_views()
    model = Preprocessed(hashing.SCMHash(8), StandardScaler()).fit(views, y)
    assert model.score_metric == "dot"
    assert set(np.unique(model.transform_view("text", views["text"]))) == {-1.0, 1.0}
