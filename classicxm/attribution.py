"""A weighted sum over the description of one item, divided among the parts of that item.

A part is a word, a patch of a picture, a stretch of a sound or of a clip; what all parts contribute adds up to the
sum. Where a part lies is given as fractions of the item's extent, a low and a high end along every axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["AXES", "Parts", "VisualWord", "overlaps", "proportional", "ratio", "strongest_apart"]

#: What positions in an item of each modality are measured along.
AXES = {"text": ("t",), "image": ("x", "y"), "audio": ("t",), "video": ("x", "y", "t")}
WHOLE_TEXT = "(whole text)"
FINEST_GRID = 32


@dataclass(frozen=True)
class VisualWord:
    """A word of a learned vocabulary (a Gaussian of a mixture), and what all its occurrences contribute.

    Attributes
    ----------
    block : str
        Which of several `FeatureBlocks` has the word, such as "sift"; "" where there is one description only.
    number : int
        Its row in the vocabulary.
    contribution : float
    boxes : tuple of tuples
        Where it occurs most clearly: low, then high ends along the modality's `AXES`, in pictures (x0, y0, x1, y1).
    """

    block: str
    number: int
    contribution: float
    boxes: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Parts:
    """Contributions of an item's parts, and where those lie.

    Attributes
    ----------
    contributions : float64 array (n,)
    low, high : float arrays (n, n_axes)
        Ends along each of the modality's `AXES`, in [0, 1]; equal ones are points.
    names : tuple of str or None
        The words of a text.
    learned : tuple of VisualWord
        The strongest words of vocabularies; what they contribute is in the parts already.
    spans : tuple of tuples of (int, int), or None
        For each word of a text the pieces ``text[start:stop]`` where it stands.

    Examples
    --------
    >>> sides = Parts(np.array([3.0, 1.0]), np.array([[0.0], [0.5]]), np.array([[0.5], [1.0]]))
    >>> sides.map({"t": 4}, ("t",)).tolist()
    [1.5, 1.5, 0.5, 0.5]
    """

    contributions: np.ndarray
    low: np.ndarray
    high: np.ndarray
    names: tuple[str, ...] | None = None
    learned: tuple[VisualWord, ...] = ()
    spans: tuple[tuple[tuple[int, int], ...], ...] | None = None

    @classmethod
    def whole(cls, total: float, modality: str) -> Self:
        """One part: the item as a whole."""
        n_axes = len(AXES[modality])
        names = (WHOLE_TEXT,) if modality == "text" else None
        return cls(np.array([float(total)]), np.zeros((1, n_axes)), np.ones((1, n_axes)), names)

    @classmethod
    def words(
        cls,
        terms: Iterable[str],
        contributions: Sequence[float] | np.ndarray,
        spans: Iterable[tuple[tuple[int, int], ...]] | None = None,
    ) -> Self:
        """The words of a text, each wherever it stands."""
        n = len(contributions)
        ends = np.zeros((n, 1)), np.ones((n, 1))
        spans = None if spans is None else tuple(spans)
        return cls(np.asarray(contributions, np.float64), *ends, tuple(terms), spans=spans)

    @classmethod
    def grid(cls, contributions: ArrayLike, extent: Sequence[Sequence[float]] = ((0, 0), (1, 1))) -> Self:
        """Cells (rows, columns) of a regular grid over a picture; finer ones, such as pixels, are summed to 32 a side.

        ``extent`` are the grid's corners (x, y) as fractions of the picture.

        >>> Parts.grid(np.array([[1.0, 2.0]])).high.tolist()
        [[0.5, 1.0], [1.0, 1.0]]
        """
        cells = np.asarray(contributions, np.float64)
        if max(cells.shape) > FINEST_GRID:
            across, along = (overlaps(*_cells(n), min(n, FINEST_GRID)) for n in cells.shape)
            cells = across.T @ cells @ along
        rows, columns = cells.shape
        corner, size = np.array(extent[0]), np.subtract(extent[1], extent[0])
        at = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
        low, high = (corner + size * (at + i) / (max(columns, 1), max(rows, 1)) for i in (0, 1))
        return cls(cells.ravel(), low, high)

    @classmethod
    def joined(cls, several: Sequence[Parts]) -> Self:
        """All parts of one item that several descriptions of it gave, one after the other."""
        names = None
        if any(parts.names is not None for parts in several):
            names = tuple(name for p in several for name in p.names or ("",) * len(p.contributions))
        spans = None
        if any(parts.spans is not None for parts in several):
            spans = tuple(span for p in several for span in p.spans or ((),) * len(p.contributions))
        return cls(
            np.concatenate([parts.contributions for parts in several]),
            np.concatenate([parts.low for parts in several]),
            np.concatenate([parts.high for parts in several]),
            names,
            tuple(word for parts in several for word in parts.learned),
            spans,
        )

    def of_block(self, name: str) -> Self:
        """The same parts, their learned words named as of a block."""
        learned = (replace(w, block=f"{name}/{w.block}" if w.block else name) for w in self.learned)
        return replace(self, learned=tuple(learned))

    def within(self, low: float, high: float) -> Parts:
        """The same parts, not their learned words, with an axis more along which all lie between two fractions."""
        n = len(self.contributions)
        return Parts(
            self.contributions,
            np.column_stack([self.low, np.full(n, low)]),
            np.column_stack([self.high, np.full(n, high)]),
            self.names,
        )

    def map(self, cells: Mapping[str, int], axes: Sequence[str]) -> np.ndarray:
        """Contributions in the cells of a grid, the last of its axes first; they add up to what all parts contribute.

        Parameters
        ----------
        cells : dict of axis to int
            ``{"x": columns, "y": rows}`` gives an array (rows, columns); axes left out are summed over.
        axes : tuple of str
            What the parts' axes are, see `AXES`.
        """
        along = [
            overlaps(self.low[:, i], self.high[:, i], cells[axis])
            for i, axis in enumerate(axes)
            if axis in cells
        ]
        if len(along) == 1:
            return self.contributions @ along[0]
        return (along[1] * self.contributions[:, None]).T @ along[0]

    def by_name(self) -> dict[str, float]:
        """Contribution of each name, in order of first appearance: dict of str to float."""
        sums: dict[str, float] = {}
        for name, contribution in zip(self.names or (), self.contributions.tolist(), strict=True):
            sums[name] = sums.get(name, 0.0) + contribution
        return sums

    def spans_by_name(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """Where each name stands in the text: dict of str to ascending tuple of (start, stop)."""
        places: dict[str, set[tuple[int, int]]] = {}
        names = self.names or ()
        for name, spans in zip(names, self.spans or ((),) * len(names), strict=True):
            places.setdefault(name, set()).update(spans)
        return {name: tuple(sorted(spans)) for name, spans in places.items()}


def overlaps(low: np.ndarray, high: np.ndarray, n_cells: int) -> np.ndarray:
    """Share (n, n_cells) of each interval that lies in each cell of [0, 1]; rows sum to 1.

    >>> overlaps(np.array([0.0, 0.5]), np.array([1.0, 0.5]), 2).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    edges = np.linspace(0, 1, n_cells + 1)
    shares = np.minimum(high[:, None], edges[1:]) - np.maximum(low[:, None], edges[:-1])
    np.maximum(shares, 0, out=shares)
    totals = shares.sum(axis=1)
    points = totals <= 1e-12
    middle = np.clip((low + high) / 2 * n_cells, 0, n_cells - 1).astype(np.intp)
    shares[points] = np.eye(n_cells)[middle[points]]
    return shares / shares.sum(axis=1, keepdims=True)


def strongest_apart(strengths: np.ndarray, low: np.ndarray, high: np.ndarray, n: int) -> list[int]:
    """Up to n intervals or boxes, strongest first, none with its middle in one before it: a list of positions.

    Those less than half as strong as the strongest are left out.

    >>> low, high = np.array([[0], [1], [6], [8]]), np.array([[4], [5], [8], [9]])
    >>> strongest_apart(np.array([3.0, 4.0, 2.0, 1.0]), low, high, 3)
    [1, 2]
    """
    order = np.argsort(-strengths, kind="stable")
    order = order[strengths[order] >= max(strengths.max(initial=0.0) / 2, np.finfo(float).tiny)]
    middles = (low + high) / 2
    chosen: list[int] = []
    while len(order) and len(chosen) < n:
        first = order[0]
        chosen.append(int(first))
        inside = (middles[order] >= low[first]) & (middles[order] <= high[first])
        order = order[~inside.all(axis=1)]
    return chosen


def _cells(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of n equal intervals of [0, 1]."""
    edges = np.linspace(0, 1, n + 1)
    return edges[:-1], edges[1:]


def ratio(values: ArrayLike, before: ArrayLike) -> np.ndarray:
    """Elementwise values / before, zero where before is zero: what a scaling multiplied each value by.

    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()
    [0.25, 0.0]
    """
    before = np.asarray(before, np.float64)
    return np.divide(values, before, out=np.zeros(before.shape), where=before != 0)


def proportional(
    values: ArrayLike, weights: np.ndarray, additions: ArrayLike, steady: float = 0.1
) -> np.ndarray:
    """``weights @ values`` divided in proportion to what was added up for each value before some scaling.

    A value that is the sum of its ``additions`` after any function that keeps its sign, such as a root or a norm, is
    divided in proportion to them. Where they have different signs and nearly cancel, such shares would explode:
    with the sum below ``steady`` times the sum of magnitudes, only so large a multiple of each addition is given
    out as at that bound, and what then lacks is divided in proportion to magnitudes. So no share of a value is
    more than 1 / steady + 1 times that value, and the shares always sum to it.

    Parameters
    ----------
    values, weights : arrays (d,)
    additions : array (n, d), n >= 1

    Returns
    -------
    float64 array (n,)

    >>> proportional(np.array([2.0]), np.array([1.0]), np.array([[3.0], [1.0]])).tolist()
    [1.5, 0.5]
    """
    values, additions = np.asarray(values, np.float64), np.asarray(additions, np.float64)
    magnitudes = np.abs(additions)
    sums, sizes = additions.sum(axis=0), magnitudes.sum(axis=0)
    slope = ratio(values, np.where(sums < 0, -1.0, 1.0) * np.maximum(np.abs(sums), steady * sizes))
    rest = values - slope * sums
    even = weights @ np.where(sizes > 0, 0.0, rest) / len(additions)
    return additions @ (weights * slope) + magnitudes @ (weights * ratio(rest, sizes)) + even
