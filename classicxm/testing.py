"""Whether an extractor, local extractor, encoder, aligner or index keeps what its role promises.

Each check takes an unfitted estimator, tries it on small data and raises `AssertionError` with one line that says
what was expected and what came. They are run on every part of classicxm, and are meant for other people's parts too:

>>> from classicxm.alignment import CCA
>>> check_aligner(CCA(n_components=2))
"""

import inspect
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

from classicxm.base import Aligner, Encoder, Extractor, Index, LocalExtractor
from classicxm.datasets import make_scenes
from classicxm.distances import METRICS, get_metric
from classicxm.expectations import close, expect, refuses
from classicxm.media import MODALITIES
from classicxm.persistence import load, save

__all__ = ["check_aligner", "check_encoder", "check_extractor", "check_index", "check_local_extractor"]

N_ITEMS = 24


def check_extractor(extractor: Extractor, items: Sequence[Any] | None = None) -> None:
    """Check an extractor.

    Parameters
    ----------
    extractor : Extractor
        Not fitted.
    items : sequence, optional
        Items of its modality that can be described, at least 4; 24 synthetic ones by default.

    Raises
    ------
    AssertionError
        With one line: what was expected, and what came instead.
    """
    name = _check_estimator(extractor, Extractor)
    items = _items(extractor, items)
    refuses(NotFittedError, lambda: clone(extractor).transform(items), f"{name}.transform before fit")
    extractor = _fitted(clone(extractor), items)
    features = extractor.transform(items)
    expect(features.dtype == np.float32, f"{name}.transform must give float32, got {features.dtype}")
    expect(features.ndim == 2 and len(features) == len(items), f"{name}.transform must give one row per item")
    width = getattr(extractor, "n_features_out_", None)
    expect(width == features.shape[1], f"{name}.n_features_out_ must be {features.shape[1]}, got {width!r}")
    expect(np.isfinite(features).all(), f"{name} describes an item by NaN or infinity")
    alone = np.concatenate([extractor.transform([item]) for item in items[:4]])
    close(alone, features[:4], 1e-5, f"{name} must describe an item alone as it does among others")
    expect(
        extractor.transform([]).shape == (0, width),
        f"{name}.transform of no items must be (0, n_features_out_)",
    )
    again = _fitted(clone(extractor), items).transform(items)
    close(again, features, 0.0, f"{name} fitted twice on the same items must describe them equally")
    close(_reloaded(extractor).transform(items), features, 0.0, f"{name} must be equal after save and load")
    if "n_jobs" in extractor.get_params():
        in_workers = clone(extractor).set_params(n_jobs=2)
        close(
            _fitted(in_workers, items).transform(items), features, 1e-6, f"{name} must be equal in 2 workers"
        )
    weights = np.random.default_rng(0).normal(size=(features.shape[1],))
    parts = extractor.divide(extractor.decode(items[0]), weights).contributions.sum()
    scale = 1e-4 * max(1.0, np.abs(weights * features[0]).sum())
    expect(
        abs(parts - weights @ features[0].astype(float)) < scale,
        f"{name}.divide must add up to weights @ describe(item), got {parts:.6g} "
        f"for {weights @ features[0].astype(float):.6g}",
    )


def check_local_extractor(extractor: LocalExtractor, items: Sequence[Any] | None = None) -> None:
    """Check a local extractor; see `check_extractor`."""
    name = _check_estimator(extractor, LocalExtractor)
    items = _items(extractor, items)[:4]
    refuses(NotFittedError, lambda: list(clone(extractor).transform(items)), f"{name}.transform before fit")
    extractor = _fitted(clone(extractor), items)
    again = _reloaded(extractor)
    widths = set()
    for item, descriptors in zip(items, extractor.transform(items), strict=True):
        located, positions = again.describe_located(again.decode(item))
        expect(
            descriptors.dtype == np.float32 and descriptors.ndim == 2,
            f"{name} must give float32 descriptors (n, d), got {descriptors.dtype} {descriptors.shape}",
        )
        widths.add(descriptors.shape[1])
        expect(np.isfinite(descriptors).all(), f"{name} gives NaN or infinity")
        close(located, descriptors, 1e-6, f"{name} must be equal after save and load")
        expect(
            positions.ndim == 2 and len(positions) == len(descriptors),
            f"{name} must give one position (n_axes,) per descriptor, got {positions.shape}",
        )
        expect(
            positions.size == 0 or (positions.min() >= 0 and positions.max() <= 1),
            f"{name} must give positions as fractions from 0 to 1",
        )
    expect(len(widths) == 1, f"{name} must give descriptors of one length, got {sorted(widths)}")


def check_encoder(encoder: Encoder, descriptors: np.ndarray | None = None) -> None:
    """Check an encoder.

    Parameters
    ----------
    encoder : Encoder
        Not fitted.
    descriptors : float32 array (n, d), optional
        A sample to fit on, n at least 40; 200 random ones of 6 dimensions by default.
    """
    name = _check_estimator(encoder, Encoder)
    if descriptors is None:
        descriptors = np.random.default_rng(0).random((200, 6), np.float32)
    refuses(NotFittedError, lambda: clone(encoder).transform([descriptors]), f"{name}.transform before fit")
    encoder = _fitted(clone(encoder), descriptors)
    some = descriptors[:20]
    vector = np.asarray(encoder.encode(some))
    width = getattr(encoder, "n_features_out_", None)
    expect(
        vector.shape == (width,),
        f"{name}.encode must give (n_features_out_,) = ({width},), got {vector.shape}",
    )
    expect(np.isfinite(vector).all() and vector.any(), f"{name}.encode must be finite and not all zero")
    nothing = np.asarray(encoder.encode(descriptors[:0]))
    expect(
        nothing.shape == vector.shape and not nothing.any(), f"{name}.encode of no descriptors must be zeros"
    )
    shuffled = encoder.encode(some[::-1])
    close(shuffled, vector, 1e-5, f"{name}.encode must not depend on the order of descriptors")
    close(
        _fitted(clone(encoder), descriptors).encode(some), vector, 0.0, f"{name} fitted twice must be equal"
    )
    close(_reloaded(encoder).encode(some), vector, 0.0, f"{name} must be equal after save and load")
    shares = encoder.shares(some, None, np.ones(len(vector)))
    expect(shares.shape == (len(some),), f"{name}.shares must give one number per descriptor")
    total = float(vector.sum(dtype=float))
    expect(
        abs(shares.sum() - total) < 1e-6, f"{name}.shares must add up to {total:.6g}, got {shares.sum():.6g}"
    )


def check_aligner(aligner: Aligner, views: dict[str, np.ndarray] | None = None, y: Any = None) -> None:
    """Check an aligner.

    Parameters
    ----------
    aligner : Aligner
        Not fitted.
    views : dict of str to array (n, d), optional
        Paired views; by default 60 items of three shared factors, nonnegative, with 14 and 12 features.
    y : sequence of n labels, optional
        By default one of three classes per item, with the default views.
    """
    name = _check_estimator(aligner, Aligner)
    if views is None:
        views, y = _planted_views()
    first, X = next(iter(views.items()))
    refuses(
        NotFittedError, lambda: clone(aligner).transform_view(first, X), f"{name}.transform_view before fit"
    )
    aligner = _fitted(clone(aligner), views, y)
    widths = {modality: V.shape[1] for modality, V in views.items()}
    expect(
        dict(getattr(aligner, "n_features_in_", {})) == widths,
        f"{name}.n_features_in_ must be {widths}, got {getattr(aligner, 'n_features_in_', None)!r}; "
        "begin fit with views = self.begin_fit(views)",
    )
    projected = aligner.transform(views)
    expect(list(projected) == list(views), f"{name}.transform must keep the names of the views")
    shapes = {V.shape for V in projected.values()}
    expect(len(shapes) == 1, f"{name} must project every view to one shape, got {sorted(shapes)}")
    again, refitted = _reloaded(aligner), _fitted(clone(aligner), views, y)
    for modality, V in views.items():
        told = f"{name}, view {modality!r}"
        expect(np.isfinite(projected[modality]).all(), f"{told}: projections must be finite")
        close(
            aligner.transform_view(modality, V[:1]), projected[modality][:1], 1e-8, f"{told}: one row alone"
        )
        close(again.transform_view(modality, V), projected[modality], 1e-12, f"{told}: after save and load")
        close(refitted.transform_view(modality, V), projected[modality], 0.0, f"{told}: fitted twice")
        expect(
            aligner.transform_view(modality, V[:0]).shape == (0, projected[modality].shape[1]),
            f"{told}: no rows must give (0, n_components)",
        )
        try:
            offset, matrix = aligner.linear_map(modality)
        except TypeError:
            continue
        close(V @ matrix + offset, projected[modality], 1e-8, f"{told}: linear_map must be the projection")
    expect(aligner.score_metric in METRICS, f"{name}.score_metric must be one of {', '.join(METRICS)}")
    scores = get_metric(aligner.score_metric)(*list(projected.values())[:2])
    expect(np.isfinite(scores).all(), f"{name}: scores by {aligner.score_metric} must be finite")
    refuses(ValueError, lambda: aligner.transform_view("smell", X), f"{name}: a view that was not fitted")
    refuses(
        ValueError, lambda: aligner.transform_view(first, np.full((1, X.shape[1]), np.nan)), f"{name}: NaN"
    )
    refuses(ValueError, lambda: aligner.transform_view(first, X[:, 1:]), f"{name}: a feature too few")
    refuses(ValueError, lambda: clone(aligner).fit({first: X}, y), f"{name}: one view only")


def check_index(index: Index, vectors: np.ndarray | None = None) -> None:
    """Check an index.

    Parameters
    ----------
    index : Index
        Empty.
    vectors : array (n, d), optional
        Items to add, n at least 10; 50 random ones of 8 dimensions by default.
    """
    name = _check_estimator(index, Index)
    if vectors is None:
        vectors = np.random.default_rng(0).normal(size=(50, 8))
    index, ids = clone(index), [f"item {n}" for n in range(len(vectors))]
    expect(len(index) == 0 and "item 0" not in index and index.ids() == [], f"{name} must begin empty")
    expect(
        index.search(vectors[:2], 3)[0].tolist() == [[None] * 3] * 2,
        f"{name}: an empty index must answer None",
    )
    expect(index.add(vectors, ids) is index, f"{name}.add must return self")
    expect(len(index) == len(ids) and "item 1" in index, f"{name} must hold what was added")
    expect(index.ids() == ids, f"{name}.ids must be in the order of adding")
    expect(index.metric in METRICS, f"{name}.metric must be one of {', '.join(METRICS)}")
    kept = index.vectors(ids[:5])
    expect(
        kept.shape == (5, vectors.shape[1]) and kept.dtype == np.float64,
        f"{name}.vectors must give float64 ({5}, {vectors.shape[1]}), got {kept.dtype} {kept.shape}",
    )
    _check_answers(name, index, vectors, ids)
    _check_refusals(name, index, vectors, ids)
    found, scores = index.search(kept, k=4)
    reloaded = _reloaded(index).search(kept, k=4)
    expect(reloaded[0].tolist() == found.tolist(), f"{name} must answer equally after save and load")
    close(reloaded[1], scores, 0.0, f"{name} must score equally after save and load")
    expect(
        index.remove(ids[:1]) is index and ids[0] not in index, f"{name}.remove must forget and return self"
    )
    expect(ids[0] not in index.search(kept, k=len(ids))[0], f"{name} must not answer what was removed")
    index.add(vectors[:1], ids[:1])
    expect(index.ids() == [*ids[1:], ids[0]], f"{name}: an id that comes back must come last")


def _check_answers(name: str, index: Index, vectors: np.ndarray, ids: list[str]) -> None:
    """Shapes, order and padding of what an index of these vectors answers."""
    found, scores = index.search(index.vectors(ids[:5]), k=4)
    expect(
        found.shape == scores.shape == (5, 4),
        f"{name}.search must give two (n_queries, k), got {found.shape}",
    )
    expect(bool((scores[:, :-1] >= scores[:, 1:]).all()), f"{name}: scores must fall, best first")
    expect(found[:, 0].tolist() == ids[:5], f"{name}: a stored vector must find itself first")
    many, low = index.search(vectors[:1], k=len(ids) + 2)
    expect(
        many[0, -2:].tolist() == [None, None] and np.isneginf(low[0, -2:]).all(),
        f"{name}: answers beyond what is held must be None and -inf",
    )
    only = index.search(vectors[:1], 3, allowed=[ids[4], "nobody"])[0][0].tolist()
    expect(
        only in ([ids[4], None, None], [None] * 3), f"{name}: allowed must restrict the answer, got {only}"
    )


def _check_refusals(name: str, index: Index, vectors: np.ndarray, ids: list[str]) -> None:
    """What an index of these vectors must refuse, and be left unchanged by."""
    for wrong, error, what in (
        (lambda: index.add(vectors[:1], ids[:1]), ValueError, "an id that is held already"),
        (lambda: index.add(vectors[:2], ["new", "new"]), ValueError, "an id given twice"),
        (lambda: index.add(np.full((1, vectors.shape[1]), np.nan), ["nan"]), ValueError, "NaN"),
        (lambda: index.remove(["nobody"]), KeyError, "removing an unknown id"),
        (lambda: index.vectors(["nobody"]), KeyError, "vectors of an unknown id"),
        (lambda: index.search(vectors[:1], k=0), ValueError, "k of 0"),
    ):
        refuses(error, wrong, f"{name}: {what}")
        expect(len(index) == len(ids), f"{name}: {what} must change nothing")


def _check_estimator(estimator: BaseEstimator, role: type) -> str:
    """What scikit-learn demands of every estimator; returns the class's name."""
    cls = type(estimator)
    name = cls.__name__
    expect(isinstance(estimator, role), f"{name} must be a {role.__name__}")
    signature = inspect.signature(cls.__init__).parameters
    params = estimator.get_params(deep=False)
    variable = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    taken = {n for n, p in signature.items() if n != "self" and p.kind not in variable}
    expect(set(params) == taken, f"{name}: parameters must be those of __init__")
    for parameter, value in params.items():
        expect(
            getattr(estimator, parameter, params) is value,
            f"{name}.__init__ must store {parameter} as it is, under its own name",
        )
    copied = clone(estimator)
    expect(copied.get_params(deep=False).keys() == params.keys(), f"{name} must survive clone")
    expect(repr(estimator).startswith(name), f"repr({name}) must begin with its name")
    learned = [n for n in vars(copied) if n.endswith("_") and not n.startswith("_")]
    expect(not learned, f"{name}.__init__ must learn nothing, but sets {', '.join(learned)}")
    return name


def _items(extractor: Extractor | LocalExtractor, items: Sequence[Any] | None) -> list[Any]:
    modality = extractor.modality
    expect(modality in MODALITIES, f"modality must be one of {', '.join(MODALITIES)}, got {modality!r}")
    return list(make_scenes(N_ITEMS, modalities=(modality,)).column(modality) if items is None else items)


def _planted_views() -> tuple[dict[str, np.ndarray], list[str]]:
    """Two views of three shared factors, and the strongest factor of each item as its class."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(60, 3))
    views = {
        modality: np.abs(shared @ rng.normal(size=(3, d)) + 0.1 * rng.normal(size=(60, d)))
        for modality, d in (("image", 14), ("text", 12))
    }
    return views, [["sea", "sky", "sun"][factor] for factor in shared.argmax(axis=1)]


def _fitted(estimator: Any, *data: Any) -> Any:
    fitted = estimator.fit(*data)
    expect(fitted is estimator, f"{type(estimator).__name__}.fit must return self")
    return estimator


def _reloaded(estimator: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        package = type(estimator).__module__.partition(".")[0]
        return load(save(estimator, f"{folder}/saved"), trusted=[package])
