"""Rows of a benchmark as Markdown tables: one line per system and setting, one column per measure."""

import json
import re
from dataclasses import dataclass, field

from benchmarks.rows import settings_text
from classicxm.reports import Table

__all__ = ["Line", "common_settings", "families", "lines_of", "measure_table", "number"]

_DIRECTION = re.compile(r"_(?:[aitv]2[aitv]|mean)(?![a-z0-9])")
#: Settings that get columns of their own; of more, all share one.
MAX_COLUMNS = 4


@dataclass
class Line:
    """One line of a table.

    Attributes
    ----------
    system : str
    setting : dict
        What tells the line from the system's others.
    cells : dict of str to list of rows
        By measure.
    told : dict
        Settings of its rows beyond ``setting``.
    """

    system: str
    setting: dict
    cells: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)


def lines_of(rows):
    """Rows gathered into lines, in the order of their first appearance.

    Settings that vary between the rows of any system tell lines apart. A row that lacks some of them
    (the building time of an index that was searched at several settings) stands in every line that it fits.

    >>> rows = [{"system": "A", "measure": m, "settings": {"n": n}} for m in ("s", "mb") for n in (1, 2)]
    >>> [(line.setting, list(line.cells)) for line in lines_of(rows)]
    [({'n': 1}, ['s', 'mb']), ({'n': 2}, ['s', 'mb'])]
    """
    lines, systems = [], _grouped(rows, lambda row: row["system"])
    varying = set().union(*map(_varying, systems.values()))
    for system, own in systems.items():
        settings = [{k: v for k, v in row["settings"].items() if k in varying} for row in own]
        distinct = list({_text(setting): setting for setting in settings}.values())
        fullest = [Line(system, one) for one in distinct if not any(_within(one, o) for o in distinct)]
        for row, setting in zip(own, settings, strict=True):
            for line in fullest:
                if setting == line.setting or _within(setting, line.setting):
                    line.cells.setdefault(row["measure"], []).append(row)
                    line.told |= {k: v for k, v in row["settings"].items() if k not in varying}
        lines += fullest
    return lines


def common_settings(rows):
    """Settings that every row has with the same value."""
    first = rows[0]["settings"]
    return {
        key: value
        for key, value in first.items()
        if all(key in row["settings"] and row["settings"][key] == value for row in rows)
    }


def families(measures):
    """Measures by what they are called without direction: {"map": ["map_i2t", ...], "map_macro": [...], ...}.

    >>> families(["map_i2t", "map_i2t_macro", "map_mean", "seconds", "megabytes"])
    {'map': ['map_i2t', 'map_mean'], 'map_macro': ['map_i2t_macro'], '': ['seconds', 'megabytes']}
    """
    return _grouped(measures, lambda name: _DIRECTION.sub("", name) if name.startswith("map") else "")


def measure_table(lines, measures):
    """Markdown table of some measures; lines without any of them are left out, and lines of the same rows are one."""
    shown = _once([line for line in lines if any(measure in line.cells for measure in measures)], measures)
    keys = list(dict.fromkeys(key for line in shown for key in line.setting))
    if len(keys) > MAX_COLUMNS:
        keys = [key for key in keys if all(key in line.setting for line in shown)][:MAX_COLUMNS]
    rest = any(set(line.setting) - set(keys) for line in shown)
    heading = [
        "system",
        *keys,
        *(["setting"] if rest else []),
        *(_heading(measure, shown) for measure in measures),
    ]
    table = []
    for line in shown:
        others = {key: value for key, value in line.setting.items() if key not in keys}
        table.append(
            [
                line.system,
                *(settings_text({"": line.setting[key]})[1:] if key in line.setting else "" for key in keys),
                *([settings_text(others)] if rest else []),
                *(" / ".join(map(_cell, line.cells.get(measure, ()))) for measure in measures),
            ]
        )
    return Table("", heading, table, n_names=len(heading) - len(measures)).to_markdown()


def _once(lines, measures):
    """The lines, those of a system that show the same rows as one, with the settings that they share."""

    def rows_of(line):
        return line.system, tuple(id(row) for measure in measures for row in line.cells.get(measure, ()))

    found = []
    for same in _grouped(lines, rows_of).values():
        shared = {
            key: value
            for key, value in same[0].setting.items()
            if all(key in line.setting and line.setting[key] == value for line in same)
        }
        found.append(Line(same[0].system, shared, same[0].cells, same[0].told))
    return found


def number(value, unit=""):
    """A value as text: shares and correlations to four places, others to four digits.

    >>> number(0.22471, "mAP"), number(12345.6, "1/s"), number(0.0123456, "s"), number(None)
    ('0.2247', '12,346', '0.01235', '')
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return "" if value is None else str(value)
    if unit in ("mAP", "share", "r", "") and (abs(value) >= 1e-4 or not value) and abs(value) <= 1:
        return f"{value:.4f}" if isinstance(value, float) else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _cell(row):
    text = number(row["value"], row["unit"])
    if row["low"] is not None and row["high"] is not None:
        text += f" [{number(row['low'], row['unit'])}, {number(row['high'], row['unit'])}]"
    if row.get("seed_spread") is not None:
        text += f" ±{number(row['seed_spread'], row['unit'])}"
    return text


def _heading(measure, lines):
    units = {row["unit"] for line in lines for row in line.cells.get(measure, ())}
    unit = units.pop() if len(units) == 1 else ""
    return measure if unit in ("mAP", "share", "", measure) else f"{measure} ({unit})"


def _varying(rows):
    """Settings of one system that differ between rows, or that only some rows of one measure have."""
    keys = dict.fromkeys(key for row in rows for key in row["settings"])
    measures = _grouped(rows, lambda row: row["measure"]).values()
    return {
        key
        for key in keys
        if not any(_is_list(row["settings"].get(key)) for row in rows)
        and (
            len({_text(row["settings"][key]) for row in rows if key in row["settings"]}) > 1
            or any(len({key in row["settings"] for row in group}) > 1 for group in measures)
        )
    }


def _is_list(value):
    """Whether a setting holds a value per fold or per seed, which is told of a line and tells none apart."""
    return isinstance(value, list) or (isinstance(value, str) and " | " in value)


def _within(part, whole):
    """Whether one setting says less than another, and nothing else."""
    return len(part) < len(whole) and all(key in whole and whole[key] == value for key, value in part.items())


def _grouped(values, key):
    groups = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups


def _text(value):
    return json.dumps(value, sort_keys=True)
