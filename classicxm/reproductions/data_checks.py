"""Whether data are those that figures come from: checksums of files, then sums over features, before any score."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.datasets import load_collection, load_esc, load_wikipedia
from classicxm.reproductions.catalogue import Reproduction, Statistic

__all__ = ["data_problems", "features_of", "measured", "missing_data", "tree_digest"]

#: Relative difference of sums that decoders of other versions may make.
TOLERANCE = 1e-4


def missing_data(reproduction: Reproduction, root: Path) -> list[str]:
    """Folders of data sets that are not there."""
    return [name for name in reproduction.data if not (root / name).is_dir()]


def data_problems(reproduction: Reproduction, root: Path) -> list[str]:
    """What is wrong with the data of a reproduction; nothing where all is as it was.

    Checksums come first, since features of files that differ need not be computed.

    Parameters
    ----------
    reproduction : Reproduction
    root : Path
        The folder that holds one folder per data set.

    Returns
    -------
    list of str
        A line for each file or sum that differs.
    """
    problems = [f"{root / name} is missing" for name in missing_data(reproduction, root)]
    if problems:
        return problems
    for name, expected in reproduction.checksums.items():
        path = root / name
        found = _sha256(path) if path.is_file() else "missing"
        if found != expected:
            problems.append(
                f"{path} is not the file that figures come from: sha256 {found}, expected "
                f"{expected}; fetch or copy it again"
            )
    for name, expected in reproduction.trees.items():
        found = tree_digest(root / name)
        if found != expected:
            problems.append(
                f"the files of {root / name} are not those that figures were measured on: digest {found}, expected "
                f"{expected}; fetch or copy them again"
            )
    if problems:
        return problems
    for one in reproduction.statistics:
        problems += _differences(one, measured(features_of(one, root)))
    return problems


def tree_digest(folder: Path) -> str:
    """SHA-256 over the paths and SHA-256 sums of all files of a folder, hidden ones excepted."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda one: one.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            digest.update(f"{name}\0{_sha256(path)}\n".encode())
    return digest.hexdigest()


def features_of(one: Statistic, root: Path) -> np.ndarray:
    """The features whose sums a statistic gives: published ones, or a plain description of the first items."""
    folder = root / one.data
    if (folder / "raw_features.mat").is_file():
        return np.asarray(load_wikipedia(folder)[one.split][one.view])[: one.n_items]
    collection = load_esc(folder) if one.data.startswith("esc") else load_collection(folder)
    items = collection.split(one.split).with_modalities(one.view).column(one.view)[: one.n_items]
    extractor = _probe(one.view)
    return np.asarray(extractor.fit(items).transform(items), dtype=np.float64)


def measured(features: np.ndarray) -> dict[str, Any]:
    """Shape, sum and sum of squares.

    >>> measured(np.array([[1.0, 2.0], [3.0, 4.0]]))
    {'shape': (2, 2), 'total': 10.0, 'squares': 30.0}
    """
    exact = features.astype(np.float64).ravel()
    return {
        "shape": features.shape,
        "total": math.fsum(exact.tolist()),
        "squares": math.fsum((exact * exact).tolist()),
    }


def _probe(view: str) -> Any:
    """An extractor without anything random, quick, and sensitive to what was decoded."""
    from classicxm.audio import MFCC
    from classicxm.encoding import Encoded, Statistics
    from classicxm.image import ColorHistogram
    from classicxm.text import BagOfWordsText
    from classicxm.video import FrameFeatures

    if view == "text":
        return BagOfWordsText()
    if view == "audio":
        return Encoded(MFCC("slaney"), Statistics(("mean", "std")))
    return ColorHistogram() if view == "image" else FrameFeatures(ColorHistogram(), n_frames=3)


def _differences(one: Statistic, found: dict[str, Any]) -> list[str]:
    name = f"{one.data}: {one.view} features of split {one.split}"
    if found["shape"] != one.shape:
        return [f"{name} have shape {found['shape']}, expected {one.shape}"]
    return [
        f"{name}: {what} is {found[key]:.8g}, expected {getattr(one, key):.8g}"
        for key, what in (("total", "their sum"), ("squares", "the sum of their squares"))
        if not math.isclose(found[key], getattr(one, key), rel_tol=TOLERANCE, abs_tol=1e-9)
    ]


def _sha256(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
