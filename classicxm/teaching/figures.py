"""Figures for lectures: each is drawn by one short function from the package's own parts, with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.atomic import write_file
from classicxm.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "TOPICS", "chosen_figures", "write_figures"]


def filterbanks(figure: Figure) -> None:
    """Mel filters as HTK draws them, and Bark filters as PLP does: narrow below, wide above."""
    from classicxm.audio.filterbanks import bark_filterbank, mel_filterbank

    n_fft, rate = 512, 16000
    hertz = np.arange(n_fft // 2 + 1) * rate / n_fft
    upper, lower = figure.subplots(2, sharex=True)
    upper.plot(hertz, mel_filterbank(20, n_fft, rate, 0, rate / 2).T)
    upper.set(title="20 Mel filters (MFCC)", ylabel="weight")
    bark = bark_filterbank(20, n_fft, rate)
    lower.plot(hertz, bark.T / bark.max(axis=1))
    lower.set(title="20 Bark filters (PLP), each scaled to a maximum of 1", xlabel="Hz", ylabel="weight")


def hog_cells(figure: Figure) -> None:
    """A picture and, per cell of 8 pixels, its histogram of gradient orientations as a star of edges."""
    from classicxm.datasets import make_scenes
    from classicxm.image.hog import cell_histograms

    picture = make_scenes(1, 128, random_state=3, modalities=["image"]).column("image")[0]
    cells = cell_histograms(picture.mean(axis=2), orientations=9, pixels_per_cell=8)
    left, right = figure.subplots(1, 2)
    left.imshow(picture)
    left.set(title="picture")
    for (row, column, bin_), weight in np.ndenumerate(cells / cells.max()):
        along = np.pi * (bin_ + 0.5) / 9 + np.pi / 2  # an edge runs across its gradient
        ends = np.array([-3.8, 3.8])
        right.plot(
            8 * column + 4 + ends * np.cos(along),
            8 * row + 4 + ends * np.sin(along),
            color="black",
            alpha=weight,
            linewidth=1.5,
        )
    right.set(title="orientations of each cell", xlim=(0, 128), ylim=(128, 0), aspect="equal")
    for axes in (left, right):
        axes.set_axis_off()


def visual_words(figure: Figure) -> None:
    """Eight visual words, each a row of the patches of drawn scenes that lie nearest to it."""
    from classicxm.datasets import make_scenes
    from classicxm.encoding.vocabulary import learn_words, nearest_words
    from classicxm.image import DenseSIFT

    pictures = make_scenes(40, random_state=0, modalities=["image"]).column("image")
    described = [DenseSIFT(bin_sizes=(6,), step=8).describe_located(picture) for picture in pictures]
    descriptors = np.concatenate([rows for rows, _ in described])
    places = np.concatenate([positions[:, :2] for _, positions in described])
    owners = np.repeat(np.arange(len(pictures)), [len(rows) for rows, _ in described])
    words, squared = nearest_words(descriptors, learn_words(descriptors, 24, random_state=0))
    counts = np.bincount(words[:, 0], minlength=24)
    common = np.argsort(-counts, kind="stable")[2:10]  # the first two are flat ground
    axes = figure.subplots(8, 10)
    for row, word in zip(axes, common, strict=True):
        members = np.flatnonzero(words[:, 0] == word)
        _, first = np.unique(owners[members], return_index=True)  # one patch per picture
        members = members[first]
        for axis, near in zip(row, members[np.argsort(squared[members, 0], kind="stable")], strict=False):
            axis.imshow(_patch(pictures[owners[near]], *places[near]))
    for axis in axes.ravel():
        axis.set_axis_off()
    figure.suptitle("visual words: a row each, with the patches nearest to it")


def _patch(picture: np.ndarray, x: float, y: float, reach: int = 12) -> np.ndarray:
    """The pixels around a place given as fractions of width and height."""
    height, width = picture.shape[:2]
    column = int(np.clip(x * width, reach, width - reach))
    row = int(np.clip(y * height, reach, height - reach))
    return picture[row - reach : row + reach, column - reach : column + reach]


def term_weights(figure: Figure) -> None:
    """Zipf's law in drawn captions, and the inverse document frequency that answers it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from classicxm.datasets import make_scenes

    captions = [str(text) for text in make_scenes(400, modalities=["text"]).column("text")]
    vectorizer = TfidfVectorizer()
    held = (vectorizer.fit_transform(captions) > 0).sum(axis=0)
    frequency = np.asarray(held).ravel()
    order = np.argsort(-frequency, kind="stable")
    names = vectorizer.get_feature_names_out()[order]
    upper, lower = figure.subplots(2, sharex=True)
    upper.bar(names, frequency[order])
    upper.set(title="captions that hold a word, of 400", ylabel="captions")
    lower.bar(names, vectorizer.idf_[order], color="tab:orange")
    lower.set(title="inverse document frequency: log((1 + n) / (1 + n with the word)) + 1", ylabel="weight")
    lower.tick_params(axis="x", rotation=90)


def planted_views(n: int, d: int, planted: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Two Gaussian views (n, d) whose first columns correlate as planted; the others are noise."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, len(planted)))
    views = {name: rng.standard_normal((n, d)) for name in ("image", "text")}
    for view in views.values():
        own = view[:, : len(planted)]
        view[:, : len(planted)] = np.sqrt(planted) * shared + np.sqrt(1 - planted) * own
    return views


def correlations(figure: Figure) -> None:
    """Canonical correlations on training and on new items, without a ridge and with one: why CCA needs it."""
    from classicxm.alignment import CCA

    planted = np.array([0.9, 0.7, 0.5])
    train, new = planted_views(120, 80, planted, 0), planted_views(2000, 80, planted, 1)
    for axes, ridge in zip(figure.subplots(1, 2, sharey=True), (0.0, 1.0), strict=True):
        cca = CCA(20, ridge=ridge).fit(train)
        for views, name in ((train, "training items"), (new, "new items")):
            common = cca.transform(views)
            held = [np.corrcoef(common["image"][:, i], common["text"][:, i])[0, 1] for i in range(20)]
            axes.plot(range(1, 21), held, "o-", label=name)
        axes.step(range(1, 21), [*planted, *[0] * 17], where="mid", color="black", label="planted")
        axes.set(title=f"120 pairs, 80 features, ridge {ridge:g}", xlabel="component")
    axes.legend()
    figure.axes[0].set_ylabel("correlation")


def collisions(figure: Figure) -> None:
    """How often two vectors share a key, by the angle between them: theory, and hyperplanes that are drawn."""
    from classicxm.search.hyperplanes import Hyperplanes

    angles = np.radians(np.arange(0, 181, 6))
    circle = np.column_stack([np.cos(angles), np.sin(angles), np.zeros((len(angles), 62))])
    closeness = 1 - angles / np.pi  # of one hyperplane (Charikar 2002)
    axes = figure.subplots()
    for bits, tables in ((1, 1), (8, 4), (8, 16)):
        shared = 1 - (1 - closeness**bits) ** tables
        (line,) = axes.plot(np.degrees(angles), shared, label=f"bits per key: {bits}, tables: {tables}")
        drawn = []
        for seed in range(200):
            family = Hyperplanes.drawn(np.random.RandomState(seed), 64, tables, bits)
            keys = family.keys(circle)
            drawn.append((keys == keys[:1]).any(axis=1))
        axes.plot(np.degrees(angles), np.mean(drawn, axis=0), ".", color=line.get_color())
    axes.set(
        xlabel="angle, degrees",
        ylabel="probability of a shared bucket",
        title="lines: theory; dots: 200 draws",
    )
    axes.legend()


def probes(figure: Figure) -> None:
    """Recall of the ten nearest against buckets that are looked into, for keys of several lengths."""
    from classicxm.search import ExactIndex, LSHIndex

    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 32))[rng.integers(0, 200, 6000)] + 0.6 * rng.standard_normal(
        (6000, 32)
    )
    ids, queries = [str(i) for i in range(6000)], vectors[:100] + 0.3 * rng.standard_normal((100, 32))
    nearest = ExactIndex().add(vectors, ids).search(queries, k=10)[0]
    counts = [8, 16, 32, 64, 128, 256, 512]
    axes = figure.subplots()
    for bits in (8, 10, 12):
        recalls = []
        for count in counts:
            index = LSHIndex(n_tables=8, n_bits=bits, n_probes=count, scan="never").add(vectors, ids)
            found = index.search(queries, k=10)[0]
            recalls.append(np.mean([len({*a} & {*b}) / 10 for a, b in zip(found, nearest, strict=True)]))
        axes.plot(counts, recalls, "o-", label=f"{bits} bits")
    axes.set(xscale="log", xlabel="buckets looked into, 8 tables", ylabel="recall of the 10 nearest of 6000")
    axes.legend()


def precision_recall(figure: Figure) -> None:
    """Precision against recall from text to image on drawn scenes, above two floors."""
    from classicxm.alignment import CCA
    from classicxm.datasets import make_scenes
    from classicxm.evaluation import class_relevance, precision_recall_curve, random_floor
    from classicxm.image import ColorHistogram
    from classicxm.text import BagOfWordsText

    scenes = make_scenes(300, random_state=0, modalities=["text", "image"])
    train, test = scenes.split("train"), scenes.split("test")
    parts = {"image": ColorHistogram(), "text": BagOfWordsText()}
    views = {name: part.fit_transform(train.column(name)) for name, part in parts.items()}
    cca = CCA(10, ridge=0.1).fit(views)
    common = {
        name: cca.transform_view(name, part.transform(test.column(name))) for name, part in parts.items()
    }
    unit = {name: rows / np.linalg.norm(rows, axis=1, keepdims=True) for name, rows in common.items()}
    relevant = class_relevance(test.labels, test.labels)
    recall = np.linspace(0, 1, 11)
    axes = figure.subplots()
    blind = np.broadcast_to(unit["image"].sum(axis=1), (len(test), len(test)))
    rankings = {"CCA": unit["text"] @ unit["image"].T, "every query the same ranking": blind}
    for name, scores in rankings.items():
        axes.plot(recall, precision_recall_curve(scores, relevant).mean(axis=0), "o-", label=name)
    axes.axhline(random_floor(relevant).mean(), color="grey", linestyle="--", label="random order (AP)")
    axes.set(
        xlabel="recall", ylabel="interpolated precision", ylim=(0, 1), title="text to image, drawn scenes"
    )
    axes.legend()


#: matplotlib's settings; the salt makes the same figure the same file.
STYLE: Any = {
    "svg.hashsalt": "classicxm",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
#: Each figure by its name.
FIGURES: dict[str, Callable[[Figure], None]] = {
    "filterbanks": filterbanks,
    "hog-cells": hog_cells,
    "term-weights": term_weights,
    "visual-words": visual_words,
    "correlations": correlations,
    "collisions": collisions,
    "probes": probes,
    "precision-recall": precision_recall,
}
#: The figures of each topic of the assignments.
TOPICS: dict[str, tuple[str, ...]] = {
    "features": ("filterbanks", "hog-cells", "term-weights"),
    "words": ("visual-words",),
    "cca": ("correlations",),
    "lsh": ("collisions", "probes"),
    "evaluation": ("precision-recall",),
}


def chosen_figures(name: str) -> list[str]:
    """The names of figures that a figure's name, a topic or ``all`` stands for.

    >>> chosen_figures("lsh")
    ['collisions', 'probes']
    """
    if name == "all":
        return list(FIGURES)
    if name in FIGURES:
        return [name]
    if name in TOPICS:
        return list(TOPICS[name])
    raise ValueError(
        f"no figure or topic is named {name!r}; there are: all, {', '.join([*TOPICS, *FIGURES])}"
    )


def write_figures(
    names: Iterable[str], folder: Path | str, size: tuple[float, float] = (7.0, 4.6)
) -> list[Path]:
    """Draw figures as SVG and as PNG.

    Parameters
    ----------
    names : iterable of str
        Of `FIGURES`.
    folder : path
        Made where it is missing; files of the same names are replaced.
    size : (width, height), inches

    Returns
    -------
    list of Path, two per figure

    Raises
    ------
    MissingExtraError
        Without matplotlib.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("plot", "matplotlib") from None
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with rc_context(STYLE):
        for name in names:
            figure = Figure(figsize=size, layout="constrained")
            FIGURES[name](figure)
            for kind, settings in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": 160})):
                drawn = io.BytesIO()
                figure.savefig(drawn, format=kind, **settings)
                written.append(write_file(folder / f"{name}.{kind}", drawn.getvalue()))
    return written
