"""Hand-worked tables of every measure under every tie policy, and degenerate input."""

import tracemalloc

import numpy as np
import pytest

from classicxm.evaluation import (
    average_precision,
    first_relevant_rank,
    interpolated_average_precision,
    ndcg_at,
    precision_at,
    precision_recall_curve,
    ranking,
    recall_at,
    reciprocal_rank,
    success_at,
)

IDS = ["a", "b", "c", "d"]
# Items b, c and d tie behind a; b and d are relevant. The orders of relevance are
# gallery_order 0101, optimistic 0110, pessimistic 0011, trec (d c b) 0101, average: all three, equally likely.
SCORES = [[9.0, 5.0, 5.0, 5.0]]
RELEVANT = [[0, 1, 0, 1]]
LOG = 1 / np.log2(np.arange(2, 6))  # 1, .6309, .5, .4307
IDEAL = LOG[0] + LOG[1]

TABLE = {
    # measure: (function, gallery_order and trec, optimistic, pessimistic)
    "AP": (average_precision, 1 / 2, (1 / 2 + 2 / 3) / 2, (1 / 3 + 1 / 2) / 2),
    "AP@3": (lambda *a, **k: average_precision(*a, cutoff=3, **k), 1 / 2, (1 / 2 + 2 / 3) / 2, 1 / 3),
    "AP@3 all": (
        lambda *a, **k: average_precision(*a, cutoff=3, denominator="all", **k),
        1 / 4,
        (1 / 2 + 2 / 3) / 2,
        1 / 6,
    ),
    "P@2": (lambda *a, **k: precision_at(*a, 2, **k), 1 / 2, 1 / 2, 0),
    "P@8": (lambda *a, **k: precision_at(*a, 8, **k), 1 / 4, 1 / 4, 1 / 4),
    "Recall@3": (lambda *a, **k: recall_at(*a, 3, **k), 1 / 2, 1, 1 / 2),
    "Success@2": (lambda *a, **k: success_at(*a, 2, **k), 1, 1, 0),
    "nDCG": (ndcg_at, (LOG[1] + LOG[3]) / IDEAL, (LOG[1] + LOG[2]) / IDEAL, (LOG[2] + LOG[3]) / IDEAL),
    "nDCG@2": (lambda *a, **k: ndcg_at(*a, 2, **k), LOG[1] / IDEAL, LOG[1] / IDEAL, 0),
    "RR": (reciprocal_rank, 1 / 2, 1 / 2, 1 / 3),
    "RR@2": (lambda *a, **k: reciprocal_rank(*a, cutoff=2, **k), 1 / 2, 1 / 2, 0),
    "rank": (first_relevant_rank, 2, 2, 3),
}


@pytest.mark.parametrize("name", TABLE)
def test_measure_by_tie_policy(name):
    function, plain, best, worst = TABLE[name]
    values = {"gallery_order": plain, "trec": plain, "optimistic": best, "pessimistic": worst}
    values["average"] = (plain + best + worst) / 3
    for ties, expected in values.items():
        got = function(SCORES, RELEVANT, ties=ties, ids=IDS)
        np.testing.assert_allclose(got, [expected], atol=1e-14, err_msg=f"{name}, {ties}")


@pytest.mark.parametrize(
    ("ties", "expected"),
    # Precision at relevant ranks: 0101 1/2 1/2, 0110 1/2 2/3, 0011 1/3 1/2; interpolated from the right.
    [("gallery_order", 1 / 2), ("trec", 1 / 2), ("optimistic", 2 / 3), ("pessimistic", 1 / 2)],
)
def test_eleven_points_by_tie_policy(ties, expected):
    got = interpolated_average_precision(SCORES, RELEVANT, ties=ties, ids=IDS)
    np.testing.assert_allclose(got, [expected])


def test_precision_recall_curve_by_hand():
    # Relevant at ranks 1, 4, 5 of 6: precisions 1, 1/2, 3/5, so 3/5 from recall above 1/3 on.
    curve = precision_recall_curve([[6, 5, 4, 3, 2, 1]], [[1, 0, 0, 1, 1, 0]])
    np.testing.assert_allclose(curve, [[1, 1, 1, 1] + [0.6] * 7])
    np.testing.assert_allclose(
        precision_recall_curve([[6, 5, 4, 3, 2, 1]], [[1, 0, 0, 1, 1, 0]], levels=2), [[1, 0.6]]
    )


def test_curve_reaches_a_level_that_rounding_puts_out_of_reach():
    # Ten relevant at ranks 1-3 and 11-17: recall .3 is reached at rank 3, though .30000000000000004 * 10 > 3.
    relevant = np.zeros((1, 20))
    relevant[0, [0, 1, 2, *range(10, 17)]] = 1
    assert precision_recall_curve(-np.arange(20.0)[None], relevant)[0, 3] == 1


def test_ungraded_measures_read_grades_as_relevant():
    graded, binary = [[0, 3, 0, 2]], [[False, True, False, True]]
    for function in (average_precision, reciprocal_rank, interpolated_average_precision):
        np.testing.assert_array_equal(function(SCORES, graded), function(SCORES, binary))


@pytest.mark.parametrize(("gain", "worth"), [("linear", [0, 3, 1]), ("exponential", [0, 7, 1])])
def test_graded_ndcg(gain, worth):
    expected = worth @ LOG[:3] / (np.sort(worth)[::-1] @ LOG[:3])
    np.testing.assert_allclose(ndcg_at([[3, 2, 1]], [[0, 3, 1]], gain=gain), [expected])


def test_ndcg_ideal_looks_past_the_cutoff():
    np.testing.assert_allclose(ndcg_at([[3, 2, 1]], [[1, 0, 2]], 1), [0.5])


ALL = {
    "AP": average_precision,
    "AP@2": lambda *a, **k: average_precision(*a, cutoff=2, **k),
    "AP@2 all": lambda *a, **k: average_precision(*a, cutoff=2, denominator="all", **k),
    "11pt": interpolated_average_precision,
    "P@2": lambda *a, **k: precision_at(*a, 2, **k),
    "Recall@2": lambda *a, **k: recall_at(*a, 2, **k),
    "Success@2": lambda *a, **k: success_at(*a, 2, **k),
    "nDCG": ndcg_at,
    "nDCG@2": lambda *a, **k: ndcg_at(*a, 2, **k),
    "RR": reciprocal_rank,
    "rank": first_relevant_rank,
}
POLICIES = ["gallery_order", "average", "optimistic", "pessimistic", "trec"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ties", POLICIES)
@pytest.mark.parametrize("name", ALL)
def test_degenerate_galleries(name, ties):
    if name == "11pt" and ties == "average":
        pytest.skip("refused, see test_bad_parameters")
    function = ALL[name]
    nothing = np.inf if name == "rank" else 0
    for scores in (np.zeros((2, 4)), np.full((2, 4), np.inf), np.arange(8.0).reshape(2, 4)):
        np.testing.assert_array_equal(function(scores, np.zeros((2, 4)), ties=ties, ids=IDS), [nothing] * 2)
        share = {"Recall@2": 0.5, "AP@2 all": 0.5}.get(name, 1)
        np.testing.assert_allclose(function(scores, np.ones((2, 4)), ties=ties, ids=IDS), [share] * 2)
    one = {"P@2": 0.5}.get(name, 1)
    np.testing.assert_allclose(function([[0], [7]], [[1], [0]], ties=ties, ids=["a"]), [one, nothing])
    np.testing.assert_array_equal(
        function(np.zeros((2, 0)), np.zeros((2, 0)), ties=ties, ids=[]), [nothing] * 2
    )
    assert function(np.zeros((0, 4)), np.zeros((0, 4)), ties=ties, ids=IDS).shape == (0,)


def test_empty_curve():
    np.testing.assert_array_equal(
        precision_recall_curve(np.zeros((2, 0)), np.zeros((2, 0))), np.zeros((2, 11))
    )
    assert precision_recall_curve(np.zeros((0, 3)), np.zeros((0, 3)), levels=5).shape == (0, 5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: precision_at(SCORES, RELEVANT, 0), "cutoff k must be an integer of at least 1, got 0"),
        (lambda: recall_at(SCORES, RELEVANT, 1.5), "at least 1, got 1.5"),
        (lambda: success_at(SCORES, RELEVANT, None), "at least 1, got None"),
        (lambda: success_at(SCORES, RELEVANT, True), "at least 1, got True"),
        (lambda: average_precision(SCORES, RELEVANT, cutoff=-1), "at least 1, got -1"),
        (lambda: average_precision(SCORES, RELEVANT, denominator="R"), "denominator must be .* got 'R'"),
        (lambda: ndcg_at(SCORES, RELEVANT, gain="log"), "gain must be .* got 'log'"),
        (lambda: precision_recall_curve(SCORES, RELEVANT, levels=1), "levels must be .* got 1"),
        (lambda: interpolated_average_precision(SCORES, RELEVANT, ties="average"), "no closed form"),
        (lambda: average_precision([[np.nan]], [[1]]), "NaN"),
        (lambda: average_precision([1], [1]), "2-D"),
        (lambda: average_precision(SCORES, [[1]]), "one shape"),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("ties", POLICIES)
def test_chunks_do_not_change_values(ties, monkeypatch):
    random = np.random.default_rng(0)
    scores, relevant = random.integers(0, 5, (23, 30)), random.random((23, 30)) < 0.3
    ids = [str(i) for i in range(30)]
    whole = average_precision(scores, relevant, cutoff=9, ties=ties, ids=ids)
    monkeypatch.setattr("classicxm.evaluation.ties.CHUNK_BYTES", 4 * 30 * 8)
    assert len(list(ranking.row_chunks(23, 30))) == 6
    np.testing.assert_array_equal(average_precision(scores, relevant, cutoff=9, ties=ties, ids=ids), whole)


@pytest.mark.slow
@pytest.mark.parametrize("ties", ["gallery_order", "average"])
def test_memory_beyond_the_input_stays_bounded(ties):
    scores = np.random.default_rng(0).random((3000, 4000), dtype=np.float32)
    relevant = scores > 0.9
    tracemalloc.start()
    average_precision(scores, relevant, ties=ties)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 * 2**20


@pytest.mark.parametrize("ties", ["gallery_order", "average", "optimistic", "pessimistic", "trec"])
@pytest.mark.parametrize("name", ALL)
def test_items_that_a_run_does_not_list_are_not_found(name, ties):
    if name == "11pt" and ties == "average":
        pytest.skip("refused, see test_bad_parameters")
    nothing = np.inf if name == "rank" else 0
    for scores in (np.full((1, 4), -np.inf), [[-np.inf, 3.0, -np.inf, 2.0]]):
        got = ALL[name](scores, [[1, 0, 1, 0]], ties=ties, ids=IDS)
        np.testing.assert_array_equal(got, [nothing])
