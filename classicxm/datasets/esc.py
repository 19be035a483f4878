"""ESC-50 and its subset ESC-10 (Piczak 2015): five-second environmental sounds in five official folds."""

import csv
import io
import re
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from classicxm.datasets.collection import Collection, OnError, Problem
from classicxm.datasets.manifest import load_collection
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.text import read_text

__all__ = ["load_esc"]

FOLDS = (1, 2, 3, 4, 5)
COLUMNS = ("filename", "fold", "category", "esc10")
SOUNDS = (".wav", ".ogg", ".flac")
_CLASS_FOLDER = re.compile(r"\d{1,3}(?: - |_)(?P<name>.+)")
_CLIP = re.compile(r"(?P<fold>[1-5])-\d+-[A-Z](?:-\d+)?")


def load_esc(
    folder: str | PathLike[str],
    subset: Literal["esc10", "esc50"] | None = None,
    fold: int = 5,
    on_error: OnError = "raise",
) -> Collection:
    """Clips with a text, a class and their official fold.

    Parameters
    ----------
    folder : path
        A folder with ``manifest.jsonl``; the official layout of ESC-50, ``meta/esc50.csv`` and ``audio``; or that
        of ESC-10, a folder per class (``001 - Dog bark/1-100032-A.ogg``), where the first digit is the fold.
    subset : {"esc10", "esc50"} or None
        "esc10" keeps the ten classes that ``meta/esc50.csv`` marks; other layouts hold one set and None or their own
        name is all they take.
    fold : {1, 2, 3, 4, 5}, default=5
        The official fold that is "test"; the others are "train". Accuracy is reported over all five.
    on_error : {"raise", "skip"}
        Whether a missing clip stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("1-100032-A"), "audio", "text" (the manifest's title, else the class in words), "label",
        "split" and the column "fold" (int). All clips cut from one recording are in one fold, so
        no recording is on both sides.

    Raises
    ------
    CollectionError
        If the folder has none of the layouts, or under "raise" a clip is missing.
    """
    if fold not in FOLDS:
        raise ValueError(f"fold must be one of {', '.join(map(str, FOLDS))}, got {fold!r}")
    if subset not in (None, "esc10", "esc50"):
        raise ValueError(f"subset must be 'esc10', 'esc50' or None, got {subset!r}")
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
    folder = Path(folder).absolute()
    if (folder / "manifest.jsonl").is_file():
        records, problems = _of_manifest(folder, on_error)
    elif (folder / "meta" / "esc50.csv").is_file():
        records, problems = _of_csv(folder, subset, on_error)
    else:
        records, problems = _of_class_folders(folder), []
    if not records:
        raise CollectionError(
            f"{folder} holds no clips; expected manifest.jsonl, meta/esc50.csv with audio, or class folders such as "
            "'001 - Dog bark'"
        )
    n_classes = len({record["label"] for record in records})
    name = "esc10" if n_classes <= 10 else "esc50"
    if subset not in (None, name):
        raise CollectionError(
            f"{folder} holds {n_classes} classes, which is not {subset}; set subset to None"
        )
    for record in records:
        record["split"] = "test" if record["fold"] == fold else "train"
    return Collection(records, root=folder, name=name, problems=problems)


def _of_manifest(folder: Path, on_error: OnError) -> tuple[list[dict[str, Any]], list[Problem]]:
    collection = load_collection(folder, on_error=on_error)
    without = [record["id"] for record in collection if record.get("fold") not in FOLDS]
    if without:
        raise CollectionError(
            f"{folder / 'manifest.jsonl'}: item {without[0]!r}: fold must be an integer from 1 to 5; add the column"
        )
    return list(collection), collection.problems


def _of_csv(
    folder: Path, subset: str | None, on_error: OnError
) -> tuple[list[dict[str, Any]], list[Problem]]:
    source = folder / "meta" / "esc50.csv"
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(source), newline="")))
    except MediaDecodeError as error:
        raise CollectionError(f"{source} {error.reason}") from None
    except csv.Error as error:
        raise CollectionError(f"{source} cannot be read: {error}") from None
    lacking = [column for column in COLUMNS if rows and column not in rows[0]]
    if lacking:
        raise CollectionError(f"{source}: no column {lacking[0]!r}; expected {', '.join(COLUMNS)}")
    records, problems = [], []
    for line, row in enumerate(rows, start=2):
        if subset == "esc10" and row["esc10"] == "False":
            continue
        path = folder / "audio" / (row["filename"] or "")
        reason = None
        if None in row or None in row.values():
            reason = f"has not the {len(rows[0])} cells of the header"
        elif row["esc10"] not in ("True", "False"):
            reason = f"esc10 must be True or False, got {row['esc10']!r}"
        elif Path(row["filename"]).name != row["filename"] or not row["category"].strip():
            reason = (
                f"expected the name of a clip and a category, got {row['filename']!r} and {row['category']!r}"
            )
        elif row["fold"] not in map(str, FOLDS):
            reason = f"fold must be an integer from 1 to 5, got {row['fold']!r}"
        elif not row["filename"] or not path.is_file():
            reason = f"clip {row['filename']!r} does not exist under {folder / 'audio'}"
        if reason is None:
            words = row["category"].replace("_", " ")
            records.append(
                {"id": path.stem, "audio": path, "text": words, "label": words, "fold": int(row["fold"])}
            )
        elif on_error == "raise":
            raise CollectionError(f"{source}: line {line}: {reason}")
        else:
            problems.append(Problem(row["filename"] or f"line {line}", reason))
    return records, problems


def _of_class_folders(folder: Path) -> list[dict[str, Any]]:
    records = []
    for parent in sorted(path for path in folder.glob("*") if path.is_dir()):
        named = _CLASS_FOLDER.fullmatch(parent.name)
        if named is None:
            continue
        label = named["name"].replace("_", " ")
        for path in sorted(parent.iterdir()):
            clip = _CLIP.fullmatch(path.stem)
            if clip and path.suffix.lower() in SOUNDS:
                records.append(
                    {
                        "id": path.stem,
                        "audio": path,
                        "text": label.lower(),
                        "label": label,
                        "fold": int(clip["fold"]),
                    }
                )
    return records
