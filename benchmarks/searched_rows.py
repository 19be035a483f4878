"""The search benchmark's hundreds of settings as one line an index: the fastest that finds nine in ten neighbours."""

from benchmarks.rows import settings_text

__all__ = ["fastest_lines", "named_by_batch"]

RECALL, SPEED, ENOUGH = "recall_at_10", "queries_per_second", 0.9
COLLECTION = ("data", "n")


def named_by_batch(rows):
    """Rows whose batch of one is told by the measure's name, so that a setting is one line."""
    named = []
    for row in rows:
        settings = {key: value for key, value in row["settings"].items() if key != "batch"}
        single = row["settings"].get("batch") == 1
        named.append({**row, "settings": settings, "measure": row["measure"] + "_one_by_one" * single})
    return named


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
