"""Captions of media files in one file: COCO's JSON of images and annotations, or a table of files and captions."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from classicxm.datasets.collection import Problem
from classicxm.datasets.column_names import role_of
from classicxm.datasets.schema import check_record, shown
from classicxm.datasets.stems import modality_of
from classicxm.errors import CollectionError

__all__ = ["captions_of_csv", "captions_of_json", "records_of_captions"]

SEPARATORS = (",", ";", "\t", "|")
LONGEST_CELL = 1 << 20  # characters


def captions_of_json(content: bytes) -> dict[str, list[str]] | None:
    """Captions by file name of COCO's layout, in the order of its images; None for JSON of another layout.

    Images without a caption have an empty list.

    >>> captions_of_json(
    ...     b'{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "a dog"}]}'
    ... )
    {'a.jpg': ['a dog']}
    """
    try:
        found = json.loads(content.decode("utf-8-sig"))
        names = {image["id"]: image["file_name"] for image in found["images"]}
        captions: dict[str, list[str]] = {str(name): [] for name in names.values()}
        for annotation in found["annotations"]:
            if annotation.get("caption") and annotation["image_id"] in names:
                captions[str(names[annotation["image_id"]])].append(str(annotation["caption"]).strip())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return captions if any(captions.values()) else None


def captions_of_csv(content: bytes) -> dict[str, list[str]] | None:
    """Captions by file name of a table whose header names a column of files and one of captions; None for another.

    Columns are divided by comma, semicolon, tab or bar; several rows of one file are several captions.

    >>> captions_of_csv(b"image;caption\\na.jpg;a dog\\na.jpg;a pet\\n")
    {'a.jpg': ['a dog', 'a pet']}
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    head = text.split("\n", 1)[0].rstrip("\r")
    for separator in SEPARATORS:
        roles = [role_of(name.strip().strip('"')) for name in head.split(separator)]
        if "id" not in roles and "text" in roles and ("image" in roles or "file" in roles):
            column = roles.index("image" if "image" in roles else "file")
            captions = _cells(text, separator, column, roles.index("text"))
            return captions if any(map(modality_of, captions)) else None
    return None


def _cells(text: str, separator: str, file: int, caption: int) -> dict[str, list[str]]:
    captions: dict[str, list[str]] = {}
    usual = csv.field_size_limit(LONGEST_CELL)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        next(rows)
        for row in rows:
            if len(row) > max(file, caption) and row[file].strip():
                of_file = captions.setdefault(row[file].strip(), [])
                of_file += [row[caption].strip()] if row[caption].strip() else []
            elif row:
                raise CollectionError(f"line {rows.line_num} of the captions names no file and caption")
    except csv.Error as error:
        raise CollectionError(f"the captions are no table ({error}); quote the cells") from None
    finally:
        csv.field_size_limit(usual)
    return captions


def records_of_captions(
    captions: dict[str, list[str]], path: Path, allow_outside: bool = False
) -> tuple[Path, list[dict[str, Any]], list[Problem]]:
    """The folder that file names are relative to, records, and what names no usable file.

    That folder is the one of the captions, its ``images``, or the one above and its folders, as COCO lies:
    ``annotations/captions_val2017.json`` beside ``val2017/``.
    """
    base = _base(path, list(captions)[:20])
    stems = [str(PurePosixPath(name).with_suffix("")) for name in captions]
    repeated = {stem for stem in stems if stems.count(stem) > 1} if len(set(stems)) < len(stems) else set()
    records, problems = [], []
    for (name, texts), stem in zip(captions.items(), stems, strict=True):
        modality = modality_of(name)
        key = name if stem in repeated else stem
        row = {"id": key, modality or "image": name, **({"text": _one_or_more(texts)} if texts else {})}
        try:
            if modality is None:
                raise ValueError(f"{shown(name)!r} is no known image, audio or video file")
            records.append(check_record(row, base, set(), allow_outside))
        except ValueError as error:
            problems.append(Problem(shown(key), f"{path.name}: {error}"))
    return base, records, problems


def _one_or_more(texts: list[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else texts


def _base(path: Path, names: Iterable[str]) -> Path:
    """The folder that holds most of the named files; the one of the captions where none does."""
    folder = path.parent
    above = [folder.parent, *sorted(one for one in folder.parent.iterdir() if one.is_dir() and one != folder)]
    below = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    candidates = [folder, folder / "images", *below[:50]] + (
        above[:50] if folder.name == "annotations" else []
    )
    inside = [name for name in names if not PurePosixPath(name).is_absolute()]
    return max(candidates, key=lambda one: sum((one / name).is_file() for name in inside))
