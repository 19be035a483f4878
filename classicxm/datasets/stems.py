"""Pairs the files of a folder by stem: ``dog.jpg``, ``dog.txt`` and ``dog.wav`` are one item."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from classicxm.datasets.collection import MODALITIES, Problem

__all__ = ["EXTENSIONS", "alone", "modality_of", "read_stems"]

EXTENSIONS = {
    "text": {".txt"},
    "image": {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif"},
    "audio": {
        ".wav",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".mp3",
        ".aif",
        ".aiff",
        ".au",
        ".m4a",
        ".aac",
        ".wma",
    },
    "video": {".avi", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".mpg", ".mpeg"},
}
_MODALITY_OF = {extension: modality for modality, group in EXTENSIONS.items() for extension in group}


def modality_of(name: str) -> str | None:
    """The modality of a file by its extension, or None.

    >>> modality_of("dog.JPG"), modality_of("dog.doc")
    ('image', None)
    """
    return _MODALITY_OF.get(Path(name).suffix.lower())


def read_stems(
    folder: str | PathLike[str], allow_outside: bool = False, folder_labels: bool = True
) -> tuple[list[dict[str, Any]], list[Problem], list[Problem]]:
    """Items of a folder and the files below it, in the order of their stems.

    Hidden files and folders are passed over.

    Returns
    -------
    records : list of dict
        "id" is the path below ``folder`` without extension, in composed form (NFC); "label" is the subfolder where
        every media file lies exactly one level down and ``folder_labels`` is true. A stem of one modality alone is an
        item too: it is indexed, and not learned from where there are several modalities.
    broken : list of Problem
        Stems with two files of one modality.
    unpaired : list of Problem
        Files that are left out, such as those of unknown extension.
    """
    folder = Path(folder).absolute()
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    groups: dict[str, dict[str, list[Path]]] = {}
    unpaired = []
    root = folder.resolve()
    for path in _visible_files(folder):
        modality = _MODALITY_OF.get(path.suffix.lower())
        relative = path.relative_to(folder)
        if not path.is_file() or not (allow_outside or path.resolve().is_relative_to(root)):
            what = "leads out of the folder" if path.is_file() else "is not a regular file"
            unpaired.append(Problem(relative.as_posix(), f"{what}; left out"))
        elif modality is None:
            unpaired.append(Problem(relative.as_posix(), _unknown(path.suffix)))
        else:
            stem = relative.with_name(relative.name[: -len(path.suffix)]).as_posix()
            if modality == "text" and modality_of(stem) and (folder / stem).is_file():
                stem = str(PurePosixPath(stem).with_suffix(""))  # dog.jpg.txt beside dog.jpg
            stem = unicodedata.normalize("NFC", stem)  # file systems keep accents composed or not
            groups.setdefault(stem, {}).setdefault(modality, []).append(path)
    labelled = bool(groups) and all(stem.count("/") == 1 for stem in groups)
    records, broken = [], []
    for stem in sorted(groups):
        group = groups[stem]
        double = next((m for m in MODALITIES if len(group.get(m, ())) > 1), None)
        if double:
            names = " and ".join(path.name for path in group[double])
            broken.append(Problem(stem, f"two {double} files, {names}; keep one or write a manifest"))
        else:
            record = {"id": stem, **{m: group[m][0] for m in MODALITIES if m in group}}
            if labelled and folder_labels:
                record["label"] = stem.split("/")[0]
            records.append(record)
    return records, broken, unpaired


def alone(name: str, records: list[dict[str, Any]]) -> Iterator[Problem]:
    """One line that counts the items of one modality, where others have several."""
    counts = Counter(
        next(m for m in MODALITIES if m in record) for record in records if len(_modalities(record)) == 1
    )
    if len({modality for record in records for modality in _modalities(record)}) > 1 and counts:
        told = ", ".join(f"{n} {modality}" for modality, n in counts.items())
        yield Problem(
            name,
            f"{told} of {len(records)} items have no partner (a second file of that stem), so no pair is learned "
            "from them",
        )


def _modalities(record: dict[str, Any]) -> list[str]:
    return [modality for modality in MODALITIES if modality in record]


def _visible_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(parent, name)


def _unknown(suffix: str) -> str:
    kind = f"extension {suffix!r} is" if suffix else "a name without extension is"
    return f"{kind} not a known text, image, audio or video file; left out"
