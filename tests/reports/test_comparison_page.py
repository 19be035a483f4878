"""A comparison as one page: nothing raw, nothing fetched, charts for every direction."""

import numpy as np

from classicxm.reports.comparison_page import (
    class_charts,
    comparison_fragment,
    confusion_charts,
    curve_charts,
    distance_chart,
    report_page,
)
from classicxm.reports.comparison_tables import all_tables


def test_charts_of_every_direction(compared):
    comparison, summary = compared
    for charts in (
        curve_charts(comparison, summary),
        class_charts(comparison, summary),
        confusion_charts(comparison),
    ):
        assert [pair for pair, _ in charts] == ["image→text", "text→image"]
        assert all("<svg" in chart.to_svg() for _, chart in charts)
    assert "<svg" in distance_chart(comparison).to_svg()


def test_a_page_of_its_own(compared):
    comparison, summary = compared
    records = [{"id": f"<{n}>", "image": np.zeros((8, 8, 3), np.uint8), "text": "a & b"} for n in range(18)]
    tables = all_tables(comparison, summary, "made")
    page = report_page(comparison, summary, tables, {"data set": "made <x>"}, records)
    assert (
        "made &lt;x&gt;" in page and "a &amp; b" in page and "<script" not in page and 'src="http' not in page
    )
    assert f"Training folds choose {comparison.best().name}" in page and "data:image/jpeg;base64," in page
    without = report_page(comparison, summary, tables, {"data set": "made"})
    assert "data:image/jpeg" not in without


def test_a_table_for_notebooks(compared):
    fragment = comparison_fragment(compared[0])
    assert "<table" in fragment and "query-blind" in fragment
