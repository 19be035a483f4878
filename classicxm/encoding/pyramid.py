"""Spatial pyramids: one encoding for each cell of several grids (Lazebnik, Schmid and Ponce 2006)."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from classicxm.base import Encoder
from classicxm.parameters import Integer, Range
from classicxm.sequences import real_array

__all__ = ["PyramidEncoder", "PyramidLevels", "check_descriptors", "pyramid_cells"]


#: Levels, each the number of cells along every axis.
Pyramid = tuple[tuple[int, ...], ...]


class PyramidLevels:
    """The range of ``pyramid`` parameters: a tuple of levels, each a tuple of cells along every axis."""

    def accepts(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return _is_sequence(value) and all(
            _is_sequence(level) and all(map(Integer(1).accepts, level)) for level in value
        )

    def __str__(self) -> str:
        return "a tuple of levels such as ((1, 1), (2, 2), (1, 3))"


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and len(value) > 0


def n_cells(pyramid: Pyramid) -> int:
    """Number of cells of all levels together."""
    return sum(int(np.prod(level)) for level in pyramid)


def pyramid_cells(positions: np.ndarray | None, pyramid: Pyramid) -> list[Any]:
    """Which descriptors lie in each cell, level by level; within a level the first axis varies fastest.

    Parameters
    ----------
    positions : array (n, n_axes) in [0, 1], or None where every level is a single cell
    pyramid : tuple of levels
        Cells along each axis of the positions: for images (columns along x, rows along y).

    Returns
    -------
    list of index arrays, or of ``slice(None)`` for levels of one cell.

    >>> positions = np.array([[0.1, 0.9], [0.6, 0.2]])
    >>> [cell.tolist() for cell in pyramid_cells(positions, ((1, 3),))]
    [[1], [], [0]]
    """
    cells: list[Any] = []
    for level in pyramid:
        if all(count == 1 for count in level):
            cells.append(slice(None))
            continue
        if positions is None or positions.ndim != 2 or positions.shape[1] != len(level):
            got = "none" if positions is None else f"an array of shape {positions.shape}"
            raise ValueError(
                f"pyramid level {tuple(level)} needs positions of shape (n, {len(level)}), got {got}; "
                "give one number of cells for each axis of the positions"
            )
        along = np.minimum((positions * level).astype(np.intp), np.asarray(level) - 1)
        cell = along @ np.cumprod([1, *level[:-1]])
        cells.extend(np.flatnonzero(cell == index) for index in range(int(np.prod(level))))
    return cells


def check_descriptors(descriptors: ArrayLike, at_least: int, what: str) -> np.ndarray:
    """A sample to learn from as finite float32 (n, d); ``what`` needs at least that many rows."""
    descriptors = np.ascontiguousarray(real_array("descriptors", descriptors), np.float32)
    if descriptors.ndim != 2:
        raise ValueError(f"descriptors must have shape (n, d), got {descriptors.shape}")
    if not np.isfinite(descriptors).all():
        raise ValueError("the descriptors have NaN or infinity; drop those rows")
    if len(descriptors) < at_least:
        raise ValueError(
            f"{what} needs at least {at_least} descriptors, got {len(descriptors)}; lower it or give more items"
        )
    return descriptors


class PyramidEncoder(Encoder):
    """An encoder whose vector is the encodings of every cell of a pyramid, joined and normalised.

    A subclass sets ``n_features_in_`` and ``cell_width_`` when fitted, computes in ``assign`` what it needs of
    every descriptor once, sums that up for one cell in ``aggregate``, and reports in ``divide`` what each
    descriptor had in it, in ``word_of_value`` and ``membership`` which word each value and descriptor belongs to.
    """

    parameter_ranges: ClassVar[dict[str, Range]] = {"pyramid": PyramidLevels()}
    norm: str | None = "l2"
    cell_width_: int

    @abstractmethod
    def assign(self, descriptors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays with one row per descriptor, for float32 descriptors (n, d), n >= 1."""

    @abstractmethod
    def aggregate(self, one: np.ndarray, other: np.ndarray, /) -> np.ndarray:
        """The normalised vector (cell_width_,) of one cell's rows of what `assign` gave, at least one row."""

    @abstractmethod
    def divide(
        self, values: np.ndarray, weights: np.ndarray, one: np.ndarray, other: np.ndarray, /
    ) -> np.ndarray:
        """``weights @ values`` divided among one cell's rows of what `assign` gave, at least one: (n_rows,).

        ``values`` (cell_width_,) is what `aggregate` made of these rows, perhaps scaled.
        """

    @abstractmethod
    def word_of_value(self) -> np.ndarray:
        """The number of the word that each value of a cell is about: int array (cell_width_,)."""

    @abstractmethod
    def membership(self, word: int, one: np.ndarray, other: np.ndarray, /) -> np.ndarray:
        """How much each descriptor belongs to a word, by what `assign` gave: (n,) in [0, 1]."""

    @property
    def n_features_out_(self) -> int:
        """Length of an encoding."""
        check_is_fitted(self)
        return n_cells(self.pyramid) * self.cell_width_

    def encode(self, descriptors: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        """One item's descriptors as one vector.

        Parameters
        ----------
        descriptors : array (n, d); n may be 0
        positions : array (n, n_axes) in [0, 1], optional
            Needed when the pyramid has more than one cell.

        Returns
        -------
        float32 array (n_features_out_,); zeros where there are no descriptors.
        """
        descriptors = self._checked(descriptors, positions)
        if not len(descriptors):
            return np.zeros(self.n_features_out_, np.float32)
        cells = pyramid_cells(positions, self.pyramid)
        assigned = self.assign(descriptors)
        encoding = np.zeros((len(cells), self.cell_width_))
        for row, cell in zip(encoding, cells, strict=True):
            parts = [part[cell] for part in assigned]
            if len(parts[0]):
                row[:] = self.aggregate(*parts)
        return scaled_to_unit(encoding.ravel(), self.norm).astype(np.float32)

    def shares(
        self, descriptors: np.ndarray, positions: np.ndarray | None, weights: np.ndarray
    ) -> np.ndarray:
        """``weights @ encode(descriptors, positions)`` divided among the descriptors.

        Every value of the encoding is divided in proportion to what each descriptor of its cell added to it before
        it was scaled, see `classicxm.attribution.proportional`.

        Returns
        -------
        float64 array (n,)
        """
        values = self.encode(descriptors, positions).astype(np.float64)
        descriptors = self._checked(descriptors, positions)
        shares = np.zeros(len(descriptors))
        if not len(descriptors):
            return shares
        assigned = self.assign(descriptors)
        cells = pyramid_cells(positions, self.pyramid)
        by_cell = values.reshape(len(cells), -1), np.reshape(weights, (len(cells), -1))
        for cell, cell_values, cell_weights in zip(cells, *by_cell, strict=True):
            parts = [part[cell] for part in assigned]
            if len(parts[0]):
                shares[cell] += self.divide(cell_values, cell_weights, *parts)
        return shares

    def strongest_words(
        self, descriptors: np.ndarray, positions: np.ndarray | None, weights: np.ndarray, n: int
    ) -> list[tuple[int, float, np.ndarray]]:
        """The n words that add most, for or against, to ``weights @ encode(descriptors, positions)``.

        Returns
        -------
        list of (word number, what it adds, how much each descriptor belongs to it: (n_descriptors,))
        """
        values = self.encode(descriptors, positions).astype(np.float64)
        sums = np.bincount(np.tile(self.word_of_value(), n_cells(self.pyramid)), weights * values)
        strongest = [word for word in np.argsort(-np.abs(sums), kind="stable")[:n].tolist() if sums[word]]
        if not strongest:
            return []
        assigned = self.assign(self._checked(descriptors, positions))
        return [(word, float(sums[word]), self.membership(word, *assigned)) for word in strongest]

    def _checked(self, descriptors: np.ndarray, positions: np.ndarray | None) -> np.ndarray:
        check_is_fitted(self)
        descriptors = np.ascontiguousarray(real_array("descriptors", descriptors), np.float32)
        if not len(descriptors):
            return descriptors
        if descriptors.ndim != 2 or descriptors.shape[1] != self.n_features_in_:
            raise ValueError(
                f"descriptors must have shape (n, {self.n_features_in_}) as when fitted, got {descriptors.shape}"
            )
        if not np.isfinite(descriptors).all():
            raise ValueError("the descriptors have NaN or infinity; drop those rows")
        if positions is not None and len(positions) != len(descriptors):
            raise ValueError(f"{len(descriptors)} descriptors came with {len(positions)} positions")
        if positions is not None and not np.isfinite(positions).all():
            raise ValueError("the positions have NaN or infinity; they are fractions of an item's extent")
        return descriptors


def scaled_to_unit(vector: np.ndarray, norm: str | None) -> np.ndarray:
    """The vector divided by its L1 or L2 norm; zeros stay zeros."""
    length = np.abs(vector).sum() if norm == "l1" else np.sqrt(vector @ vector)
    return vector / length if length > 0 else vector
