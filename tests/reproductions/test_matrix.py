"""The matrix: own values with their verdicts beside published ones."""

import pytest

from classicxm.reproductions import Outcome, Verdict, headline_table, matrix_tables, read_reproductions

ALL = read_reproductions()


def rows_of(matrix, system):
    return [row for row in matrix.rows if row[0] == system]


@pytest.fixture
def wikipedia():
    one = ALL["wikipedia"]
    found = [
        Verdict(row, row.value + 0.02 * (row.system == "CM" and row.measure == "map_t2i@50"))
        for row in one.expected
    ]
    outcome = Outcome("wikipedia", "FAILED", ["a note"], found, 12.0)
    return {matrix.dataset: matrix for matrix in matrix_tables(ALL, {"wikipedia": outcome})}["wikipedia"]


def test_own_rows_stand_beside_published_ones(wikipedia):
    (own,) = [row for row in rows_of(wikipedia, "SCM") if row[2] == "wikipedia"]
    (paper,) = [row for row in rows_of(wikipedia, "SCM") if row[5] == "published"]
    assert own[5] == "OK" and own[6] == "no" and "map_mean .2503" in own[4] and "@50" not in own[4]
    assert "mean .2520" in paper[4] and "Rasiwasia" in paper[7] and paper[6] == "not known"


def test_a_failure_is_named_even_where_its_measure_is_not_shown(wikipedia):
    (own,) = [row for row in rows_of(wikipedia, "CM") if row[2] == "wikipedia"]
    assert own[5].startswith("map_t2i@50: FAILED expected ")


def test_deep_systems_stand_there_with_protocol_and_selection():
    matrices = {matrix.dataset: matrix for matrix in matrix_tables(ALL, {})}
    (dscmr,) = rows_of(matrices["pascal_sentence"], "DSCMR")
    assert dscmr[1] == "deep" and dscmr[3] == "wiki/800-100-100"
    assert dscmr[6].startswith("yes: the authors' public code keeps the epoch that is best on the test set")
    assert "wiki/800-100-100" in matrices["pascal_sentence"].protocols
    assert rows_of(matrices["flickr8k"], "KCCA") == [], "what was only remembered is not printed"


def test_the_headline_is_made_of_expected_values():
    head, rows = headline_table(ALL)
    (wikipedia,) = [row for row in rows if row[-1] == "classicxm reproduce wikipedia"]
    best = next(
        row for row in ALL["wikipedia"].expected if (row.system, row.measure) == ("KRR-chi2-dot", "map_mean")
    )
    assert f"KRR-chi2-dot .{round(best.value * 10000):04d}" in wikipedia[head.index("best")]
    assert wikipedia[head.index("random")].startswith(".118")
