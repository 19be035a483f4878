"""Embeddings that a user brings, measured as the rows of a reproduction are: same items, same split, same relevance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.comparison.aligners import searched_aligner
from classicxm.comparison.data import find_material
from classicxm.comparison.material import Material
from classicxm.distances import get_metric
from classicxm.evaluation import average_precision, bootstrap_interval, class_relevance
from classicxm.reproductions.catalogue import Reproduction

__all__ = ["embedding_rows"]

N_FOLDS = 5


def embedding_rows(reproduction: Reproduction, root: Path, embeddings: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of a user's embeddings.

    Where a file has both modalities in one space their cosines rank as they are, without training
    (``NAME/cosine``). CCA of the embeddings, learned on the training items (``NAME/CCA``), is measured in any case.

    Parameters
    ----------
    reproduction : Reproduction
        One whose data ``classicxm compare`` reads too.
    root : Path
        The folder that holds one folder per data set.
    embeddings : sequence of str
        NAME=FILE or NAME:MODALITY=FILE, as for ``classicxm compare``; what no file describes keeps its own features.

    Returns
    -------
    list of dict
        Rows ``map_i2t``, ``map_t2i`` and ``map_mean`` with intervals over queries.

    Raises
    ------
    ValueError
        For a reproduction whose data cannot be compared, and for files that do not fit them.
    """
    if not reproduction.compared:
        raise ValueError(
            f"{reproduction.name} takes no embeddings; see classicxm reproduce --list for those that do"
        )
    source = reproduction.compared.format(data=root / reproduction.data[0])
    material = find_material(source, embeddings=list(embeddings), modalities=None, features=None)
    brought = {entry.partition("=")[0].partition(":")[0] for entry in embeddings}
    return [row for name in material.features if name in brought for row in _rows(material, name)]


def _rows(material: Material, name: str) -> list[dict[str, Any]]:
    features = material.features[name]
    train, test = features.train, features.test
    first, second = sorted(material.modalities)
    relevant = class_relevance(material.labels("test"), material.labels("test"))
    rows = []
    if train[first].shape[1] == train[second].shape[1] and " as in " not in features.note:
        rows += _scored(f"{name}/cosine", test, (first, second), relevant, "cosine", "no training")
    search = searched_aligner("CCA", train, n_folds=N_FOLDS).fit(train, material.labels("train"))
    chosen = f"{N_FOLDS}-fold mAP on train"
    return rows + _scored(
        f"{name}/CCA", search.transform(test), (first, second), relevant, search.score_metric, chosen
    )


def _scored(
    system: str, views: dict, pair: tuple[str, str], relevant: np.ndarray, metric: str, chosen: str
) -> list[dict[str, Any]]:
    score = get_metric(metric)
    found = {}
    for source, target in (pair, pair[::-1]):
        scores = score(np.asarray(views[source], float), np.asarray(views[target], float))
        found[f"map_{source[0]}2{target[0]}"] = average_precision(scores, relevant)
    found["map_mean"] = np.mean(list(found.values()), axis=0)
    rows = []
    for measure, values in found.items():
        low, high = bootstrap_interval(values, random_state=0)
        value = {"value": float(values.mean()), "low": float(low), "high": float(high)}
        rows.append({"system": system, "measure": measure, **value, "settings": {"chosen_by": chosen}})
    return rows
