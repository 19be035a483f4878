"""Embeddings of a file as an extractor, so that deep features meet the same alignments and the same protocol."""

import numbers
from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from typing import Any, Self

import numpy as np

from classicxm.base import Extractor
from classicxm.datasets.embeddings import file_names, names_of, read_embeddings
from classicxm.errors import ItemError, UnpairedViewsError
from classicxm.media import MODALITIES, PATH_TYPES
from classicxm.media.named_file import NamedFile
from classicxm.parameters import Choice, Either, InstanceOf, check_parameters

__all__ = ["PrecomputedFeatures"]


class PrecomputedFeatures(Extractor):
    """Looks items up in a file of embeddings instead of describing them.

    Items are ids or paths. An item is found by its id as it stands, else by the end of its path, longest first,
    with and without extension: ``photos/dog/1.jpg`` is ``dog/1.jpg``, ``dog/1``, ``1.jpg`` or ``1``. Where rows are
    called by such paths, they are found by their ends too. Two items that would share a row are refused. Texts are
    looked up like everything else, so give their ids or files, not their words:
    ``retriever.fit({"image": collection.column("image"), "text": collection.ids})``. Items are never opened.

    Parameters
    ----------
    path : path
        See `classicxm.datasets.load_embeddings`.
    modality : {"text", "image", "audio", "video"}
        What the embeddings describe; also the array to take from a file of several.
    ids : list, tuple or array of str or int, default=None
        What the rows are called, one per row, where the file does not say it.
    n_jobs : int or None
        As in every extractor; a look-up gains nothing from workers.
    on_error : {"raise", "skip", "zero"}
        What an item without a row, or with NaN in it, does: stop, be left out, or become a zero row.

    Attributes
    ----------
    features_ : float32 array (n_rows, n_features)
        The whole file, so that a saved model needs it no more.
    ids_ : array of str (n_names,)
        Sorted: the ids of all rows, and what file names among them are called without folder and extension where that
        names one row alone. ``rows_`` (n_names,) says which row of ``features_`` each names.
    n_features_out_ : int

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> np.savez(folder + "/clip.npz", image=[[1, 0], [0, 2]], ids=["dog", "cat"])
    >>> clip = PrecomputedFeatures(folder + "/clip.npz", "image").fit()
    >>> clip.transform(["photos/cat.jpg", "dog"])
    array([[0., 2.],
           [1., 0.]], dtype=float32)
    """

    parameter_ranges = {
        "path": InstanceOf(*PATH_TYPES),
        "modality": Choice(*MODALITIES),
        "ids": Either(None, InstanceOf(list, tuple, np.ndarray)),
    }

    opens_items = False

    def __init__(
        self,
        path: str | PathLike[str],
        modality: str,
        ids: Sequence[Any] | None = None,
        n_jobs: int | None = None,
        on_error: str = "raise",
    ) -> None:
        self.path = path
        self.modality = modality
        self.ids = ids
        self.n_jobs = n_jobs
        self.on_error = on_error

    def fit(self, items: Any = None, y: Any = None) -> Self:
        """Read the file; items, where given, must not share a row."""
        check_parameters(self)
        matrix, known = read_embeddings(self.path, self.modality)
        own = self._row_names(known, len(matrix))
        shorter = file_names(own)
        names = np.array([*own, *shorter], dtype=np.str_)
        order = np.argsort(names, kind="stable")
        self.ids_ = names[order]
        self.rows_ = np.array([*range(len(own)), *shorter.values()], dtype=np.intp)[order]
        with np.errstate(over="ignore"):
            self.features_ = np.array(matrix, dtype=np.float32, order="C")
        self.n_features_out_ = self.features_.shape[1]
        if items is not None:
            self.check_items(items)
        return self

    def decode(self, item: Any) -> int:
        """The row of an item; ValueError where it has none."""
        for name in _called(item):
            place = int(np.searchsorted(self.ids_, name))
            if place < len(self.ids_) and self.ids_[place] == name:
                return int(self.rows_[place])
        begin = ", ".join(map(repr, self.ids_[:2].tolist())) or "nothing"
        raise ValueError(
            f"no row of {fspath(self.path)} is named {_text_of(item)!r:.120}; its ids begin with {begin}; "
            "give the item's id or path"
        )

    def describe(self, item: Any) -> np.ndarray:
        """The embedding (n_features,) of the row that `decode` found."""
        return self.features_[item]

    def fingerprint(self, item: Any) -> str:
        """An item's name: two files of equal content may have different rows."""
        return f"name {item}" + (f" of {item.name}" if isinstance(item, NamedFile) else "")

    def check_items(self, items: Sequence[Any]) -> None:
        """ItemError where two different items would get the same row."""
        owner: dict[int, Any] = {}
        for item in items:
            try:
                row = self.decode(item)
            except (TypeError, ValueError):
                continue  # what becomes of it is for the error policy to say
            name = _text_of(item)
            if (other := owner.setdefault(row, name)) != name:
                reason = (
                    f"shares a row of {fspath(self.path)} with item {other!r}; use ids such as FOLDER/NAME"
                )
                raise ItemError(name, reason)

    def _row_names(self, known: Sequence[Any] | None, n_rows: int) -> Sequence[Any]:
        """The file's ids, or else those of the parameter."""
        path = fspath(self.path)
        if known is not None and self.ids is None:
            return known
        if known is not None:
            raise UnpairedViewsError(f"PrecomputedFeatures: {path} names its rows itself; leave ids out")
        if self.ids is None:
            raise UnpairedViewsError(
                f"PrecomputedFeatures: {path} has no ids to find items by; store an array 'ids' in it, "
                "a NAME.ids.txt beside it, or give ids"
            )
        names = [str(name) for name in self.ids]
        if len(names) != n_rows:
            raise UnpairedViewsError(f"PrecomputedFeatures: {path} has {n_rows} rows, got {len(names)} ids")
        if len(set(names)) < n_rows:
            twice = Counter(names).most_common(1)[0][0]
            raise UnpairedViewsError(f"PrecomputedFeatures: ids must be unique, {twice!r} is not")
        return names


def _called(item: Any) -> Iterator[str]:
    """What a row of an item may be called, most particular first: its id, where that is known, and its path."""
    if isinstance(item, NamedFile):
        yield str(item.name)
    yield from names_of(_text_of(item))


def _text_of(item: Any) -> str:
    """An id or path as text; TypeError for anything else."""
    if isinstance(item, PATH_TYPES):
        return fspath(item)
    if isinstance(item, numbers.Integral):
        return str(item)
    raise TypeError(f"is no id or path but {type(item).__name__}; embeddings are found by id or path")
