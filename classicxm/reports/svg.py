"""Curves, bars and matrices as inline SVG, which needs no package and no script."""

import html

import numpy as np

__all__ = ["COLOURS", "bar_chart", "curve_chart", "matrix_chart", "shade"]

COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f", "#78716c")
LETTER = 6.6  # mean width of a letter at 12 px


def curve_chart(curves, x_label, y_label, width=560, height=340):
    """Curves over [0, 1] x [0, 1], with a legend.

    Parameters
    ----------
    curves : dict of str to (x, y) arrays
        A name that begins with "random" is drawn dashed and grey.
    """
    left, right, top, bottom = 48, 12, 10, 40
    legend = 18 * len(curves)
    w, h = width - left - right, height - top - bottom
    highest = max([0.1, *(float(np.nanmax(y)) for _, y in curves.values())])
    limit = np.ceil(highest * 10) / 10
    parts = _axes(left, top, w, h, [i / 5 for i in range(6)], [limit * i / 5 for i in range(6)], limit)
    parts.append(_text(left + w / 2, height - 6, x_label, "middle"))
    parts.append(_text(14, top + h / 2, y_label, "middle", f"rotate(-90 14 {top + h / 2:.0f})"))
    for number, (name, (x, y)) in enumerate(curves.items()):
        grey = name.startswith("random")
        colour = "#888" if grey else COLOURS[number % len(COLOURS)]
        dash = " stroke-dasharray='5 4'" if grey else ""
        points = " ".join(
            f"{left + a * w:.1f},{top + h - b / limit * h:.1f}" for a, b in zip(x, y, strict=True)
        )
        parts.append(f"<polyline fill='none' stroke='{colour}' stroke-width='2'{dash} points='{points}'/>")
        y_key = height + 18 * number + 6
        parts.append(
            f"<line x1='{left}' x2='{left + 26}' y1='{y_key}' y2='{y_key}' stroke='{colour}' stroke-width='2'{dash}/>"
        )
        parts.append(_text(left + 34, y_key + 4, name))
    return _svg(width, height + legend, parts)


def bar_chart(groups, series, width=560):
    """Horizontal bars: a group a name, a bar a series.

    Parameters
    ----------
    groups : list of str
    series : dict of str to array (n_groups,)
        Values of at least 0.
    """
    thickness, gap, top = 11, 8, 8
    left = 16 + LETTER * min(24, max(map(len, groups)))
    w = width - left - 52
    limit = max(1e-9, *(float(np.max(values)) for values in series.values()))
    parts, y = [], top
    for row, group in enumerate(groups):
        block = thickness * len(series)
        parts.append(_text(left - 6, y + block / 2 + 4, _cut(group, 24), "end"))
        for number, values in enumerate(series.values()):
            length = values[row] / limit * w
            parts.append(
                f"<rect x='{left:.0f}' y='{y:.1f}' width='{length:.1f}' height='{thickness - 2}' rx='1' "
                f"fill='{COLOURS[number % len(COLOURS)]}'/>"
            )
            parts.append(_text(left + length + 4, y + thickness - 2, f"{values[row]:.2f}", size=10))
            y += thickness
        y += gap
    for number, name in enumerate(series):
        parts.append(
            f"<rect x='{left:.0f}' y='{y:.0f}' width='12' height='12' fill='{COLOURS[number % len(COLOURS)]}'/>"
        )
        parts.append(_text(left + 18, y + 10, name))
        y += 18
    return _svg(width, y + 4, parts)


def matrix_chart(labels, values, row_title, column_title, width=560):
    """A square of shares with rows that sum to 1; the darker the more."""
    n = len(labels)
    margin = 26 + LETTER * min(18, max(map(len, labels)))
    darkest = max(1e-9, float(np.max(values)))
    side = (width - margin - 8) / n
    height = margin + side * n + 8
    parts = [
        _text(8, margin - 8, f"{row_title} ↓", size=11),
        _text(width - 8, 14, f"{column_title} →", "end", size=11),
    ]
    for i, label in enumerate(labels):
        centre = margin + side * (i + 0.5)
        parts.append(_text(margin - 5, centre + 4, _cut(label, 18), "end", size=11))
        parts.append(
            _text(
                centre + 4,
                margin - 5,
                _cut(label, 18),
                "start",
                f"rotate(-60 {centre + 4:.0f} {margin - 5:.0f})",
                11,
            )
        )
        for j in range(n):
            share = float(values[i, j])
            x, y = margin + side * j, margin + side * i
            parts.append(
                f"<rect x='{x:.1f}' y='{y:.1f}' width='{side - 1:.1f}' height='{side - 1:.1f}' "
                f"fill='{shade(share / darkest)}'>"
                f"<title>{html.escape(label)} → {html.escape(labels[j])}: {share:.2f}</title></rect>"
            )
            if side >= 24:
                parts.append(_text(x + side / 2, y + side / 2 + 4, f"{100 * share:.0f}", "middle", size=10))
    return _svg(width, height, parts)


def shade(share):
    """A translucent blue, so that it suits light and dark pages; ``share`` from 0 to 1."""
    return f"rgba(37,99,235,{0.05 + 0.75 * min(max(share, 0.0), 1.0):.2f})"


def _axes(left, top, w, h, x_ticks, y_ticks, limit):
    parts = []
    for value in x_ticks:
        x = left + value * w
        parts.append(_line(x, top, x, top + h))
        parts.append(_text(x, top + h + 15, f"{value:g}", "middle", size=11))
    for value in y_ticks:
        y = top + h - value / limit * h
        parts.append(_line(left, y, left + w, y))
        parts.append(_text(left - 6, y + 4, f"{value:.2g}", "end", size=11))
    return parts


def _line(x1, y1, x2, y2):
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='#8884'/>"


def _text(x, y, text, anchor="start", transform="", size=12):
    moved = f" transform='{transform}'" if transform else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' fill='currentColor'{moved}>"
        f"{html.escape(str(text))}</text>"
    )


def _svg(width, height, parts):
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}' role='img' "
        f"style='max-width:{width:.0f}px;width:100%'>{''.join(parts)}</svg>"
    )


def _cut(text, length):
    return text if len(text) <= length else text[: length - 1] + "…"
