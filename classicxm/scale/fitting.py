"""From shards to a model: moments of every shard are added up, an alignment is chosen and solved, items are indexed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from classicxm.alignment import Preprocessed
from classicxm.alignment.kernels import mapped
from classicxm.alignment.moments import Moments
from classicxm.base import Aligner, Index
from classicxm.datasets.schema import learned_split
from classicxm.errors import DamagedFileError
from classicxm.labels import LABEL_VIEW
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.fitting import adopt
from classicxm.retrieval.held_items import add_projected
from classicxm.scale.classes import indicators, learn_classes
from classicxm.scale.describing import load_extractors
from classicxm.scale.engines import Engine, merged_in_tree, opened
from classicxm.scale.plan import Plan, read_plan
from classicxm.scale.reduction import learn_reduction
from classicxm.scale.selection import (
    Choice,
    check_from_moments,
    choose,
    fitted_from_moments,
    learns_from_labels,
)
from classicxm.scale.shards import Shard, is_whole, read_shard, shard_names
from classicxm.scale.statistics import Drawn, merge
from classicxm.scale.survey import id_hash

__all__ = ["LearnedAlignment", "fit_shards", "learn_alignment"]

N_FOLDS = 5
#: Rows of each fold that are searched among one another when alignments are compared.
HELD_ROWS = 400


@dataclass
class LearnedAlignment:
    """An alignment learned from shards.

    Attributes
    ----------
    aligner : fitted Aligner
    n_items : int
        Items learned from: those of the split that have every modality.
    ids : list of str
    choice : Choice or None
        What was tried; None where the alignment was given.
    """

    aligner: Aligner
    n_items: int
    ids: list[str] = field(default_factory=list)
    choice: Choice | None = None


def learn_alignment(
    folder: Path | str,
    shards: Sequence[str],
    modalities: Sequence[str],
    *,
    split: str | None = None,
    aligner: Aligner | None = None,
    scaling: str = "none",
    widest: int = 1024,
    n_reduced: int = 256,
    n_folds: int = N_FOLDS,
    engine: Engine | str | None = None,
) -> LearnedAlignment:
    """Learn an alignment from the items of shards that have every modality.

    Parameters
    ----------
    folder : path
    shards, modalities : sequences of str
    split : str or None
        What to learn from; None is every item.
    aligner : Aligner, optional
        One that is learned from moments; None chooses on folds, see `classicxm.scale.selection`.
    scaling, widest, n_reduced
        See `classicxm.scale.reduction.learn_reduction`.
    n_folds : int, default=5
    engine : Engine or str, default=None
    """
    if aligner is not None:
        check_from_moments(aligner)
    where = Path(folder).absolute(), tuple(modalities), split
    read, classes = functools.partial(_views, *where), None
    with opened(engine) as running:
        if aligner is None or learns_from_labels(aligner):
            classes = learn_classes(functools.partial(_labels, *where), shards, running, widest)
            if aligner is not None and classes is None:
                raise ValueError(
                    f"this alignment learns from labels: every item must have one, of 2 to {widest} classes in all"
                )
        reduction = learn_reduction(
            read, shards, running, scaling=scaling, widest=widest, n_reduced=n_reduced
        )
        gather = functools.partial(_gathered, *where, reduction, classes, n_folds)
        folds, held, ids = _by_fold(running.reduce(gather, merge, shards), n_folds)
    with threadpool_limits(1):  # the number of cores shall not choose the last digits
        asked = ", ".join(modalities) + ("" if split is None else f" in split {split!r}")
        return _solved(folds, held, ids, aligner, reduction, asked, classes)


def _solved(
    folds: list[Any],
    held: list[Any],
    ids: list[str],
    aligner: Aligner | None,
    reduction: dict[str, Any],
    asked: str,
    classes: list[Any] | None,
) -> LearnedAlignment:
    """The alignment that was given or is best on folds, solved from the moments of all folds."""
    total = merged_in_tree([fold for fold in folds if fold is not None], merge)
    if total is None or not total.parts:
        raise ValueError(f"no item to learn from has all of {asked}")
    choice = None
    if aligner is None:
        usable = [n for n in range(len(folds)) if folds[n] is not None and len(held[n].keys) > 1]
        if len(usable) < 2:
            raise ValueError(
                f"{len(ids)} items are too few for {len(folds)} folds; give an aligner, or describe more"
            )
        choice = choose([folds[n] for n in usable], [held[n] for n in usable])
        aligner = choice.aligner
    fitted: Aligner = fitted_from_moments(aligner, total, classes)
    if reduction:
        wrapped = Preprocessed(aligner, dict(reduction))
        wrapped.aligner_, wrapped.preprocessing_ = fitted, reduction
        wide = {name: _width(transformer) for name, transformer in reduction.items()}
        wrapped.n_features_in_ = fitted.n_features_in_ | wide
        fitted = wrapped
    return LearnedAlignment(fitted, len(ids), ids, choice)


def _by_fold(gathered: Any, n_folds: int) -> tuple[list[Any], list[Any], list[str]]:
    found, ids = gathered if gathered is not None else ({}, Ids([]))
    return (
        [found.get(n, (None, None))[0] for n in range(n_folds)],
        [found.get(n, (None, None))[1] for n in range(n_folds)],
        ids.ids,
    )


@dataclass
class Ids:
    """Ids of items learned from, in the order of shards."""

    ids: list[str]

    def merge(self, other: Ids) -> Ids:
        """Those of both."""
        return Ids(self.ids + other.ids)


def fit_shards(
    folder: Path | str,
    *,
    split: str | None = "train",
    aligner: Aligner | None = None,
    index: Index | None = None,
    scaling: str = "none",
    widest: int = 1024,
    n_reduced: int = 256,
    engine: Engine | str | None = None,
    told: Callable[[str], None] | None = None,
) -> tuple[CrossModalRetriever, LearnedAlignment]:
    """A model from the shards that `classicxm.scale.describe_collection` wrote.

    Parameters
    ----------
    folder : path
    split : str or None, default="train"
        What the alignment learns from; None is every item, as it is where there are no splits.
    aligner, scaling, widest, n_reduced
        See `learn_alignment`.
    index : Index, default=None
        The index of the items; see `CrossModalRetriever`.
    engine : Engine or str, default=None
    told : callable, optional

    Returns
    -------
    retriever : CrossModalRetriever
    learned : LearnedAlignment

    Raises
    ------
    ValueError
        Where shards are missing.
    DamagedFileError
        Where one is not as it was written.
    """
    folder, told = Path(folder).absolute(), told or (lambda line: None)
    plan = read_plan(folder)
    _check_whole(folder, plan)
    extractors = load_extractors(folder)
    with opened(engine) as running:
        learned = learn_alignment(
            folder,
            plan.parts,
            plan.modalities,
            split=learned_split(split, plan.split is not None),
            aligner=aligner,
            scaling=scaling,
            widest=widest,
            n_reduced=n_reduced,
            engine=running,
        )
        told(str(learned.choice) if learned.choice else f"alignment as given: {learned.aligner}")
        retriever = CrossModalRetriever(extractors, learned.aligner, index)
        adopt(retriever, extractors, learned.aligner, learned.ids)
        retriever.root_ = plan.root
        retriever.about_ = {"collection": plan.name, "recipe": plan.recipe}
        project = functools.partial(_projected, folder, learned.aligner)
        for vectors, shard in zip(running.map(project, plan.parts), plan.parts, strict=True):
            there = read_shard(folder / shard, verify=False)
            for modality, rows in there.rows.items():
                payload = [there.payload[row] for row in rows.tolist()]
                ids = [there.ids[row] for row in rows.tolist()]
                add_projected(retriever, modality, vectors[modality], ids, payload)
    return retriever, learned


def _check_whole(folder: Path, plan: Plan) -> None:
    missing = [part for part in plan.parts if not is_whole(folder / part, plan.digest)]
    if missing:
        raise ValueError(
            f"{folder} lacks {len(missing)} of {plan.n_parts} shards, first {missing[0]}; "
            f"go on with: classicxm describe {plan.collection} -o {folder}"
        )
    if foreign := [name for name in shard_names(folder) if name not in set(plan.parts)]:
        raise DamagedFileError(folder / foreign[0], "is a shard that the plan does not have; remove it")


def _views(folder: Path, modalities: tuple[str, ...], split: str | None, name: str) -> dict[str, np.ndarray]:
    """Rows of every view of the items that are learned from."""
    return _paired(read_shard(folder / name), modalities, split)[1]


def _labels(folder: Path, modalities: tuple[str, ...], split: str | None, name: str) -> list[Any]:
    """Labels of the items that are learned from."""
    shard = read_shard(folder / name, verify=False)
    return _labels_of(shard, shard.complete(modalities, split))


def _labels_of(shard: Shard, items: np.ndarray) -> list[Any]:
    return [shard.payload[row].get("label") for row in items.tolist()]


def _paired(
    shard: Shard, modalities: tuple[str, ...], split: str | None
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    items = shard.complete(modalities, split)
    return items, {modality: shard.view(modality, items) for modality in modalities} if len(items) else {
        modality: np.empty((0, 0), np.float32) for modality in modalities
    }


def _gathered(
    folder: Path,
    modalities: tuple[str, ...],
    split: str | None,
    reduction: dict[str, Any],
    classes: list[Any] | None,
    n_folds: int,
    name: str,
) -> tuple[dict[int, tuple[Moments, Drawn]], Ids] | None:
    """Moments and questions of each fold, and the ids learned from, of one shard."""
    shard = read_shard(folder / name)
    items, views = _paired(shard, modalities, split)
    if not len(items):
        return None
    views = {
        m: mapped(reduction[m], np.asarray(X, np.float64)) if m in reduction else X for m, X in views.items()
    }
    ids = [shard.ids[row] for row in items.tolist()]
    hashes = np.array([id_hash(key) for key in ids], np.uint64)
    labels = _labels_of(shard, items)
    columns: dict[str, Any] = {**views, "label": _objects(labels)}
    if classes is not None:
        views = {**views, LABEL_VIEW: indicators(labels, classes)}
    folds = {}
    for fold in range(n_folds):
        # the low bits are another hash than the high ones, by which questions are drawn
        mine = np.flatnonzero(hashes % np.uint64(n_folds) == fold)
        if len(mine):
            moments = Moments().add({m: np.asarray(X)[mine] for m, X in views.items()})
            drawn = Drawn.of(
                hashes[mine], {key: np.asarray(X)[mine] for key, X in columns.items()}, HELD_ROWS
            )
            folds[fold] = (moments, drawn)
    return folds, Ids(ids)


def _objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _projected(folder: Path, aligner: Aligner, name: str) -> dict[str, np.ndarray]:
    shard = read_shard(folder / name)
    return {m: aligner.transform_view(m, X).astype(np.float32) for m, X in shard.views.items()}


def _width(transformer: Any) -> int:
    first = transformer.steps[0][1] if hasattr(transformer, "steps") else transformer
    return int(first.n_features_in_)
