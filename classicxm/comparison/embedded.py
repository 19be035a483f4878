"""Features that come as embedding files, beside those of recipes or as published."""

from collections.abc import Collection, Mapping, Sequence
from os import fspath
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.comparison.material import Material
from classicxm.comparison.trials import FeatureSet
from classicxm.datasets.embeddings import (
    embedded_modalities,
    file_names,
    load_embeddings,
    names_of,
    read_embeddings,
)
from classicxm.errors import CollectionError, UnpairedViewsError
from classicxm.media import PATH_TYPES

__all__ = ["check_embeddings", "with_embeddings"]


def with_embeddings(material: Material, embeddings: Sequence[str]) -> Material:
    """Add a set of features per name from embedding files; what no file describes is taken from the first set.

    Parameters
    ----------
    material : Material
    embeddings : sequence of str
        NAME=FILE, the file holding an array per modality, or NAME:MODALITY=FILE.
    """
    first_name, first = next(iter(material.features.items()))
    found: dict[str, Any] = {}
    for entry in embeddings:
        name, modalities, path = _parsed(entry, material.modalities)
        if name in material.features:
            raise ValueError(f"--embeddings {name}: features of that name exist already; choose another name")
        for modality in modalities:
            if modality in found.setdefault(name, {}):
                raise ValueError(f"--embeddings {name}: {modality} was given twice")
            found[name][modality] = path, _embedded(material, path, modality)
    for name, views in found.items():
        told = [f"{modality} from {Path(path).name}" for modality, (path, _) in views.items()]
        rest = [m for m in material.modalities if m not in views]
        told += [f"{modality} as in {first_name}" for modality in rest]
        splits = [
            {m: views[m][1][part] if m in views else getattr(first, split)[m] for m in material.modalities}
            for part, split in enumerate(("train", "test"))
        ]
        owners = {m: rows for m, rows in first.owners.items() if m not in views}
        material.features[name] = FeatureSet(splits[0], splits[1], "; ".join(told), owners)
    return material


def check_embeddings(embeddings: Sequence[str]) -> None:
    """ValueError for an entry of another form, CollectionError for a file that is not there: before any work."""
    for entry in embeddings:
        _, _, path = _entry(entry)
        if not Path(path).is_file():
            wrong = "is no regular file" if Path(path).exists() else "does not exist"
            raise CollectionError(f"{path} {wrong}; name a file of embeddings")


def _entry(entry: str) -> tuple[str, str, str]:
    """NAME, MODALITY ("" where none is given) and FILE."""
    name, _, path = entry.partition("=")
    name, _, modality = name.partition(":")
    if not name or not path or "/" in name:
        raise ValueError(f"--embeddings must be NAME=FILE or NAME:MODALITY=FILE, got {entry!r}")
    return name, modality, path


def _parsed(entry: str, modalities: Sequence[str]) -> tuple[str, list[str], str]:
    """NAME, the modalities and FILE of an --embeddings entry."""
    name, modality, path = _entry(entry)
    if modality:
        if modality not in modalities:
            raise ValueError(
                f"--embeddings {entry}: {modality!r} is not compared here; choose one of {', '.join(modalities)}"
            )
        return name, [modality], path
    held = embedded_modalities(path, modalities)
    if not held:
        raise CollectionError(
            f"{path} holds no array named after {' or '.join(modalities)}; write {name}:{modalities[0]}={path} to say "
            "what it describes"
        )
    return name, held, path


def _embedded(material: Material, path: str, modality: str) -> tuple[np.ndarray, np.ndarray]:
    """Training and test rows of an embedding file."""
    key = "image_id" if modality == "image" and "image_id" in material.order[0] else "id"
    used = material.train + material.test
    if (known := read_embeddings(path, modality)[1]) is not None:
        held = {*known, *file_names(known)}
        rows = load_embeddings(path, [_row_name(record, key, modality, held) for record in used], modality)
    else:
        position = {record["id"]: row for row, record in enumerate(material.order)}
        whole = load_embeddings(path, [record["id"] for record in material.order], modality)
        rows = whole[[position[record["id"]] for record in used]]
    if not rows.any():
        raise UnpairedViewsError(f"{path}: all embeddings of {modality} are zero; compute them again")
    return rows[: len(material.train)], rows[len(material.train) :]


def _row_name(record: Mapping[str, Any], key: str, modality: str, held: Collection[str]) -> Any:
    """What the row of an item is called in a file: by the item's id, else by the name of the item's file."""
    path = record.get(modality)
    if str(record[key]) in held or modality == "text" or not isinstance(path, PATH_TYPES):
        return record[key]
    return next((name for name in names_of(fspath(path)) if name in held), record[key])
