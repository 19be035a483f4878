import math
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import entropy

from classicxm.distances import METRICS, distance, get_metric, gradient_lengths, similarity, unit_rows

P = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
Q = np.array([[0.25, 0.25, 0.5], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])


def pairs(function):
    return np.array([[function(p, q) for q in Q] for p in P])


ORACLES = {
    "cosine": lambda: 1 - cdist(P, Q, "cosine"),
    "dot": lambda: P @ Q.T,
    "euclidean": lambda: -cdist(P, Q),
    "cityblock": lambda: -cdist(P, Q, "cityblock"),
    "correlation": lambda: 1 - cdist(P, Q, "correlation"),
    "js": lambda: -(cdist(P, Q, "jensenshannon") ** 2),
    "chi2": lambda: (
        -pairs(lambda p, q: sum((a - b) ** 2 / (a + b) for a, b in zip(p, q, strict=True) if a + b))
    ),
    "hellinger": lambda: -pairs(lambda p, q: np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)),
}


@pytest.mark.parametrize("name", ORACLES)
def test_against_scipy_or_the_plain_formula(name):
    # a constant row has no correlation; SciPy says NaN, we say 0
    np.testing.assert_allclose(similarity(P, Q, name), np.nan_to_num(ORACLES[name]()), atol=1e-12)


def test_kl_has_the_query_first_and_stays_finite():
    scores = similarity(P, Q, "kl")
    assert scores[0, 0] == pytest.approx(-entropy(P[0], Q[0]))
    assert scores[1, 2] == pytest.approx(0, abs=1e-12)
    assert np.isfinite(scores).all() and scores[0, 1] < -10


def test_hand_worked_scores():
    assert similarity([[1.0, 0.0]], [[0.0, 1.0]], "js")[0, 0] == pytest.approx(-np.log(2))
    assert similarity([[1.0, 0.0]], [[0.0, 1.0]], "hellinger")[0, 0] == pytest.approx(-1)
    assert similarity([[1.0, 0.0]], [[0.0, 1.0]], "chi2")[0, 0] == pytest.approx(-2)
    assert distance([[1.0, 2.0]], [[4.0, 6.0]], "cityblock")[0, 0] == 7


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_scores_an_item_with_itself_best_and_zero_rows_finitely(name):
    X = np.random.default_rng(0).dirichlet(np.ones(6), 20)
    scores = similarity(X, X, name)
    if name != "dot":
        assert (scores.argmax(axis=1) == np.arange(20)).all()
    with_zero = np.vstack([X[:3], np.zeros(6)])
    assert np.isfinite(similarity(with_zero, with_zero, name)).all()


@pytest.mark.parametrize("name", METRICS)
def test_dtype_and_shape(name):
    for dtype in (np.float32, np.float64, int):
        assert similarity(np.eye(3, dtype=dtype), np.eye(3, dtype=dtype)[:2], name).shape == (3, 2)
    assert similarity(np.zeros((0, 3)), np.eye(3), name).shape == (0, 3)


def test_large_element_wise_metrics_are_cut_into_blocks(monkeypatch):
    from classicxm import distances

    X = np.random.default_rng(0).random((30, 5))
    whole = similarity(X, X, "js")
    monkeypatch.setattr(distances, "BLOCK_ENTRIES", 1)
    np.testing.assert_array_equal(similarity(X, X, "js"), whole)


@pytest.mark.parametrize("name", ["kl", "js", "chi2", "hellinger"])
def test_negative_values_are_refused_by_histogram_metrics(name):
    with pytest.raises(ValueError, match="non-negative values, got -1 in row 1, column 0"):
        similarity([[1.0, 0.0]], [[0.5, 0.5], [-1.0, 0.0]], name)


def test_a_constant_row_has_no_correlation():
    assert similarity([[0.1, 0.1, 0.1]], [[1.0, 2.0, 3.0]], "correlation")[0, 0] == 0


def test_bad_shapes_and_names():
    with pytest.raises(ValueError, match="queries have 2 dimensions and items 3"):
        similarity([[1, 2]], [[1, 2, 3]])
    with pytest.raises(ValueError, match="must be 2-D"):
        similarity([1, 2], [[1, 2]])
    with pytest.raises(ValueError, match="unknown metric 'cosin'; choose one of cosine, dot"):
        get_metric("cosin")


@pytest.mark.parametrize("metric", ["cosine", "dot", "correlation", "kl"])
def test_equal_rows_score_equally_and_as_the_exact_sum(metric):
    random = np.random.default_rng(0)
    for _ in range(40):
        d, n, q = random.integers(3, 80), random.integers(5, 60), random.integers(1, 9)
        X = np.repeat(random.random((1, d)), n, axis=0)
        assert np.ptp(similarity(random.random((q, d)), X, metric), axis=1).max() == 0


def test_products_are_exact_and_know_no_smallest_or_largest_row():
    A = np.random.default_rng(1).normal(size=(6, 50))
    want = [[math.fsum(x * y) for y in A] for x in A]
    np.testing.assert_allclose(similarity(A, A, "dot"), want, rtol=0, atol=1e-13)
    for scale in (1e-24, 1e20):
        rows = (A * scale).astype(np.float32)
        np.testing.assert_allclose(similarity(rows, rows), similarity(A, A), atol=1e-6)
        assert distance(rows, rows).min() >= 0


def test_gradient_lengths():
    dx, dy = np.random.default_rng(0).normal(size=(2, 50, 37)).astype(np.float32)
    found = gradient_lengths(dx, dy)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.hypot(dx, dy), rtol=1e-6)


def test_no_length_depends_on_its_place_in_memory():
    package = Path(distance.__globals__["__file__"]).parent
    calls = [path for path in package.rglob("*.py") if "cv2.magnitude(" in path.read_text(encoding="utf-8")]
    assert not calls


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-30, 1.0, 3e20, 1e160, 1e300])
def test_a_row_alone_becomes_what_it_becomes_among_others(scale):
    rows = np.random.default_rng(0).standard_normal((40, 67)) * scale
    together = unit_rows(rows)
    assert all((unit_rows(row[None]) == one).all() for row, one in zip(rows, together, strict=True))
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1)
