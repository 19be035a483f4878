"""Published results beside own rows of the same data set and protocol, and of no other."""

from benchmarks.result_tables import number
from classicxm.evaluation import protocol_descriptions, published_results
from classicxm.reports import Table

__all__ = ["published_section"]

#: Benchmark -> data set and protocol of its rows map_i2t, map_t2i and map_mean.
PROTOCOLS = {"wikipedia": ("wikipedia", "wiki")}
#: Published name -> own, where they differ.
OWN_NAMES = {"SM": "SM-L1"}
DIRECTIONS = ("i2t", "t2i", "mean")


def published_section(benchmark, rows):
    """Paragraphs and tables for one benchmark; none where nothing of the same protocol is known."""
    dataset, protocol = PROTOCOLS.get(benchmark, (None, None))
    known = published_results(dataset, protocol) if dataset else []
    checked = [result for result in known if result.checked]
    if not checked:
        return []
    own = {(row["system"], row["measure"]): row["value"] for row in rows}
    others = [result for result in published_results(dataset) if result.protocol != protocol]
    parts = [_statement(protocol, len(known) - len(checked)), _table(checked, own), _others(others)]
    return [part for part in parts if part]


def _statement(protocol, n_remembered):
    text = (
        f"**Published figures of the same protocol** ({protocol}: {protocol_descriptions()[protocol]}), "
        "as printed by their authors; they were not measured here, and what they chose their parameters on is theirs "
        "to say."
    )
    if n_remembered:
        text += f" {n_remembered} more could not be checked against their source and are left out."
    return text


def _table(results, own):
    heading = ["system", "kind", "features", *(f"{d} published / own" for d in DIRECTIONS), "source"]
    table = []
    for result in results:
        name = OWN_NAMES.get(result.system, result.system)
        cells = [
            f"{_share(result.values.get(direction))} / {_share(own.get((name, f'map_{direction}')))}"
            for direction in DIRECTIONS
        ]
        table.append([result.system, result.kind, result.features, *cells, result.source])
    return Table("", heading, table, n_names=len(heading)).to_markdown()


def _share(value):
    return number(value, "mAP") or "-"


def _others(results):
    if not results:
        return ""
    counts = {}
    for result in results:
        counts.setdefault((result.protocol, result.kind), 0)
        counts[result.protocol, result.kind] += 1
    told = ", ".join(f"{count} {kind} under `{protocol}`" for (protocol, kind), count in counts.items())
    return (
        f"Results on other features, other queries or other measures do not compare with these rows ({told}); "
        "`classicxm.evaluation.published_results` has them."
    )
