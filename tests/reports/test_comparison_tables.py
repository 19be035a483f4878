"""Tables of a comparison against its values."""

import numpy as np
import pytest

from classicxm.reports.comparison_tables import (
    all_tables,
    direction_name,
    distances_table,
    published_table,
    settings_table,
    summarise,
    systems_table,
)


def test_a_summary_is_of_what_folds_chose(compared):
    comparison, summary = compared
    assert summary.baseline == comparison.systems()[0].name and summary[summary.baseline]["mark"] == ""
    for name, found in summary.items():
        values = comparison.per_query(found["system"])
        assert (
            found["mean"] == pytest.approx(values.mean()) and found["low"] <= found["mean"] <= found["high"]
        )
        assert list(found["directions"]) == ["image→text", "text→image"] and name == found["system"].name
    with pytest.raises(ValueError, match="baseline must be one of CCA, PLS, got 'SM'"):
        summarise(comparison, "SM")


def test_floors_stand_above_systems(compared):
    table = systems_table(*compared)
    names = [row[1] for row in table.rows]
    assert names[:2] == ["random", "query-blind"] and set(names[2:]) == {"CCA", "PLS"}
    assert all(len(row) == len(table.head) for row in table.rows)


def test_undefined_distances_are_a_dash_with_their_reason(compared):
    comparison, _ = compared
    table = distances_table(comparison)
    row = next(row for row in table.rows if row[1:3] == ["CCA", "subspace"])
    assert row[4] == "–" and row[3].endswith("*") and "non-negative" in table.note
    values = comparison.row("made", "CCA", "posteriors")
    other = next(row for row in table.rows if row[1:3] == ["CCA", "posteriors"])
    assert float(other[4].rstrip("*")) == pytest.approx(values["kl"], abs=1e-4) and not np.isnan(values["kl"])


def test_other_tables(compared):
    comparison, summary = compared
    assert direction_name(("a", "b")) == "a→b"
    assert published_table(comparison, "nothing").rows == []
    assert "No published results" in published_table(comparison, "nothing").note
    settings = settings_table(comparison, summary)
    assert [row[1] for row in settings.rows] == ["CCA", "PLS"] and "Features made: a note." in settings.note
    assert len(all_tables(comparison, summary, "made")) == 4
