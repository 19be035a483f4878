"""Retrieval protocols: what counts as relevant, and measures over whole sets of queries, per query first."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from classicxm.evaluation.measures import Measure, named_measures
from classicxm.evaluation.ties import ranked_relevance, row_chunks
from classicxm.labels import label_indicators
from classicxm.sequences import listed, plain_array, real_array

__all__ = ["class_relevance", "evaluate", "evaluate_direction", "instance_relevance", "macro_average"]


def class_relevance(query_labels: Any, gallery_labels: Any) -> np.ndarray:
    """Relevance by class: a gallery item is relevant if it shares a label with the query.

    Parameters
    ----------
    query_labels, gallery_labels : sequences
        One label per item (str or number), a list of labels per item (empty: of no class), or a bool array
        (n_items, n_classes).

    Returns
    -------
    bool array (n_queries, n_items)

    Examples
    --------
    >>> class_relevance(["sea", "sky"], [["sea", "sky"], ["sea"], []])
    array([[ True,  True, False],
           [ True, False, False]])
    """
    (queries, gallery), _ = label_indicators(query=query_labels, gallery=gallery_labels)
    relevant = np.zeros((queries.shape[0], gallery.shape[0]), dtype=bool)
    for rows in row_chunks(*relevant.shape):
        relevant[rows] = (queries[rows] @ gallery.T).toarray() > 0
    return relevant


def instance_relevance(query_ids: Any, gallery_ids: Any) -> np.ndarray:
    """Relevance by instance: a gallery item is relevant if it belongs to the very item the query is of.

    For five captions a picture, ``gallery_ids`` names each caption's picture.

    Parameters
    ----------
    query_ids, gallery_ids : sequences of one id (str or number) each

    Returns
    -------
    bool array (n_queries, n_items)

    Examples
    --------
    >>> instance_relevance(["a.jpg", "b.jpg"], ["a.jpg", "b.jpg", "b.jpg"])
    array([[ True, False, False],
           [False,  True,  True]])
    """
    for name, ids in (("query", query_ids), ("gallery", gallery_ids)):
        if np.ndim(listed(ids, f"{name} ids")) != 1:
            raise ValueError(f"{name} ids must be one id per item, got shape {np.shape(ids)}")
    return class_relevance(query_ids, gallery_ids)


def macro_average(values: ArrayLike, labels: Any) -> float:
    """Mean over classes of the mean over each class's queries.

    Parameters
    ----------
    values : array (n_queries,)
    labels : sequence of n_queries labels, or lists of labels (a query then counts in each of its classes)

    Returns
    -------
    float

    Examples
    --------
    >>> macro_average([1, 1, 0], ["sea", "sea", "sky"])
    0.5
    """
    values = real_array("values", values).astype(np.float64)
    (indicator,), classes = label_indicators(query=labels)
    if values.shape != (indicator.shape[0],):
        raise ValueError(
            f"values must be one per query, got shape {values.shape} for {indicator.shape[0]} labels"
        )
    if not classes:
        raise ValueError("no query has a label; a macro average needs at least one class")
    if np.isnan(values).any():
        raise ValueError(f"the value of query {np.isnan(values).argmax()} is NaN; leave it out")
    return float(np.mean((indicator.T @ values) / indicator.sum(axis=0)))


def evaluate(
    scores: ArrayLike,
    relevant: ArrayLike,
    measures: str | Measure | Sequence[str | Measure] = ("AP",),
    ties: str | None = None,
    ids: Sequence[Any] | None = None,
) -> dict[str, np.ndarray]:
    """Several measures of one ranking, sorting each query once per tie policy.

    Parameters
    ----------
    scores, relevant : arrays (n_queries, n_items)
        See `ranked_relevance`.
    measures : str, Measure or a sequence of them
    ties : str or None
        One tie policy for all; None leaves each measure its own.
    ids : sequence of n_items names, needed by the policy ``trec`` only

    Returns
    -------
    dict from the names asked for to float arrays (n_queries,); ``measure(name).mean(values)`` sums one up.

    Examples
    --------
    >>> evaluate([[3, 2, 1]], [[False, True, False]], ["AP", "Success@1"])
    {'AP': array([0.5]), 'Success@1': array([0.])}
    """
    scores = plain_array("scores", scores)
    return evaluate_direction(scores, None, relevant, lambda rows, _: rows, measures, ties, ids)


def evaluate_direction(
    queries: ArrayLike,
    gallery: ArrayLike | None,
    relevance: Any,
    similarity: Any,
    measures: str | Measure | Sequence[str | Measure] = ("AP",),
    ties: str | None = None,
    ids: Sequence[Any] | None = None,
) -> dict[str, np.ndarray]:
    """Measures of one direction (image to text, say) from vectors, never holding the full score matrix.

    Parameters
    ----------
    queries : array (n_queries, d1)
    gallery : array (n_items, d2)
    relevance : array (n_queries, n_items), or a callable
        A callable is given a slice of the queries and returns their rows.
    similarity : callable
        ``similarity(Q, X) -> (n_q, n_items)`` scores, higher better, for a chunk Q of the queries and the gallery.
    measures, ties, ids
        As for `evaluate`.

    Returns
    -------
    dict from the names asked for to float arrays (n_queries,)

    Examples
    --------
    >>> X = np.eye(3)
    >>> evaluate_direction(X, X, np.eye(3, dtype=bool), lambda Q, X: Q @ X.T, "RR")
    {'RR': array([1., 1., 1.])}
    """
    chosen = named_measures(measures, ties)
    queries = plain_array("queries", queries)
    gallery = gallery if gallery is None else plain_array("the gallery", gallery)
    if callable(relevance):
        relevance_of = relevance
    else:
        relevance = plain_array("relevance", relevance)
        n_rows = len(relevance) if relevance.ndim else "none"
        if n_rows != len(queries):
            raise ValueError(
                f"relevance must have a row for each of the {len(queries)} queries, got {n_rows}"
            )
        relevance_of = relevance.__getitem__
    n_items = np.shape(queries)[-1] if gallery is None else len(gallery)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in chosen}
    for rows in row_chunks(len(queries), n_items):
        scores = similarity(queries[rows], gallery)
        relevant = relevance_of(rows)
        orders = {
            policy: ranked_relevance(scores, relevant, policy, ids)
            for policy in {value.ties for value in chosen.values()}
        }
        for name, value in chosen.items():
            parts[name].append(value.of(orders[value.ties]))
    return {name: np.concatenate(part) if part else np.zeros(0) for name, part in parts.items()}
