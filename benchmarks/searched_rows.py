"""The search benchmark's hundreds of settings as two tables.

One line an index, the fastest that finds nine in ten neighbours; and one query at a time, all systems asked in turn.
"""

from benchmarks.rows import settings_text

__all__ = ["IN_TURN", "asked_in_turn", "fastest_lines", "named_by_batch", "unfiltered_told"]

RECALL, SPEED, ENOUGH = "recall_at_10", "queries_per_second", 0.9
COLLECTION = ("data", "n")
IN_TURN = ("lone_microseconds", "times_flat", "fixed_microseconds")


def named_by_batch(rows):
    """Rows whose batch of one is told by the measure's name, so that a setting is one line."""
    named = []
    for row in rows:
        settings = {key: value for key, value in row["settings"].items() if key != "batch"}
        single = row["settings"].get("batch") == 1
        named.append({**row, "settings": settings, "measure": row["measure"] + "_one_by_one" * single})
    return named


def asked_in_turn(rows):
    """(rows of one query at a time with all systems in turn, the others).

    >>> rows = [{"measure": "times_flat"}, {"measure": "recall_at_10"}]
    >>> asked_in_turn(rows)
    ([{'measure': 'times_flat'}], [{'measure': 'recall_at_10'}])
    """
    return [one for one in rows if one["measure"] in IN_TURN], [
        one for one in rows if one["measure"] not in IN_TURN
    ]


def unfiltered_told(rows):
    """Rows of searches without a filter say so, since a row that lacks a setting would stand in every line.

    >>> unfiltered_told([{"measure": "recall_at_10", "settings": {}}, {"measure": "build_seconds", "settings": {}}])[0]
    {'measure': 'recall_at_10', 'settings': {'filter': 'none', 'passing': 'all'}}
    """
    none = {"filter": "none", "passing": "all"}
    return [
        one if one["measure"] == "build_seconds" else {**one, "settings": none | one["settings"]}
        for one in rows
    ]


def fastest_lines(lines):
    """Of each system and collection, the fastest line of enough recall, or else the one of most; and a note."""
    groups = {}
    for line in lines:
        if RECALL in line.cells and SPEED in line.cells:
            key = line.system, *(str(line.setting.get(name)) for name in COLLECTION)
            groups.setdefault(key, []).append(line)
    best = []
    for group in groups.values():
        enough = [line for line in group if _value(line, RECALL) >= ENOUGH]
        chosen = max(enough, key=lambda line: _value(line, SPEED), default=None)
        chosen = chosen or max(group, key=lambda line: _value(line, RECALL))
        collection = {name: chosen.setting[name] for name in COLLECTION if name in chosen.setting}
        told = settings_text({k: v for k, v in chosen.setting.items() if k not in collection})
        chosen.told = {**collection, **({"fastest": told} if told else {}), **chosen.told}
        chosen.setting = collection
        best.append(chosen)
    best.sort(key=lambda line: (*(str(line.setting.get(name)).rjust(12) for name in COLLECTION), line.system))
    note = (
        f"{len(lines)} settings were measured. Of each index the table has the fastest whose {RECALL} is at least "
        f"{ENOUGH}, or else the one of most recall; the picture has all that no other setting beats in both."
    )
    return best, note


def _value(line, measure):
    return line.cells[measure][0]["value"]
