"""What choosing on folds gives beside the recipe as it is: the defaults benchmark as one table."""

from collections import defaultdict
from statistics import mean

from benchmarks.result_tables import number
from classicxm.reports import Table

__all__ = ["NOTE", "selection_table"]

HEADING = ["set", "aim", "measure", "recipe", "as it is", "chosen on folds", "gain", "seconds of choosing"]
#: What an aim is judged by: the prefix of its measures, which are averaged over directions, and a name.
JUDGED = {"class": ("map_", "mAP"), "partner": ("success_at_10_", "Success@10")}
CAPTIONS = "_captions"
NOTE = "Each aim by its own measure, mean of the directions; `±` is here the range over seeds of the folds:"


def selection_table(rows):
    """Markdown: a line for each set, aim and recipe, by the aim's own measure; and what is chosen by hand.

    Sets without classes have lines of the caption protocol too.
    """
    found = defaultdict(dict)
    for row in rows:
        recipe, name, how = row["system"].split("/")
        found[name, recipe, how, row["settings"]["aim"]][row["measure"]] = row
    lines = []
    for (name, recipe, how, aim), measures in found.items():
        if how != "selected":
            continue
        plain = found.get((name, recipe, "plain", "none"), {})
        prefix, called = JUDGED[aim]
        for ending, protocol in (("", ""), (CAPTIONS, " of captions")):
            chosen, spread = _averaged(measures, prefix, ending)
            if chosen is None:
                continue
            before, _ = _averaged(plain, prefix, ending)
            lines.append([
                name, aim, called + protocol, recipe,
                "" if before is None else f"{before:.3f}",
                f"{chosen:.3f}" + (f" ±{spread:.3f}" if spread else ""),
                "" if before is None else f"{chosen - before:+.3f}",
                number(measures["seconds"]["value"], "s"),
            ])  # fmt: skip
    return Table("", HEADING, lines, n_names=4).to_markdown()


def _averaged(measures, prefix, ending):
    """The mean over directions of the measures so called, and the widest range over seeds; (None, 0) without any."""
    own = [
        row
        for name, row in measures.items()
        if name.startswith(prefix) and name != "map_mean" and name.endswith(CAPTIONS) == bool(ending)
    ]
    if not own:
        return None, 0.0
    return mean(row["value"] for row in own), max(row.get("seed_spread") or 0.0 for row in own)
