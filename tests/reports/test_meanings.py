"""Every measure that an assessment has is explained in a line."""

from classicxm.comparison.assessment import PARTNER_MEASURES, Assessment, Figure
from classicxm.evaluation import INSTANCE_MEASURES
from classicxm.reports.meanings import figure_meanings, score_meaning


def test_every_measure_and_column_that_needs_it_has_a_line():
    names = {"mAP", *PARTNER_MEASURES, *INSTANCE_MEASURES}
    told = dict(figure_meanings(names))
    assert set(told) == names and all(words and "\n" not in words for words in told.values())
    figure = Figure("text->image", "mAP", 0.5, 0.4, 0.6, 0.1, 0.2, 9, 9)
    head = Assessment([figure], [], "wiki").table()[0]
    assert [name for name, _ in figure_meanings(head)] == ["95 % interval", "random", "query-blind"]


def test_scores_are_what_the_fusion_makes_of_them():
    assert score_meaning("cosine", "rrf").startswith(
        "Score: sum over the parts of the query of 1 / (60 + rank)"
    )
    assert score_meaning("cosine", "confidence") == score_meaning("cosine")
    assert (
        score_meaning("hamming") == "Score: minus the number of bits in which the two codes differ; 0: equal."
    )
