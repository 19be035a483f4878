"""Every fit twice: equal to the bit; with one and two threads equal to rounding, signs included."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from classicxm import alignment, hashing
from classicxm.alignment.linear import fixed_signs
from classicxm.base import Aligner

RANDOM = np.random.default_rng(0)
LABELS = [f"c{n}" for n in np.arange(120) % 4]
SHARED = np.eye(4)[np.arange(120) % 4] @ RANDOM.normal(size=(4, 6)) + RANDOM.normal(size=(120, 6))
VIEWS = {
    name: np.abs(SHARED @ RANDOM.normal(size=(6, d)) + 0.3 * RANDOM.normal(size=(120, d)))
    for name, d in (("image", 9), ("text", 7))
}


def made(kind):
    settings = {"n_components": 3, "n_bits": 4, "max_iter": 300, "random_state": 0}
    return kind().set_params(**{k: v for k, v in settings.items() if k in kind().get_params()})


def takes_no_argument(kind):
    try:
        kind()
    except TypeError:
        return False
    return True


def projected(aligner, threads):
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = clone(aligner).fit(VIEWS, LABELS)
        project = getattr(fitted, "project_view", fitted.transform_view)
        return {name: project(name, X) for name, X in VIEWS.items()}


KINDS = [
    kind
    for room in (alignment, hashing)
    for kind in (getattr(room, name) for name in room.__all__)
    if isinstance(kind, type)
    and issubclass(kind, Aligner)
    and takes_no_argument(kind)
    and kind is not alignment.Identity  # learns nothing, and wants views of one width
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_fits_agree(kind):
    aligner = made(kind)
    one, again, two = (projected(aligner, threads) for threads in (1, 1, 2))
    for name in VIEWS:
        np.testing.assert_array_equal(one[name], again[name])
        scale = max(1.0, np.abs(one[name]).max())
        np.testing.assert_allclose(two[name], one[name], rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_empty_batch_is_projected_to_an_empty_batch(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = made(kind).fit(VIEWS, LABELS)
    for name, X in VIEWS.items():
        assert fitted.transform_view(name, X[:0]).shape == (0, fitted.transform_view(name, X[:1]).shape[1])


def test_signs_of_equal_entries_and_of_directions_of_the_second_view():
    first = np.array([[0.5, 0.0], [-0.5 - 1e-12, 0.0]])
    second = np.array([[1.0, -2.0]])
    fixed = fixed_signs({"a": first, "b": second})
    assert fixed["a"][0, 0] == 0.5 and fixed["b"].tolist() == [[1.0, 2.0]]


def test_the_dual_solver_without_ridge_knows_no_units():
    rows = np.random.default_rng(3).normal(size=(8, 12))
    other = rows[:, :3] @ np.random.default_rng(4).normal(size=(3, 12)) + np.random.default_rng(5).normal(
        size=(8, 12)
    )
    units = 10.0 ** np.linspace(-7, 7, 12)
    fitted = [
        alignment.CCA(3, ridge=0, solver="dual").fit({"a": X, "b": other}) for X in (rows, rows * units)
    ]
    assert fitted[0].rank_ == fitted[1].rank_
    np.testing.assert_allclose(fitted[0].correlations_, fitted[1].correlations_, atol=1e-6)
