"""The roles: what subclasses get from them, and what views and rows must be."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from classicxm.base import Aligner, Encoder, Extractor, Index, LocalExtractor, check_view, check_views
from classicxm.errors import UnpairedViewsError


class Lengths(Extractor):
    """The number of letters of a text."""

    modality = "text"

    def __init__(self, n_jobs=None, on_error="raise", cache=None):
        self.n_jobs, self.on_error, self.cache = n_jobs, on_error, cache

    def describe(self, item):
        return np.array([len(item)], float)


class Doubled(Aligner):
    """Twice the rows."""

    def fit(self, views, y=None):
        self.begin_fit(views)
        return self

    def transform_view(self, modality, X):
        return 2 * check_view(self, modality, X)


def test_an_extractor_of_a_few_lines():
    extractor = Lengths()
    with pytest.raises(NotFittedError):
        extractor.transform(["a"])
    found = extractor.fit(["a"]).transform(["ab", ["a", "b"]])
    assert found.tolist() == [[2], [3]] and found.dtype == np.float32 and extractor.n_features_out_ == 1
    parts = extractor.divide("abc", np.array([0.5]))
    assert parts.contributions.tolist() == [1.5] and extractor.is_empty(np.zeros(1))
    with pytest.raises(ValueError, match="on_error"):
        Lengths(on_error="ignore").fit()


def test_saved_states_hold_no_paths():
    assert Lengths(cache=Path("/a")).__getstate__()["cache"] == "/a"


@pytest.mark.parametrize("role", [Extractor, LocalExtractor, Encoder, Aligner, Index])
def test_roles_are_abstract(role):
    with pytest.raises(TypeError, match="abstract"):
        role()


def test_an_aligner_that_is_not_linear_says_so():
    model = Doubled().fit({"text": [[1.0]], "image": [[2.0, 3.0]]})
    assert model.n_features_in_ == {"text": 1, "image": 2}
    assert model.fit_transform({"text": [[1.0]], "image": [[2.0, 3.0]]})["image"].tolist() == [[4, 6]]
    with pytest.raises(
        TypeError, match="explanations need a linear aligner such as CCA; Doubled is not linear"
    ):
        model.gradient("text", [[1.0]], [[1.0]])


def test_views_become_float_rows():
    found = check_views({"a": [[1, 2]], "b": np.array([[True, False]])})
    assert found["a"].dtype == found["b"].dtype == np.float64 and found["b"].tolist() == [[1, 0]]
    assert check_views({"a": np.array([[1, 2.5]], object)}, 1)["a"].tolist() == [[1, 2.5]]


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ([[1.0]], TypeError, "views must be a dict"),
        ({"a": [[1.0]]}, ValueError, r"at least 2 views are needed, got 1: \['a'\]"),
        (
            {"a": [[1.0]], "b": [[1.0], [2.0]]},
            UnpairedViewsError,
            "row i of every view must be the same item",
        ),
        ({"a": np.zeros((0, 1)), "b": np.zeros((0, 1))}, ValueError, "the views have no rows"),
        (
            {"a": [[1.0], [np.inf]], "b": [[1.0]] * 2},
            ValueError,
            "'a' view has NaN or infinity in 1 rows, first in row 1",
        ),
        ({"a": [[1.0], [2.0, 3.0]], "b": [[1.0]] * 2}, ValueError, "'a' view must have rows of one length"),
        ({"a": [["x"]], "b": [[1.0]]}, TypeError, "'a' view must be numbers, got dtype <U1"),
        ({"a": [1.0], "b": [[1.0]]}, ValueError, r"must be 2-D \(n_items, n_features\), got shape \(1,\)"),
    ],
)
def test_views_that_are_refused(views, error, message):
    with pytest.raises(error, match=message):
        check_views(views)


def test_rows_are_of_a_view_that_was_fitted():
    model = Doubled().fit({"text": [[1.0]], "image": [[2.0, 3.0]]})
    with pytest.raises(ValueError, match="no view 'audio' was fitted; the views are 'text', 'image'"):
        model.transform_view("audio", [[1.0]])
    with pytest.raises(ValueError, match="the 'image' view was fitted on 2 features, got 1"):
        model.transform_view("image", [[1.0]])
