"""The picture of the search benchmark: recall against queries a second, one panel per collection and size."""

import numpy as np

from benchmarks.search_stores import COLLECTION

__all__ = ["batch_points", "frontier", "plot"]

#: Colour and marker of each system, the same in all panels.
LOOKS = {
    "LSHIndex": ("#d62728", "o"),
    "NearPyIndex": ("#8c564b", "v"),
    "HammingIndex": ("#2ca02c", "s"),
    "ExactIndex": ("#1f77b4", "D"),
    "faiss-flat": ("#17becf", "d"),
    "faiss-hnsw": ("#9467bd", "^"),
    "faiss-lsh": ("#e377c2", "<"),
    "sklearn-brute": ("#7f7f7f", "X"),
}


def plot(rows, path):
    """Draw the frontier of every system's settings (batch) from rows of the benchmark into an image file.

    Rows of stores are left out: each has one setting.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = in_batches(rows)
    sizes = sorted({one["settings"]["n"] for one in rows})
    collections = sorted({one["settings"]["data"] for one in rows})
    figure, axes = pyplot.subplots(
        len(collections),
        len(sizes),
        figsize=(max(7.5, 1.5 + 3.6 * len(sizes)), 1.2 + 3.0 * len(collections)),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for line, data in zip(axes, collections, strict=True):
        for axis, n in zip(line, sizes, strict=True):
            one = [row for row in rows if (row["settings"]["data"], row["settings"]["n"]) == (data, n)]
            _panel(axis, one)
            axis.set_title(f"{data}, n = {n:,}", fontsize="medium")
        line[0].set_ylabel("queries a second, one thread")
    for axis in axes[-1]:
        axis.set_xlabel("recall at 10")
    drawn = {line.get_label(): line for axis in axes.flat for line in axis.get_lines()}
    names = [name for name in LOOKS if name in drawn]
    figure.legend([drawn[name] for name in names], names, loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _panel(axis, rows):
    points = batch_points(rows)
    for system, (colour, marker) in LOOKS.items():
        if system in points:
            best = np.array(frontier([point[:2] for point in points[system]]))
            axis.plot(best[:, 0], best[:, 1], marker=marker, color=colour, markersize=5, label=system)
    axis.set(yscale="log", xlim=(-0.02, 1.03))
    axis.grid(alpha=0.3)


def in_batches(rows):
    """Rows of searches in batches, but for those of stores.

    >>> in_batches([{"settings": {"data": "cca", "batch": 1}}, {"settings": {"data": "stores", "batch": 200}}])
    []
    """
    return [
        one
        for one in rows
        if one["settings"].get("batch", 0) > 1 and one["settings"].get("data") != COLLECTION
    ]


def batch_points(rows):
    """(recall, queries a second in one batch, settings) of every setting, by system."""
    measured = {}
    for one in rows:
        if one["settings"].get("batch", 0) > 1 and one["measure"] in ("recall_at_10", "queries_per_second"):
            key = one["system"], tuple(sorted(one["settings"].items()))
            measured.setdefault(key, {})[one["measure"]] = one["value"]
    points = {}
    for (system, settings), values in measured.items():
        point = values["recall_at_10"], values["queries_per_second"], dict(settings)
        points.setdefault(system, []).append(point)
    return points


def frontier(points):
    """The points (recall, speed) that no other beats in both, by recall.

    >>> frontier([(0.5, 10), (0.9, 20), (0.95, 5)])
    [(0.9, 20), (0.95, 5)]
    """
    best = []
    for point in sorted(points, reverse=True):
        if not best or point[1] > best[-1][1]:
            best.append(point)
    return best[::-1]
