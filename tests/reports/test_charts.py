"""Charts: well-formed SVG with shapes where the numbers say."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from classicxm.reports.charts import bar_chart, curve_chart, heat_chart, shade, time_chart

SPACE = "{http://www.w3.org/2000/svg}"


def shapes(chart, tag):
    return ET.fromstring(chart.to_svg()).findall(SPACE + tag)


def test_bars_are_as_long_as_their_values():
    chart = bar_chart(["sea", "sky & sun"], {"A": np.array([0.5, 1.0]), "B": np.array([0.0, 0.25])})
    bars = [float(box.get("width")) for box in shapes(chart, "rect") if box.get("height") == "9.0"]
    assert bars[0] / bars[2] == pytest.approx(0.5, abs=0.01) and bars[1] == 0
    assert "sky & sun" in [label.text for label in shapes(chart, "text")]


def test_curves_keep_their_order_and_random_is_dashed():
    x = np.linspace(0, 1, 3)
    chart = curve_chart({"A": (x, 1 - x), "random": (x, x * 0 + 0.1)}, "recall", "precision")
    first, second = shapes(chart, "polyline")
    heights = [float(point.split(",")[1]) for point in first.get("points").split()]
    assert (
        heights == sorted(heights)
        and first.get("stroke-dasharray") is None
        and second.get("stroke-dasharray")
    )


def test_heat_is_darkest_at_the_largest_and_blank_where_undefined():
    chart = heat_chart(["a", "b"], ["x", "y"], [[0.1, 0.4], [np.nan, 0.2]], percent=False)
    boxes = shapes(chart, "rect")
    assert len(boxes) == 3
    opacities = [float(box.get("fill-opacity")) for box in boxes]
    assert max(opacities) == opacities[1] == 0.8
    assert boxes[1].find(SPACE + "title").text == "a → y: 0.400"


def test_time_runs_up_for_and_down_against():
    up, down = shapes(time_chart([0.2, -0.1], 3.0), "rect")
    assert up.get("fill") != down.get("fill")
    assert float(up.get("y")) == 0 and float(up.get("height")) == 55
    assert float(down.get("y")) == 55 and float(down.get("height")) == 27.5
    assert down.find(SPACE + "title").text == "1.50 to 3.00 s: -0.1000"


def test_every_chart_has_a_name_and_is_drawn_as_png():
    pytest.importorskip("resvg_py")
    chart = time_chart([1.0], 1.0, title="over <time>")
    assert ET.fromstring(chart.to_svg()).get("aria-label") == "over <time>"
    assert chart.to_png()[:4] == b"\x89PNG"
    assert "xmlns" not in chart.to_svg(inside_page=True)


def test_shades_stay_within_their_bounds():
    assert shade(-1) == shade(0) and shade(2) == shade(1)
