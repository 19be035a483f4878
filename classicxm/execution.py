"""Running an extractor over a collection: workers, progress, cache and the error policy, once for everybody."""

import functools
import multiprocessing
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import joblib
import numpy as np
from joblib.externals.loky.backend.process import LokyProcess
from numpy.typing import ArrayLike
from threadpoolctl import ThreadpoolController
from tqdm import tqdm

import classicxm
from classicxm import media
from classicxm.cache import FeatureCache, state_digest, warn_of_trouble
from classicxm.errors import EmptyDescriptionWarning, ItemError, WorkerLostError
from classicxm.sequences import listed

__all__ = [
    "ErrorReport",
    "Failure",
    "decode_items",
    "describe_items",
    "in_workers",
    "map_items",
    "reason_of",
    "warn_empty",
]

CHUNKS_PER_WORKER = 8
LARGEST_CHUNK = 64
SECONDS_BEFORE_PROGRESS = 3
SECONDS_BETWEEN_LOOKS = 0.5
WATCHER = "classicxm ends with its parent"
#: A description, or why there is none.
Described: TypeAlias = tuple[np.ndarray, None] | tuple[None, str]
NOTHING = "has nothing to describe (flat, silent, empty or without a known word) and became a zero vector"


@dataclass(frozen=True)
class Failure:
    """One item that could not be described."""

    row: int
    item: str
    reason: str

    def __str__(self) -> str:
        return f"{self.item}: {self.reason}"


@dataclass
class ErrorReport:
    """What happened to the items of one `transform`.

    Attributes
    ----------
    failures : list of Failure
        Items that could not be described.
    empty : list of Failure
        Items that could, but had nothing to describe.
    kept : int array
        The items that have a row.
    """

    failures: list[Failure] = field(default_factory=list)
    empty: list[Failure] = field(default_factory=list)
    kept: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))

    def __str__(self) -> str:
        return "\n".join(map(str, self.failures)) or "no failures"


def describe_items(extractor: Any, items: Sequence[Any]) -> tuple[np.ndarray, ErrorReport]:
    """Describe every item of a sequence.

    Parameters
    ----------
    extractor : fitted Extractor
        Its ``n_jobs``, ``on_error`` and ``cache`` are obeyed.
    items : sequence of paths, arrays or strings

    Returns
    -------
    features : float32 array (n_kept, n_features)
    report : ErrorReport
    """
    items = listed(items)
    extractor.check_items(items)
    results = map_items(_describe_chunk, extractor, items, label=type(extractor).__name__, cached=True)
    report, features, kept = ErrorReport(), None, []
    for row, (vector, reason) in enumerate(results):
        if reason is not None:
            name = media.describe_source(items[row])
            if extractor.on_error == "raise":
                raise ItemError(name, reason)
            report.failures.append(Failure(row, name, reason))
            continue
        if features is None:
            features = np.zeros((len(items), len(vector)), np.float32)
        features[row] = vector
        kept.append(row)
        if extractor.is_empty(vector):
            report.empty.append(Failure(row, media.describe_source(items[row]), NOTHING))
    if features is None:
        features = np.zeros((len(items), _known_width(extractor, items, report.failures)), np.float32)
    if extractor.on_error == "zero":
        kept = list(range(len(items)))
    report.kept = np.array(kept, dtype=int)
    return (features if len(kept) == len(items) else features[report.kept]), report


def decode_items(estimator: Any, items: Any) -> list[Any]:
    """The decoded items that can be read; the others raise or are left out, as ``on_error`` says."""
    decoded = []
    for item in listed(items):
        try:
            decoded.append(estimator.decode(item))
        except (ValueError, TypeError, OSError) as error:
            if estimator.on_error == "raise":
                raise ItemError(media.describe_source(item), reason_of(error)) from None
    return decoded


def map_items(
    function: Callable[[Any, list[Any]], list[Any]],
    estimator: Any,
    items: Sequence[Any],
    label: str = "items",
    cached: bool = False,
) -> Iterator[Any]:
    """Yield ``function(estimator, items)`` results item by item, in order, from parallel workers.

    Parameters
    ----------
    function : callable
        Importable; takes (estimator, list of items) and returns one result per item.
    estimator : estimator
        Its ``n_jobs`` says how many workers; with ``cached`` its ``cache`` holds the results, which then must be
        (array, None) or (None, reason) pairs.
    items : list
    label : str
        What the progress bar says.
    """
    items = list(items)
    n_workers = min(joblib.effective_n_jobs(estimator.n_jobs), max(len(items), 1))
    chunk_size = int(np.clip(-(-len(items) // (n_workers * CHUNKS_PER_WORKER)), 1, LARGEST_CHUNK))
    chunks = [items[start : start + chunk_size] for start in range(0, len(items), chunk_size)]
    cache = None
    if cached and estimator.cache is not None:
        cache = FeatureCache(estimator.cache, state_digest(estimator, classicxm.__version__))
    if n_workers == 1:
        results: Iterable[Any] = (_run_capped(function, estimator, chunk, cache) for chunk in chunks)
    else:
        results = in_workers(
            _run_capped, ((function, estimator, chunk, cache) for chunk in chunks), n_workers
        )
    with tqdm(
        total=len(items), desc=label, unit=" items", delay=SECONDS_BEFORE_PROGRESS, disable=None, leave=False
    ) as progress:
        troubled = False
        for chunk_results, trouble in results:
            if trouble and not troubled:
                warn_of_trouble(trouble)
                troubled = True
            progress.update(len(chunk_results))
            yield from chunk_results


def in_workers(
    function: Callable[..., Any], calls: Iterable[tuple[Any, ...]], n_workers: int
) -> Iterator[Any]:
    """Yield ``function(*call)`` for every call, in order, from processes that end when this one does.

    Raises
    ------
    WorkerLostError
        If a worker was ended from outside.

    >>> list(in_workers(pow, [(2, 3), (3, 2)], 1))
    [8, 9]
    """
    jobs = (joblib.delayed(_run_bound)(os.getpid(), function, call) for call in calls)
    return _named_losses(joblib.Parallel(n_workers, return_as="generator")(jobs))


def _run_bound(parent: int, function: Callable[..., Any], call: tuple[Any, ...]) -> Any:
    is_worker = isinstance(multiprocessing.current_process(), LokyProcess)
    if is_worker and not any(thread.name == WATCHER for thread in threading.enumerate()):
        threading.Thread(target=_end_with, args=(parent,), name=WATCHER, daemon=True).start()
    return function(*call)


def _end_with(parent: int) -> None:
    """End this worker soon after its parent, which may have been killed and could not say so."""
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)


def _named_losses(results: Iterable[Any]) -> Iterator[Any]:
    """The results; a worker that the system ended, as it does for want of memory, is one line."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        yield from results
    except TerminatedWorkerError:
        raise WorkerLostError(
            "a worker process was ended from outside, perhaps for want of memory; lower n_jobs or free memory"
        ) from None


@functools.lru_cache(maxsize=1)
def _thread_pools(n_modules: int) -> ThreadpoolController:
    """The thread pools of loaded libraries, looked up again only when modules were imported: it takes long."""
    return ThreadpoolController()


def _run_capped(
    function: Callable[[Any, list[Any]], list[Any]],
    estimator: Any,
    items: list[Any],
    cache: FeatureCache | None,
) -> tuple[list[Any], str | None]:
    """One thread per worker: n_jobs is what the user asked for, and small matrices are faster so."""
    import cv2

    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with _thread_pools(len(sys.modules)).limit(limits=1):
            return _run_chunk(function, estimator, items, cache), cache.trouble if cache else None
    finally:
        cv2.setNumThreads(n_threads)


def _run_chunk(
    function: Callable[[Any, list[Any]], list[Any]],
    estimator: Any,
    items: list[Any],
    cache: FeatureCache | None,
) -> list[Any]:
    if cache is None:
        return function(estimator, items)
    found: dict[int, Any] = {}
    paths: dict[int, Path] = {}
    for position, item in enumerate(items):
        try:
            paths[position] = cache.path(estimator.fingerprint(item))
        except (OSError, ValueError):
            continue  # describing it will say what is wrong
        stored = cache.read(paths[position])
        if stored is not None:
            found[position] = (stored, None)
    missing = [position for position in range(len(items)) if position not in found]
    for position, result in zip(missing, function(estimator, [items[p] for p in missing]), strict=True):
        found[position] = result
        if result[1] is None and position in paths:
            cache.write(paths[position], result[0])
    return [found[position] for position in range(len(items))]


def _describe_chunk(extractor: Any, items: Sequence[Any]) -> list[Described]:
    """(vector, None) or (None, reason) for each item."""
    refused: dict[int, Described] = {}
    decoded = []
    for position, item in enumerate(items):
        try:
            decoded.append(extractor.decode(item))
        except (ValueError, TypeError, OSError) as error:
            refused[position] = (None, reason_of(error))
    rest = [position for position in range(len(items)) if position not in refused]
    described = _describe_decoded(extractor, decoded) if decoded else []
    found = refused | dict(zip(rest, described, strict=True))
    return [found[position] for position in range(len(items))]


def _describe_decoded(extractor: Any, decoded: list[Any]) -> list[Described]:
    try:
        return [_checked(vector) for vector in extractor.describe_batch(decoded)]
    except (ValueError, TypeError):
        return [_describe_one(extractor, content) for content in decoded]  # finds whose fault it was


def _describe_one(extractor: Any, content: Any) -> Described:
    try:
        return _checked(extractor.describe_batch([content])[0])
    except (ValueError, TypeError) as error:
        return None, reason_of(error)


def _checked(vector: ArrayLike) -> Described:
    vector = np.asarray(vector, np.float32)
    if not np.isfinite(vector).all():
        return None, "its description has NaN or infinity"
    return vector, None


def reason_of(error: Exception) -> str:
    """Why an item could not be described, as one line.

    >>> reason_of(ItemError("a", "is cut")), reason_of(ValueError("two\\nlines")), reason_of(OSError())
    ('is cut', 'two lines', 'OSError')
    """
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    return " ".join(str(reason).split())


def _known_width(extractor: Any, items: Sequence[Any], failures: list[Failure]) -> int:
    if hasattr(extractor, "n_features_out_"):
        return extractor.n_features_out_
    if failures:
        raise ItemError(
            failures[0].item, f"{failures[0].reason} (none of the {len(items)} items could be described)"
        )
    return 0


def warn_empty(extractor: Any, report: ErrorReport, n_items: int) -> None:
    """One warning for all items of a report that became zero vectors."""
    if not report.empty:
        return
    shown = ", ".join(repr(item.item) for item in report.empty[:3]) + (
        ", ..." if len(report.empty) > 3 else ""
    )
    warnings.warn(
        f"{type(extractor).__name__}: {len(report.empty)} of {n_items} items have nothing to describe "
        f"(flat, silent, empty or without a known word) and became zero vectors: {shown}",
        EmptyDescriptionWarning,
        stacklevel=3,
    )
