"""The roles that every part of classicxm plays: Extractor, LocalExtractor, Encoder, Aligner, Index.

All are abstract base classes and scikit-learn estimators: ``__init__`` stores its keyword arguments, ranges are
declared in ``parameter_ranges`` and checked when fitting, and what is learned ends in ``_``. What a role demands of
a subclass is said in its docstring under "A subclass writes", and `classicxm.testing` checks it.
"""

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike, fspath
from typing import Any, ClassVar, Self

import numpy as np

from classicxm import light_sklearn as light_sklearn  # isort: skip # before scikit-learn, whose start it shortens
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from classicxm import media
from classicxm.attribution import Parts
from classicxm.errors import UnpairedViewsError
from classicxm.execution import ErrorReport, describe_items, warn_empty
from classicxm.parameters import N_JOBS, Choice, Either, InstanceOf, Range, check_parameters
from classicxm.sequences import listed, plain_array

__all__ = ["Aligner", "Encoder", "Extractor", "Index", "LocalExtractor", "check_view", "check_views"]


class _Describer(BaseEstimator, ABC):
    """What Extractor and LocalExtractor share: a modality, and how an item is opened."""

    modality: str  #: "text", "image", "audio" or "video"
    parameter_ranges: ClassVar[dict[str, Range]] = {
        "n_jobs": N_JOBS,
        "on_error": Choice("raise", "skip", "zero"),
        "cache": Either(None, InstanceOf(str, *media.PATH_TYPES)),
    }

    def decode(self, item: Any) -> Any:
        """The item as its medium's arrays or strings; items already decoded pass unchanged."""
        return media.decode(self.modality, item)

    def fingerprint(self, item: Any) -> str:
        """What a cached description of the item is found by: its content, wherever it lies."""
        return media.fingerprint(self.modality, item)

    def __getstate__(self) -> dict[str, Any]:
        """Paths as strings: a saved object holds no type that only one system has."""
        state = super().__getstate__()
        return {
            name: fspath(value) if isinstance(value, PathLike) else value for name, value in state.items()
        }

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "fitted_") or any(
            name.endswith("_") and not name.startswith("_") for name in vars(self)
        )


class Extractor(TransformerMixin, _Describer):
    """Describes items of one modality by one vector each.

    A subclass writes
        ``modality``, a class attribute: "text", "image", "audio" or "video";
        ``describe(item) -> (n_features,)`` for one decoded item, or ``describe_batch`` where a whole list at once is
        faster;
        ``fit(items, y=None) -> self`` only where something is learned; it calls `check_parameters`, and sets
        ``n_features_out_`` where that is known before the first description. Otherwise the first description sets it.

    Decoding, parallel workers, progress, caching and the error policy happen here, for everybody. A subclass whose
    ``__init__`` takes these execution parameters is given them by `CrossModalRetriever`, which otherwise warns
    that they do not reach it:

    n_jobs : int or None
        Worker processes; None means 1, -1 all cores.
    on_error : {"raise", "skip", "zero"}
        What an item that cannot be described does: stop, be left out, or become a zero row.
    cache : path or None
        A folder that keeps every description by content, parameters and version; a second run reads it.

    After `transform`, ``error_report_`` lists the items that failed, those that had nothing to describe, and which
    rows were kept.
    """

    n_jobs: int | None = None
    on_error: str = "raise"
    cache: str | PathLike[str] | None = None
    #: False where items are looked up by their names instead.
    opens_items: bool = True
    error_report_: ErrorReport
    n_features_out_: int

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; extractors that learn something override this."""
        check_parameters(self)
        self.fitted_ = True
        return self

    @abstractmethod
    def describe(self, item: Any) -> np.ndarray:
        """One decoded item as a vector (n_features,)."""

    def describe_batch(self, items: Sequence[Any]) -> np.ndarray:
        """Several decoded items as an array (n_items, n_features)."""
        return np.stack([self.describe(item) for item in items])

    def divide(self, item: Any, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one decoded item, divided among its `Parts`; by default the whole item."""
        return Parts.whole(float(weights @ self.describe(item).astype(np.float64)), self.modality)

    def is_empty(self, vector: np.ndarray) -> bool:
        """Whether a description says that the item had nothing to describe."""
        return not vector.any()

    def check_items(self, items: Sequence[Any]) -> None:
        """Raise ItemError for items that cannot be distinguished; content always distinguishes them."""

    def transform(self, items: Sequence[Any]) -> np.ndarray:
        """Describe a sequence of paths, decoded arrays or strings.

        Returns
        -------
        float32 array (n_items, n_features); under ``on_error="skip"`` failed items have no row.
        """
        check_is_fitted(self)
        items = listed(items)
        features, self.error_report_ = describe_items(self, items)
        if not hasattr(self, "n_features_out_") and features.shape[1]:
            self.n_features_out_ = features.shape[1]
        warn_empty(self, self.error_report_, len(self.error_report_.kept) + len(self.error_report_.failures))
        return features

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = self.modality == "text"
        return tags


class LocalExtractor(_Describer):
    """Describes one item by many local descriptors.

    A subclass writes
        ``modality``, a class attribute;
        ``describe_located(item)`` of one decoded item: float32 descriptors (n_descriptors, n_dimensions) and their
        positions (n_descriptors, n_axes) as fractions of the item's extent (x and y of images, time of sounds; x, y
        and time of clips). n_descriptors may be 0.

    `encoding.Encoded` turns them into one vector per item.
    """

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; local extractors that learn something from items override this."""
        check_parameters(self)
        self.fitted_ = True
        return self

    @abstractmethod
    def describe_located(self, item: Any) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, d) of one decoded item and their positions (n, n_axes) in [0, 1]."""

    def describe(self, item: Any) -> np.ndarray:
        """Descriptors of one decoded item: float32 (n_descriptors, n_dimensions)."""
        return self.describe_located(item)[0]

    def reach(self, item: Any) -> float | np.ndarray:
        """How far descriptors of an item reach from their positions, as fractions along each axis; 0 for points."""
        return 0.0

    def part_names(self, item: Any) -> Sequence[str] | None:
        """A name for each descriptor of one decoded item, where there are any, such as words; otherwise None."""
        return None

    def transform(self, items: Sequence[Any]) -> Iterator[np.ndarray]:
        """Yield the descriptors of each item in turn; a collection is never held in memory at once."""
        check_is_fitted(self)
        return (self.describe(self.decode(item)) for item in listed(items))


class Encoder(BaseEstimator, ABC):
    """Turns one item's local descriptors into one vector.

    A subclass writes
        ``fit(descriptors, y=None) -> self``, which calls `check_parameters` and sets ``n_features_out_``;
        ``encode(descriptors, positions=None) -> (n_features_out_,)``, zeros where there are no descriptors.
    """

    @abstractmethod
    def fit(self, descriptors: np.ndarray, y: Any = None) -> Self:
        """Learn from a sample of descriptors (n_descriptors, n_dimensions)."""

    @abstractmethod
    def encode(self, descriptors: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        """Descriptors (n, d), n may be 0, with optional positions (n, n_axes) -> vector (n_features,)."""

    def shares(
        self, descriptors: np.ndarray, positions: np.ndarray | None, weights: np.ndarray
    ) -> np.ndarray:
        """``weights @ encode(descriptors)`` divided among the descriptors: float64 (n,); by default evenly."""
        total = weights @ self.encode(descriptors, positions).astype(np.float64)
        return np.full(len(descriptors), total / max(len(descriptors), 1))

    def strongest_words(
        self, descriptors: np.ndarray, positions: np.ndarray | None, weights: np.ndarray, n: int
    ) -> list[tuple[int, float, np.ndarray]]:
        """The words of a vocabulary that add most to ``weights @ encode(...)``; none by default.

        Returns
        -------
        list of (word, contribution, membership)
            Number of the word, what it adds in all, and how much each descriptor belongs to it (n,); strongest first.
        """
        return []

    def transform(self, descriptor_sets: Sequence[np.ndarray]) -> np.ndarray:
        """Encode a sequence of descriptor arrays: (n_items, n_features)."""
        check_is_fitted(self)
        return np.stack(
            [self.encode(descriptors) for descriptors in listed(descriptor_sets, "descriptor sets")]
        )


class Aligner(BaseEstimator, ABC):
    """Learns one common subspace from paired views.

    A subclass writes
        ``fit(views, y=None) -> self``, which begins with ``views = self.begin_fit(views)``: parameters and views are
        checked, and ``n_features_in_``, the number of features per view, is set;
        ``transform_view(modality, X) -> (n, n_components)``, which begins with ``X = check_view(self, modality, X)``;
        ``score_metric``, a class attribute, where the space is meant to be searched otherwise than by cosine;
        ``linear_map`` where the projection is linear, or else ``gradient`` where it is smooth: what explanations are
        made from.
    """

    #: Name in `classicxm.distances` of the similarity this alignment is meant to be searched with.
    score_metric: str = "cosine"
    n_features_in_: dict[str, int]

    def begin_fit(self, views: Mapping[str, Any], min_views: int = 2) -> dict[str, np.ndarray]:
        """Check parameters and views, note the number of features per view, and return the views as float64."""
        check_parameters(self)
        views = check_views(views, min_views)
        self.n_features_in_ = {modality: X.shape[1] for modality, X in views.items()}
        return views

    @abstractmethod
    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from ``{"image": (n, d1), "text": (n, d2), ...}``; row i of every view is one item."""

    @abstractmethod
    def transform_view(self, modality: str, X: Any) -> np.ndarray:
        """Project one modality alone: (n, d) -> (n, n_components)."""

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Offset (k,) and matrix (d, k) with ``transform_view(modality, X) == X @ matrix + offset``.

        Raises TypeError for alignments that are not linear in the features.
        """
        raise TypeError(
            f"explanations need a linear aligner such as CCA; {type(self).__name__} is not linear in the features"
        )

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """Gradients (n, d) of ``(transform_view(modality, X) * weights).sum(axis=1)`` for weights (n, n_components).

        From `linear_map`; other alignments whose projection has a gradient override this.
        """
        return np.asarray(weights) @ self.linear_map(modality)[1].T

    def transform(self, views: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Project every given view: a dict of the same keys."""
        return {modality: self.transform_view(modality, X) for modality, X in views.items()}

    def fit_transform(self, views: Mapping[str, Any], y: Any = None) -> dict[str, np.ndarray]:
        """Fit, then project the same views."""
        return self.fit(views, y).transform(views)


def check_views(views: Mapping[str, Any], min_views: int = 2) -> dict[str, np.ndarray]:
    """The views as finite float64 arrays with equal numbers of rows, in the given order.

    Raises
    ------
    UnpairedViewsError
        If the numbers of rows differ.
    """
    if not isinstance(views, dict):
        raise TypeError(f'views must be a dict such as {{"image": X, "text": Y}}, got {type(views).__name__}')
    if len(views) < min_views:
        raise ValueError(f"at least {min_views} views are needed, got {len(views)}: {sorted(views)}")
    checked = {name: _finite_matrix(name, X) for name, X in views.items()}
    rows = {name: len(X) for name, X in checked.items()}
    if len(set(rows.values())) > 1:
        raise UnpairedViewsError(
            f"row i of every view must be the same item, but the views have {rows} rows; drop unpaired rows"
        )
    if not next(iter(rows.values())):
        raise ValueError("the views have no rows; give at least one paired item")
    return checked


def check_view(aligner: Aligner, modality: str, X: Any) -> np.ndarray:
    """One view as a finite float64 array with as many columns as the aligner was fitted on."""
    check_is_fitted(aligner)
    known = aligner.n_features_in_
    if modality not in known:
        raise ValueError(f"no view {modality!r} was fitted; the views are {', '.join(map(repr, known))}")
    X = _finite_matrix(modality, X)
    if X.shape[1] != known[modality]:
        raise ValueError(f"the {modality!r} view was fitted on {known[modality]} features, got {X.shape[1]}")
    return X


def _finite_matrix(name: str, X: Any) -> np.ndarray:
    try:
        X = plain_array(f"rows of the {name!r} view", X)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(f"the {name!r} view must have rows of one length, got rows of several") from None
    if X.dtype == object and all(isinstance(value, numbers.Real) for value in X.flat):
        X = X.astype(np.float64)
    if X.dtype.kind not in "fiub":
        raise TypeError(f"the {name!r} view must be numbers, got dtype {X.dtype}; convert it first")
    if X.ndim != 2:
        raise ValueError(f"the {name!r} view must be 2-D (n_items, n_features), got shape {X.shape}")
    X = X.astype(np.float64, order="C", copy=False)  # products of other orders are summed otherwise
    bad = ~np.isfinite(X).all(axis=1)
    if bad.any():
        raise ValueError(
            f"the {name!r} view has NaN or infinity in {bad.sum()} rows, first in row {bad.argmax()}; "
            "drop or impute them"
        )
    return X


class Index(BaseEstimator, ABC):
    """Nearest neighbours in the common subspace; every answer is two (n_queries, k) arrays.

    A subclass writes all of the methods below. A higher score is always better, ties go to the item added first,
    and rows with fewer than k answers are padded with id None and score -inf. ``allowed`` is None or a collection of
    ids that the answer is restricted to. Nothing outside an index touches anything else of it.
    """

    #: Name in `classicxm.distances` of the similarity that `search` ranks by.
    metric: str = "cosine"
    #: Whether `add` takes ``facets`` of the items, `search` a condition on them (``where``), and `update_facets` is
    #: there: such an index applies filters itself; see `classicxm.search.conditions`.
    filters_itself: bool = False

    @property
    def scored_by(self) -> str:
        """What its scores are: those of ``metric``, or "hamming" where codes alone are compared."""
        return self.metric

    def of_view(self, modality: str, metric: str) -> "Index":
        """An empty index like this one for one modality of a retriever, whose alignment wants a metric."""
        return clone(self)

    def accepts(self, condition: Any) -> bool:
        """Whether an index that filters itself can apply this condition; otherwise it is given ids."""
        return self.filters_itself

    @abstractmethod
    def add(self, vectors: np.ndarray, ids: Sequence[Any]) -> Self:
        """Add vectors (n, d) under unique ids (str or int); returns self. All are added or, on an error, none."""

    @abstractmethod
    def remove(self, ids: Sequence[Any]) -> Self:
        """Forget these ids; KeyError for an unknown one, and then none is removed. Returns self."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of items held."""

    @abstractmethod
    def __contains__(self, key: object) -> bool:
        """Whether an item of this id is held."""

    @abstractmethod
    def ids(self) -> list[Any]:
        """All ids held, a list in the order in which they were added."""

    @abstractmethod
    def vectors(self, ids: Sequence[Any]) -> np.ndarray:
        """Vectors (n, d) of stored ids, float64, as they would be searched with; KeyError for an unknown id."""

    @abstractmethod
    def search(
        self, queries: np.ndarray, k: int = 10, allowed: Iterable[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best items of each query (n_queries, d): ids (object) and scores (float), both (n_queries, k)."""

    def add_parts(
        self, vectors: Any, ids: Any, numbers: Sequence[int] | None = None, facets: Any = None
    ) -> Self:
        """Add vectors (n, d) as `parts` gave them; only an index of several vectors per id takes an id repeatedly."""
        given: Any = {} if facets is None else {"facets": facets}
        return self.add(vectors, ids, **given)

    def parts(self, ids: Sequence[Any]) -> tuple[np.ndarray, list[Any], list[int]]:
        """All vectors (n, d) of stored ids, the id of each, and its number among those of its id: here one each."""
        return self.vectors(ids), list(ids), [0] * len(ids)

    def insertion_ranks(self, ids: Sequence[Any]) -> np.ndarray:
        """Numbers that order stored ids as they were added: int array (n,); unknown ids come last."""
        rank = {key: n for n, key in enumerate(self.ids())}
        return np.array([rank.get(key, len(rank)) for key in ids], dtype=int)

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """The form in which finite float32 vectors (n, d) are stored; as they are by default."""
        return vectors

    def __sklearn_is_fitted__(self) -> bool:
        return len(self) > 0
