"""What is tried on folds, and the aligners that candidates stand for."""

import pytest

from classicxm.alignment import CCA, KernelRidgeMatching, Preprocessed, SemanticMatching
from classicxm.alignment.fold_candidates import AlignmentGrid, Candidate, combinations_of


def test_each_of_two_views_takes_any_value_and_more_take_the_same():
    assert combinations_of(2, 2) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert combinations_of(2, 3) == [(0, 0, 0), (1, 1, 1)]


def test_a_cca_candidate_is_that_cca_and_never_wider_than_the_folds():
    candidate = Candidate("CCA", (("n_components", 64), ("ridge", 0.5), ("power", 2.0)))
    assert candidate.narrowed(10).settings[0] == ("n_components", 10)
    assert candidate.narrowed(100) == candidate
    aligner = candidate.aligner({"image": 1.0})
    assert isinstance(aligner, CCA) and (aligner.n_components, aligner.ridge, aligner.power) == (64, 0.5, 2.0)
    assert str(candidate) == "CCA(n_components=64, ridge=0.5, power=2) by cosine"


@pytest.mark.parametrize(
    ("kind", "made", "parameter", "expected"),
    [
        ("KRR", KernelRidgeMatching, "ridge", {"image": 6.0, "text": 0.5}),
        ("SM", SemanticMatching, "C", {"image": 1.5, "text": 0.5}),
    ],
)
def test_classifiers_are_scaled_by_the_energy_of_each_view(kind, made, parameter, expected):
    candidate = Candidate(kind, (("image", 3.0), ("text", 0.5)), "dot")
    aligner = candidate.aligner({"image": 2.0, "text": 0.0})  # a constant view has no energy, and counts as 1
    assert isinstance(aligner, Preprocessed) and isinstance(aligner.aligner, made)
    assert getattr(aligner.aligner, parameter) == expected and aligner.score_metric == "dot"


def test_own_settings_join_the_grid():
    grid, own = AlignmentGrid().with_own(CCA(50, ridge=7.0, power=4.0))
    assert 50 in grid.components and 7.0 in grid.ridges and 4.0 in grid.powers
    assert own.settings == (("n_components", 50), ("ridge", 7.0), ("power", 4.0))
    assert AlignmentGrid().with_own(CCA(None))[1].settings[0] == ("n_components", 256)
