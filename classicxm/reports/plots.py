"""Pictures of a comparison as files, drawn with matplotlib (extra ``plot``)."""

import numpy as np

from classicxm.errors import MissingExtraError
from classicxm.reports.comparison_details import class_scores, confusion, curves, shown_systems
from classicxm.reports.comparison_tables import direction_name

__all__ = ["draw_plots"]

FORMATS = ("png", "svg")


def draw_plots(comparison, summary, folder):
    """Write precision-recall curves, distances, classes and confusions as .png and .svg into an existing folder.

    Parameters
    ----------
    comparison : Comparison
    summary : Summary
    folder : pathlib.Path

    Returns
    -------
    list of str, the names of the files.

    Raises
    ------
    MissingExtraError
        Without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("plot", "matplotlib") from None
    figures = {
        "distances": _distances(Figure, comparison),
        "precision-recall": _curves(Figure, comparison, summary),
    }
    if comparison.targets.test is not None:
        figures["classes"] = _classes(Figure, comparison)
        figures["confusion"] = _confusion(Figure, comparison)
    written = []
    for name, figure in figures.items():
        for suffix in FORMATS:
            # A date in a file would make equal runs differ.
            metadata = {"Date": None} if suffix == "svg" else None
            figure.savefig(folder / f"{name}.{suffix}", dpi=110, bbox_inches="tight", metadata=metadata)
            written.append(f"{name}.{suffix}")
    return written


def _curves(Figure, comparison, summary):
    figure, axes = _panels(Figure, comparison, 5.0)
    for panel, pair in zip(axes, comparison.directions, strict=True):
        for name, (x, y) in curves(comparison, shown_systems(comparison, summary), pair).items():
            style = {"color": "0.5", "linestyle": "--"} if name == "random" else {}
            panel.plot(x, y, label=name, **style)
        panel.set(title=direction_name(pair), xlabel="recall", ylabel="interpolated precision", xlim=(0, 1))
        panel.grid(alpha=0.3)
    axes[-1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.02, 1))
    return figure


def _distances(Figure, comparison):
    names, table = [], []
    for trial in comparison.trials:
        for space in trial.values:
            names.append(f"{trial.features} / {trial.aligner} / {space}")
            table.append(
                list(
                    comparison.row(
                        trial.features, trial.aligner, space, next(iter(comparison.plan.indexes))
                    ).values()
                )
            )
    table = np.array(table)
    figure = Figure(figsize=(9, 1.5 + 0.28 * len(names)))
    panel = figure.subplots()
    drawn = panel.imshow(table, aspect="auto", cmap="viridis")
    panel.set_xticks(
        range(len(comparison.plan.distances)), comparison.plan.distances, rotation=40, ha="right"
    )
    panel.set_yticks(range(len(names)), names, fontsize=8)
    for (i, j), value in np.ndenumerate(table):
        panel.text(
            j, i, "–" if np.isnan(value) else f"{value:.3f}", ha="center", va="center", fontsize=7, color="w"
        )
    figure.colorbar(drawn, label="mean mAP")
    return figure


def _classes(Figure, comparison):
    figure, axes = _panels(Figure, comparison, 5.0)
    for d, panel in enumerate(axes):
        names, values = class_scores(comparison, comparison.best(), d)
        panel.barh(range(len(names)), values)
        panel.set_yticks(range(len(names)), names, fontsize=8)
        panel.invert_yaxis()
        panel.set(title=f"{direction_name(comparison.directions[d])}, {comparison.best().name}", xlabel="mAP")
        panel.title.set_fontsize(9)
    figure.subplots_adjust(wspace=0.6)
    return figure


def _confusion(Figure, comparison):
    figure, axes = _panels(Figure, comparison, 6.0)
    for panel, pair in zip(axes, comparison.directions, strict=True):
        names, table = confusion(comparison, comparison.best(), pair)
        panel.imshow(table, cmap="Blues", vmin=0)
        panel.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=7)
        panel.set_yticks(range(len(names)), names, fontsize=7)
        panel.set(
            title=direction_name(pair), xlabel="class of the first answers", ylabel="class of the query"
        )
    figure.subplots_adjust(wspace=0.6)
    return figure


def _panels(Figure, comparison, side):
    n = len(comparison.directions)
    figure = Figure(figsize=(side * n, side * 0.85))
    return figure, np.atleast_1d(figure.subplots(1, n))
