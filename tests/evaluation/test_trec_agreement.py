"""Policy ``trec`` against trec_eval itself on random runs with ties."""

import numpy as np
import pytest

from classicxm.evaluation import evaluate

ir_measures = pytest.importorskip("ir_measures", reason="needs ir_measures with pytrec_eval")
pytest.importorskip("pytrec_eval", reason="needs ir_measures with pytrec_eval")

PAIRS = {
    "trec": "AP",
    "AP@5(all)": "AP@5",
    "11pt": None,
    "nDCG": "nDCG",
    "nDCG@10": "nDCG@10",
    "P@5": "P@5",
    "P@10": "P@10",
    "Recall@10": "R@10",
    "Success@5": "Success@5",
    "RR": "RR",
}


def rounds_as_trec_eval(n_relevant):
    """Whether int(level * n + .9), trec_eval's number of items at a recall level, is far from a rounding edge.

    It meets the edge where level * n has the fraction .1; for 3 relevant items it puts recall .7 at 2 of them.
    """
    return all(i * n_relevant % 10 != 1 for i in range(11))


def test_two_hundred_random_runs_with_ties():
    from pytrec_eval import RelevanceEvaluator

    random = np.random.default_rng(0)
    n_ties = n_curves = 0
    for _ in range(200):
        n_queries, n_items = 3, int(random.integers(1, 41))
        grades = random.integers(0, 4, (n_queries, n_items)) * (random.random((n_queries, n_items)) < 0.4)
        grades[:, random.integers(n_items)] = 1  # trec_eval leaves out queries without a relevant item
        scores = random.integers(0, random.integers(1, 12), (n_queries, n_items)) / 4
        n_ties += sum(len(np.unique(row)) < n_items for row in scores)
        ids = [f"d{i}" for i in random.permutation(200)[:n_items]]
        own = evaluate(scores, grades, list(PAIRS), ties="trec", ids=ids)

        qrels = {str(q): {d: int(g) for d, g in zip(ids, grades[q], strict=True)} for q in range(n_queries)}
        run = {str(q): {d: float(s) for d, s in zip(ids, scores[q], strict=True)} for q in range(n_queries)}
        wanted = {ir_measures.parse_measure(theirs): name for name, theirs in PAIRS.items() if theirs}
        for metric in ir_measures.iter_calc(list(wanted), qrels, run):
            value = own[wanted[metric.measure]][int(metric.query_id)]
            assert value == pytest.approx(metric.value, abs=1e-9), (metric, scores, grades)
        points = RelevanceEvaluator(qrels, {"11pt_avg"}).evaluate(run)
        for query, value in points.items():
            if not rounds_as_trec_eval(int((grades[int(query)] > 0).sum())):
                continue
            n_curves += 1
            assert own["11pt"][int(query)] == pytest.approx(value["11pt_avg"], abs=1e-9)
    assert n_ties > 300
    assert n_curves > 200


def test_ids_of_several_scripts_sort_as_trec_eval_sorts_them():
    from pytrec_eval import RelevanceEvaluator

    ids = ["Z", "a", "é", "ß", "日本", "😀", "10", "9"]
    for relevant in range(len(ids)):
        grades = np.eye(len(ids), dtype=int)[relevant]
        qrels = {"q": {d: int(g) for d, g in zip(ids, grades, strict=True)}}
        theirs = RelevanceEvaluator(qrels, {"recip_rank"}).evaluate({"q": dict.fromkeys(ids, 1.0)})
        own = evaluate([[1.0] * len(ids)], grades[None], "RR", ties="trec", ids=ids)["RR"][0]
        assert own == pytest.approx(theirs["q"]["recip_rank"])


@pytest.mark.parametrize("gap", [1e-12, 1e-9, 1e-6, 1e-3])
def test_scores_are_compared_in_single_precision(gap):
    from pytrec_eval import RelevanceEvaluator

    theirs = RelevanceEvaluator({"q": {"a": 1, "b": 0}}, {"recip_rank"}).evaluate(
        {"q": {"a": 1 + gap, "b": 1.0}}
    )
    own = evaluate([[1 + gap, 1.0]], [[1, 0]], ["RR(trec)", "RR"], ids=["a", "b"])
    assert own["RR(trec)"][0] == theirs["q"]["recip_rank"]
    assert own["RR"][0] == 1
