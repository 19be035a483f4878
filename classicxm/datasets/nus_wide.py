"""NUS-WIDE (Chua et al. 2009): features of 269648 Flickr photos, their thousand most frequent tags, and 81 concepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from classicxm.datasets.number_files import read_matrix
from classicxm.datasets.record_files import read_lines, require
from classicxm.errors import CollectionError

__all__ = ["FEATURES", "load_nus_wide"]

#: Low-level features -> numbers of each: colour histogram, colour moments of blocks, colour correlogram, edge
#: directions, wavelet texture, and counts of SIFT words.
FEATURES = {"CH": 64, "CM55": 225, "CORR": 144, "EDH": 73, "WT": 128, "BoW": 500}
_NUMBER = re.compile(r"(\d+)\.jpg$")


def load_nus_wide(
    folder: str | Path,
    features: Sequence[str] = ("CH", "CM55", "CORR", "EDH", "WT"),
    n_concepts: int | None = None,
) -> Bunch:
    """Image features and tags in the official split.

    Parameters
    ----------
    folder : path
        The official layout: ``Low_Level_Features/Train_Normalized_CH.dat`` and the like,
        ``NUS_WID_Tags/Train_Tags1k.dat``, ``Groundtruth/TrainTestLabels/Labels_airport_Train.txt`` and
        ``ImageList/TrainImagelist.txt``, and the same of ``Test``.
    features : sequence of str, default=("CH", "CM55", "CORR", "EDH", "WT")
        Keys of `FEATURES`, set side by side in this order: 634 numbers.
    n_concepts : int, optional
        Keep the concepts that most training photos have, and the photos that have one of them; papers take 10 or 21.
        None keeps all.

    Returns
    -------
    Bunch
        ``train`` and ``test``, each a Bunch of ``image`` (n, d) float32, ``text`` (n, 1000) uint8, whether a photo
        has the tag, ``labels`` (n, n_concepts) bool and ``ids`` (list of str, Flickr's numbers); and ``concepts``,
        the names of the columns of ``labels``, in the order of the alphabet.

    Raises
    ------
    CollectionError
        For files that are missing, hold no numbers, or do not have a row for every photo.
    """
    if unknown := [name for name in features if name not in FEATURES] or (not features and ["none"]):
        raise ValueError(f"features must be some of {', '.join(FEATURES)}, got {unknown[0]!r}")
    folder = Path(folder).absolute()
    parts = {split.lower(): _load_split(folder, split, features) for split in ("Train", "Test")}
    if parts["train"].concepts != parts["test"].concepts:
        raise CollectionError(
            f"{folder}: training and test labels name different concepts; fetch Groundtruth again"
        )
    names = np.array(parts["train"].concepts)
    chosen = _most_frequent(parts["train"].labels, n_concepts)
    for part in parts.values():
        del part["concepts"]
        part.labels = part.labels[:, chosen]
        if n_concepts is not None:
            kept = part.labels.any(axis=1)
            part.image, part.text, part.labels = part.image[kept], part.text[kept], part.labels[kept]
            part.ids = [one for one, keep in zip(part.ids, kept, strict=True) if keep]
    return Bunch(**parts, concepts=names[chosen].tolist())


def _most_frequent(labels: np.ndarray, n_concepts: int | None) -> np.ndarray:
    """Columns, ascending; equal counts go by the alphabet."""
    if n_concepts is None:
        return np.arange(labels.shape[1])
    if not 1 <= n_concepts <= labels.shape[1]:
        raise ValueError(f"n_concepts must be from 1 to {labels.shape[1]}, got {n_concepts!r}")
    return np.sort(np.argsort(-labels.sum(axis=0), kind="stable")[:n_concepts])


def _load_split(folder: Path, split: str, features: Sequence[str]) -> Bunch:
    listed = require(folder, f"ImageList/{split}Imagelist.txt", f"{split}Imagelist.txt")
    ids = [_number(listed, number, line) for number, line in read_lines(listed)]
    low = require(folder, "Low_Level_Features", "NUS_WID_Low_Level_Features/Low_Level_Features")
    blocks = []
    for name in features:
        path = require(low, f"{split}_Normalized_{name}.dat", f"{name}_{split}_int.dat")
        blocks.append(read_matrix(path, len(ids)))
        if blocks[-1].shape[1] != FEATURES[name]:
            raise CollectionError(
                f"{path} has {blocks[-1].shape[1]} numbers per row, expected {FEATURES[name]}"
            )
    tags = require(folder, f"NUS_WID_Tags/{split}_Tags1k.dat", f"{split}_Tags1k.dat")
    truth = require(folder, "Groundtruth/TrainTestLabels", "TrainTestLabels")
    files = {
        path.name.removeprefix("Labels_").removesuffix(f"_{split}.txt"): path
        for path in truth.glob(f"*_{split}.txt")
    }
    if not files:
        raise CollectionError(f"{truth} has no Labels_CONCEPT_{split}.txt; fetch Groundtruth again")
    concepts = sorted(files)
    labels = [_zeros_and_ones(files[concept], len(ids), 1)[:, 0] == 1 for concept in concepts]
    return Bunch(
        image=np.hstack(blocks),
        text=_zeros_and_ones(tags, len(ids)),
        labels=np.stack(labels, axis=1),
        ids=ids,
        concepts=concepts,
    )


def _zeros_and_ones(path: Path, n_rows: int, n_columns: int | None = None) -> np.ndarray:
    # one byte each, since the tags of every photo are many; labels are few, and may be wider where they are wrong
    numbers = read_matrix(path, n_rows, np.int8 if n_columns is None else np.int32)
    if n_columns not in (None, numbers.shape[1]):
        raise CollectionError(f"{path} has {numbers.shape[1]} numbers per row, expected {n_columns}")
    if wrong := next(iter(numbers[(numbers != 0) & (numbers != 1)].tolist()), None):
        raise CollectionError(f"{path} holds {wrong}, expected 0 and 1 only; fetch it again")
    return numbers.astype(np.uint8)


def _number(listed: Path, number: int, line: str) -> str:
    r"""Flickr's number of a line such as ``actor\0001_2124494179.jpg``."""
    match = _NUMBER.search(line)
    if match is None:
        raise CollectionError(f"{listed}: line {number}: expected CONCEPT\\NUMBER_ID.jpg, got {line[:80]!r}")
    return match[1]
