"""Answers of several shards as one: all are asked at once, and the best of what they find is merged."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from typing import Any

import numpy as np

from classicxm.errors import ShardFailedError, ShardMissingWarning

__all__ = ["asked_of_all", "line_of", "merged"]


def asked_of_all(
    asked: Callable[[int], Any],
    names: Sequence[str],
    threads: ThreadPoolExecutor,
    timeout: float | None,
    on_failure: str,
) -> tuple[list[Any], list[str]]:
    """What the shards answered, and the names of those that did not; it warns the caller of its caller.

    Parameters
    ----------
    asked : callable
        Given the number of a shard, what this answers.
    names : list of str
        What shards are called where they fail.
    threads : ThreadPoolExecutor
    timeout : float or None
    on_failure : {"answer", "raise"}
    """
    found: list[Any] = []
    missing: list[str] = []
    within: list[str] = []
    futures = [threads.submit(asked, number) for number in range(len(names))]
    for number, future in enumerate(futures):
        try:
            found.append(future.result(timeout))
            within += [f"{names[number]}: {name}" for name in getattr(found[-1], "missing", ())]
        except Exception as error:
            reason = f"no answer in {timeout:g} s" if isinstance(error, TimeoutError) else line_of(error)
            missing.append(names[number])
            told = f"{names[number]} did not answer: {reason}"
            if on_failure == "raise":
                raise ShardFailedError(told) from error
            warnings.warn(
                f"{told}; {len(names) - len(missing)} of {len(names)} shards answered",
                ShardMissingWarning,
                stacklevel=3,
            )
    if names and not found:
        raise ShardFailedError(f"none of {len(names)} shards answered; {told}")
    return found, missing + within


def merged(
    found: list[Any], order: Mapping[Any, int], n_queries: int, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best of all, of equal scores the one added first, as ``order`` has it; ids that it lacks come last.

    >>> found = [(np.array([["a"]], object), np.ones((1, 1))), (np.array([["b"]], object), np.ones((1, 1)))]
    >>> merged(found, {"b": 0, "a": 1}, 1, 3)[0].tolist()
    [['b', 'a', None]]
    """
    ids = np.full((n_queries, k), None, object)
    scores = np.full((n_queries, k), -np.inf)
    if not found:
        return ids, scores
    every_id = np.concatenate([one[0] for one in found], axis=1)
    every_score = np.concatenate([one[1] for one in found], axis=1)
    last = len(order)
    for query in range(n_queries):
        held = np.flatnonzero(every_id[query] != None)  # noqa: E711 - elementwise
        ranks = [order.get(key, last + place) for place, key in enumerate(every_id[query, held])]
        best = held[np.lexsort((ranks, -every_score[query, held]))][:k]
        ids[query, : len(best)], scores[query, : len(best)] = (
            every_id[query, best],
            every_score[query, best],
        )
    return ids, scores


def line_of(error: BaseException) -> str:
    """An error in one line.

    >>> line_of(OSError("no\\nspace"))
    'OSError no space'
    """
    return " ".join(f"{type(error).__name__} {error}".split())
