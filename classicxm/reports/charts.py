"""Curves, bars, matrices and time lines as drawings of a few kinds of shapes, which a template writes as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from classicxm.errors import MissingExtraError
from classicxm.reports.rendering import render

__all__ = ["COLOURS", "Chart", "bar_chart", "curve_chart", "heat_chart", "shade", "time_chart"]

COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f", "#78716c")
#: For and against a match; also the colours of heat maps.
FOR, AGAINST = "#e25818", "#2462d6"
GREY = "#888888"
LETTER = 6.6  # mean width of a letter at 12 px


@dataclass
class Chart:
    """A drawing of ``width`` x ``height`` units.

    Attributes
    ----------
    width, height : float
    title : str
        What the drawing shows, for people who cannot see it.
    shapes : list of dict
        Each with its "kind": line, box, curve or label.
    """

    width: float
    height: float
    title: str
    shapes: list = field(default_factory=list)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        colour: str = GREY,
        opacity: float = 0.35,
        width: float = 1,
        dashed: bool = False,
    ) -> None:
        """A straight line between two points."""
        self._add(
            "line", x1=x1, y1=y1, x2=x2, y2=y2, colour=colour, opacity=opacity, width=width, dashed=dashed
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        opacity: float = 1.0,
        title: str = "",
    ) -> None:
        """A filled rectangle, by its upper left corner and its sides."""
        self._add("box", x=x, y=y, width=width, height=height, colour=colour, opacity=opacity, title=title)

    def curve(self, x: np.ndarray, y: np.ndarray, colour: str, dashed: bool = False) -> None:
        """A line through points (n,) and (n,)."""
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        self._add("curve", points=points, colour=colour, dashed=dashed)

    def label(
        self, x: float, y: float, text: str, anchor: str = "start", size: int = 12, turn: float = 0
    ) -> None:
        """A text at a point."""
        self._add("label", x=x, y=y, text=str(text), anchor=anchor, size=size, turn=turn)

    def to_svg(self, inside_page: bool = False) -> str:
        """The drawing as a file of its own, or as a part of a page, which needs no name space."""
        return render("chart.svg", chart=self, inside_page=inside_page)

    def to_png(self, scale: float = 2) -> bytes:
        """The drawing on white as the bytes of a PNG file.

        Raises
        ------
        MissingExtraError
            Without resvg-py.
        """
        try:
            import resvg_py
        except ImportError:
            raise MissingExtraError("plot", "resvg-py") from None
        width = round(self.width * scale)
        return bytes(resvg_py.svg_to_bytes(svg_string=self.to_svg(), width=width, background="#ffffff"))

    def _add(self, kind: str, **shape: Any) -> None:
        self.shapes.append({"kind": kind, **shape})


def curve_chart(
    curves: Mapping, x_label: str, y_label: str, title: str = "", width: int = 560, height: int = 340
) -> Chart:
    """Curves over [0, 1] x [0, 1], with a legend.

    Parameters
    ----------
    curves : dict of str to (x, y) arrays
        A name that begins with "random" is drawn dashed and grey.
    x_label, y_label, title : str
    """
    left, right, top, bottom = 48, 12, 10, 40
    w, h = width - left - right, height - top - bottom
    highest = max([0.1, *(float(np.nanmax(y)) for _, y in curves.values())])
    limit = np.ceil(highest * 10) / 10
    chart = Chart(width, height + 18 * len(curves), title or f"{y_label} by {x_label}")
    for part in np.linspace(0, 1, 6):
        x, y = left + part * w, top + h - part * h
        chart.line(x, top, x, top + h)
        chart.label(x, top + h + 15, f"{part:g}", "middle", 11)
        chart.line(left, y, left + w, y)
        chart.label(left - 6, y + 4, f"{limit * part:.2g}", "end", 11)
    chart.label(left + w / 2, height - 6, x_label, "middle")
    chart.label(14, top + h / 2, y_label, "middle", turn=-90)
    for number, (name, (x, y)) in enumerate(curves.items()):
        dashed = name.startswith("random")
        colour = GREY if dashed else COLOURS[number % len(COLOURS)]
        chart.curve(left + np.asarray(x) * w, top + h - np.asarray(y) / limit * h, colour, dashed)
        y_key = height + 18 * number + 6
        chart.line(left, y_key, left + 26, y_key, colour, 1, 2, dashed)
        chart.label(left + 34, y_key + 4, name)
    return chart


def bar_chart(groups: Sequence[str], series: Mapping, title: str = "", width: int = 560) -> Chart:
    """Horizontal bars: a group per name, a bar per series.

    Parameters
    ----------
    groups : list of str
    series : dict of str to array (n_groups,)
        Values of at least 0.
    title : str
    """
    thickness, gap, top = 11, 8, 8
    left = 16 + LETTER * min(24, max(map(len, groups)))
    room = width - left - 52
    limit = max(1e-9, *(float(np.max(values)) for values in series.values()))
    height = top + len(groups) * (thickness * len(series) + gap) + 18 * len(series) + 4
    chart, y = Chart(width, height, title or "bars"), top
    for row, group in enumerate(groups):
        chart.label(left - 6, y + thickness * len(series) / 2 + 4, _cut(group, 24), "end")
        for number, values in enumerate(series.values()):
            length = values[row] / limit * room
            chart.box(left, y, length, thickness - 2, COLOURS[number % len(COLOURS)])
            chart.label(left + length + 4, y + thickness - 2, f"{values[row]:.2f}", size=10)
            y += thickness
        y += gap
    for number, name in enumerate(series):
        chart.box(left, y, 12, 12, COLOURS[number % len(COLOURS)])
        chart.label(left + 18, y + 10, name)
        y += 18
    return chart


def heat_chart(
    rows: Sequence[str],
    columns: Sequence[str],
    values: ArrayLike,
    row_title: str = "",
    column_title: str = "",
    title: str = "",
    percent: bool = True,
) -> Chart:
    """A table of values of at least 0, the darker the more; NaN stays blank.

    Parameters
    ----------
    rows, columns : list of str
    values : array (n_rows, n_columns)
    row_title, column_title, title : str
    percent : bool, default=True
        Whether cells are written as whole percents, else with three decimals.
    """
    values = np.asarray(values, dtype=float)
    width, longest = 560, 18 if percent else 40
    left = 26 + LETTER * 0.92 * min(longest, max(map(len, rows)))
    top = 26 + LETTER * min(18, max(map(len, columns)))
    darkest = max(1e-9, float(np.nanmax(values, initial=0)))
    wide = (width - left - 8 - top * 0.45) / len(columns)
    tall = wide if percent else min(wide, 22)
    chart = Chart(width, top + tall * len(rows) + 8, title or f"{row_title} by {column_title}")
    chart.label(8, top - 8, f"{row_title} ↓" if row_title else "", size=11)
    chart.label(width - 8, 14, f"{column_title} →" if column_title else "", "end", 11)
    for j, name in enumerate(columns):
        chart.label(left + wide * (j + 0.5) + 4, top - 5, _cut(name, 18), size=11, turn=-60)
    for i, name in enumerate(rows):
        y = top + tall * i
        chart.label(left - 5, y + tall / 2 + 4, _cut(name, longest), "end", 11)
        for j, column in enumerate(columns):
            value, x = values[i, j], left + wide * j
            if np.isnan(value):
                continue
            said = f"{value:.2f}" if percent else f"{value:.3f}"
            opacity = _opacity(value / darkest)
            chart.box(x, y, wide - 1, tall - 1, COLOURS[0], opacity, f"{name} → {column}: {said}")
            if wide >= 24:
                cell = f"{100 * value:.0f}" if percent else f"{value:.3f}"
                chart.label(x + wide / 2, y + tall / 2 + 4, cell, "middle", 10)
    return chart


def time_chart(
    values: ArrayLike, seconds: float, title: str = "contributions over time", width: int = 720
) -> Chart:
    """Bars above and below a line over ``seconds`` of time, one per value: array (n,)."""
    values = np.asarray(values, dtype=float)
    largest = np.abs(values).max() or 1.0
    step, half = width / len(values), 55
    chart = Chart(width, 2 * half + 20, title)
    for i, value in enumerate(values.tolist()):
        length = abs(value) / largest * half
        start, end = i / len(values) * seconds, (i + 1) / len(values) * seconds
        said = f"{start:.2f} to {end:.2f} s: {value:+.4f}"
        top = half - max(value, 0) / largest * half
        chart.box(i * step, top, step - 1, length, FOR if value > 0 else AGAINST, title=said)
    chart.line(0, half, width, half)
    for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end")):
        chart.label(width * part, 2 * half + 16, f"{seconds * part:.2f} s", anchor, 14)
    return chart


def shade(share: float) -> str:
    """A translucent blue, so that it suits light and dark pages; ``share`` from 0 to 1.

    >>> shade(0), shade(1)
    ('rgba(37,99,235,0.05)', 'rgba(37,99,235,0.80)')
    """
    return f"rgba(37,99,235,{_opacity(share):.2f})"


def _opacity(share: float) -> float:
    return 0.05 + 0.75 * min(max(float(share), 0.0), 1.0)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
