"""Every candidate of the grid projects held-out rows as the aligner that it stands for, fitted on the kept rows."""

import numpy as np
import pytest
from scipy import sparse

from classicxm.alignment.fold_candidates import AlignmentGrid, Candidate, softened
from classicxm.alignment.gram_folds import fold_view, gram_of, leading_pairs
from classicxm.distances import similarity


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 3, 90)
    shared = np.eye(3)[classes] + 0.3 * rng.normal(size=(90, 3))
    views = {
        "image": shared @ rng.normal(size=(3, 200)) + 0.5 * rng.normal(size=(90, 200)) + 4.0,
        "text": shared @ rng.normal(size=(3, 12)) + 0.5 * rng.normal(size=(90, 12)) - 1.0,
    }
    return views, np.eye(3)[classes], np.arange(60), np.arange(60, 90)


def tried(rows):
    views, indicators, kept, held = rows
    folds = {name: fold_view(gram_of(X), X.shape[1], kept, held) for name, X in views.items()}
    return folds, list(AlignmentGrid(components=(4, 8)).tried(folds, indicators[kept]))


@pytest.mark.parametrize("kind", ["CCA", "KRR", "SM"])
def test_candidates_score_held_out_rows_as_their_aligners_do(rows, kind):
    views, indicators, kept, held = rows
    folds, candidates = tried(rows)
    energies = {name: view.energy for name, view in folds.items()}
    outside = {name: X[kept] for name, X in views.items()}
    inside = {name: X[held] for name, X in views.items()}
    chosen = [pair for pair in candidates if pair[0].kind == kind]
    assert len(chosen) >= 9
    for candidate, projected in chosen[::3]:
        aligner = candidate.aligner(energies).fit(outside, indicators[kept].astype(int))
        assert aligner.score_metric == candidate.metric
        expected = aligner.transform(inside)
        mine = similarity(projected["image"], projected["text"], candidate.metric)
        theirs = similarity(expected["image"], expected["text"], candidate.metric)
        assert np.abs(mine - theirs).max() < 0.02 * np.abs(theirs).max(), candidate


def test_softened_candidates_score_held_out_rows_as_their_aligners_do(rows):
    views, indicators, kept, held = rows
    folds, candidates = tried(rows)
    hard, plain = [pair for pair in candidates if pair[0].kind == "SM" and pair[0].metric == "dot"][-1]
    soft, projected = softened(hard, folds, indicators[kept])
    assert (soft.kind, soft.settings, soft.metric) == ("soft SM", hard.settings, "dot")
    aligner = soft.aligner({name: view.energy for name, view in folds.items()})
    assert aligner.aligner.softness == 0.5
    aligner.fit({name: X[kept] for name, X in views.items()}, indicators[kept].astype(int))
    expected = aligner.transform({name: X[held] for name, X in views.items()})
    for name, Z in projected.items():
        np.testing.assert_allclose(Z, expected[name], atol=5e-3)
        assert np.abs(Z - plain[name]).max() > 0.02


def test_held_out_rows_change_nothing_that_is_learned(rows):
    views, _, kept, held = rows
    X = views["image"]
    other = X.copy()
    other[held] = 100.0
    one, two = (fold_view(gram_of(Z), Z.shape[1], kept, held) for Z in (X, other))
    np.testing.assert_allclose(one.variances, two.variances, rtol=1e-3)
    assert np.abs(np.abs(one.kept) - np.abs(two.kept)).max() < 0.05 * np.abs(one.kept).max()


def test_sparse_rows_have_the_same_gram_matrix():
    X = np.random.default_rng(0).random((1500, 30)) * (np.random.default_rng(1).random((1500, 30)) < 0.1)
    np.testing.assert_allclose(gram_of(sparse.csr_array(X)), gram_of(X), atol=1e-5)


def test_leading_pairs_of_many_are_those_of_the_decomposition():
    rng = np.random.default_rng(0)
    K = rng.normal(size=(80, 6)) @ rng.normal(size=(6, 70)) + 0.01 * rng.normal(size=(80, 70))
    U, values, V = leading_pairs(K, 5)
    np.testing.assert_allclose(values, np.linalg.svd(K)[1][:5], rtol=1e-6)
    np.testing.assert_allclose(U.T @ K @ V, np.diag(values), atol=1e-6)


def test_without_classes_only_correlations_are_tried(rows):
    folds, _ = tried(rows)
    assert {candidate.kind for candidate, _ in AlignmentGrid().tried(folds)} == {"CCA"}


def test_three_views_share_one_penalty(rows):
    folds, _ = tried(rows)
    folds = {**folds, "audio": folds["image"]}
    _, indicators, kept, _ = rows
    found = [c for c, p in AlignmentGrid(components=(4,)).tried(folds, indicators[kept]) if len(p) == 3]
    assert {c.kind for c in found} == {"CCA", "KRR", "SM"}
    assert all(len({value for _, value in c.settings}) == 1 for c in found if c.kind != "CCA")


def test_a_candidate_has_no_more_components_than_were_found():
    wide = Candidate("CCA", (("n_components", 256), ("ridge", 3.0), ("power", 2.0)))
    assert wide.narrowed(17).aligner({}).n_components == 17


@pytest.mark.parametrize("k", [30, 70])
@pytest.mark.parametrize("rank", [70, 40])
def test_leading_pairs_that_are_most_of_all_are_those_of_the_decomposition(k, rank):
    rng = np.random.default_rng(0)
    K = rng.normal(size=(80, rank)) @ rng.normal(size=(rank, 70))
    U, values, V = leading_pairs(K, k)
    np.testing.assert_allclose(values, np.linalg.svd(K)[1][:k], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(U.T @ K @ V, np.diag(values), atol=1e-8)
    np.testing.assert_allclose(U.T @ U, np.eye(k), atol=1e-8)
