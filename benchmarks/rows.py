"""What a benchmark yields: rows of one measured value each, printed as a table or written as JSON."""

import json
import os
from pathlib import Path

from classicxm.reports.tables import fixed_line

__all__ = ["COLUMNS", "BenchmarkError", "quality_rows", "row", "settings_text", "table_line", "write_json"]

#: Units of figures of quality; all others are times, sizes and rates.
QUALITY_UNITS = ("mAP", "share", "rank", "")

#: Name -> width of a column; figures, of negative width, stand to the right.
COLUMNS = {
    "system": 24,
    "measure": 22,
    "value": -12,
    "low": -9,
    "high": -9,
    "seed_spread": -12,
    "unit": 8,
    "settings": 0,
}


class BenchmarkError(Exception):
    """A benchmark that cannot run (no data, a missing package); the message is one line."""


def row(benchmark, system, measure, value, unit, low=None, high=None, **settings):
    """One result. ``low`` and ``high`` are the ends of its 95 % interval where there is one.

    >>> row("demo", "CCA", "seconds", 0.5, "s", n=100)["settings"]
    {'n': 100}
    """
    return {
        "benchmark": benchmark,
        "system": system,
        "measure": measure,
        "value": _plain(value),
        "unit": unit,
        "low": _plain(low),
        "high": _plain(high),
        "settings": {name: _plain(setting) for name, setting in settings.items()},
    }


def quality_rows(rows: list[dict]) -> list[dict]:
    """Rows that are figures of quality, not of time or memory."""
    return [
        one for one in rows if one.get("unit", "") in QUALITY_UNITS and isinstance(one["value"], float | int)
    ]


def _plain(value):
    """NumPy scalars and arrays as what JSON knows."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value


def settings_text(settings):
    """Settings as ``name=value`` pairs on one line.

    >>> settings_text({"n": 100, "ridge": {"image": 0.001, "text": 1.0}})
    'n=100 ridge=(image=0.001 text=1)'
    """
    return " ".join(f"{name}={_short(value)}" for name, value in settings.items())


def _short(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return "(" + settings_text(value) + ")"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3e}"
    return str(value)


def table_line(result=None):
    """One aligned line for a row, or the heading when there is no row; rows are printed as they come."""
    if result is None:
        return fixed_line(COLUMNS, COLUMNS.values())
    cells = {name: _short(result.get(name)) for name in COLUMNS if name != "settings"}
    return fixed_line([*cells.values(), settings_text(result["settings"])], COLUMNS.values())


def write_json(path, environment, rows):
    """Write ``{"environment": ..., "rows": [...]}``; the file is whole or absent, never half."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    text = json.dumps({"environment": environment, "rows": rows}, indent=1, ensure_ascii=False)
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, path)
