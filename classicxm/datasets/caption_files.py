"""Captions of media files in one file: COCO's JSON of images and annotations, or a table of files and captions."""

import csv
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from classicxm.datasets.collection import Problem
from classicxm.datasets.column_names import role_of
from classicxm.datasets.schema import check_record, shown
from classicxm.datasets.stems import modality_of
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.text import decoded

__all__ = ["captions_of_csv", "captions_of_json", "in_one_form", "records_of_captions"]

SEPARATORS = (",", ";", "\t", "|")
LONGEST_CELL = 1 << 20  # characters
#: What lists of COCO's layout hold in whatever encoding is written in bytes.
COCO_WORDS = (b'"images"', b'"annotations"', b'"caption"')


def captions_of_json(content: bytes) -> dict[str, list[str]] | None:
    """Captions by file name of COCO's layout, in the order of its images; None for JSON of another layout.

    Images without a caption have an empty list; captions of images that are not listed stand under "image id 7".
    Ids are compared as text in composed form, whole numbers of any type alike.

    >>> captions_of_json(
    ...     b'{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "a dog"}]}'
    ... )
    {'a.jpg': ['a dog']}
    """
    try:
        text = decoded(content, "captions")
    except MediaDecodeError as error:
        if all(word in content for word in COCO_WORDS):
            raise CollectionError(f"the list of captions {error.reason}") from None
        return None
    try:
        found = json.loads(text)
        images = [(_image_id(image["id"]), in_one_form(str(image["file_name"]))) for image in found["images"]]
        given = [(_image_id(one["image_id"]), one.get("caption")) for one in found["annotations"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    names = dict(images)
    captions: dict[str, list[str]] = {name: [] for _, name in images}
    for key, caption in given:
        if caption is not None and not isinstance(caption, str):
            raise CollectionError(f"a caption of image id {shown(key)} must be a text, got {caption!r:.60}")
        if caption and caption.strip():
            captions.setdefault(names.get(key, f"image id {key}"), []).append(caption.strip())
    if not any(captions.values()):
        return None
    twice = [key for key, n in Counter(key for key, _ in images).items() if n > 1]
    if twice:
        raise CollectionError(
            f"image id {shown(twice[0])} is that of two images, whose captions cannot be told apart; "
            "give each its own"
        )
    return captions


def _image_id(value: Any) -> str:
    """An image's id as it is compared: 1, 1.0 and "1" are one.

    >>> _image_id(1.0), _image_id("cafe\u0301") == "caf\u00e9"
    ('1', True)
    """
    whole = isinstance(value, float) and value.is_integer()
    return unicodedata.normalize("NFC", str(int(value) if whole else value))


def captions_of_csv(content: bytes) -> dict[str, list[str]] | None:
    """Captions by file name of a table whose header names a column of files and one of captions; None for another.

    Columns are divided by comma, semicolon, tab or bar; several rows of one file are several captions.

    >>> captions_of_csv(b"image;caption\\na.jpg;a dog\\na.jpg;a pet\\n")
    {'a.jpg': ['a dog', 'a pet']}
    """
    try:
        text = decoded(content, "captions")
    except MediaDecodeError as error:
        if _layout(content.split(b"\n", 1)[0].decode("latin-1")) is None:
            return None
        raise CollectionError(f"the table of captions {error.reason}") from None
    layout = _layout(text.split("\n", 1)[0])
    captions = {} if layout is None else _cells(text, *layout)
    return captions if any(map(modality_of, captions)) else None


def _layout(head: str) -> tuple[str, int, int] | None:
    """What divides the columns of a table of captions, and the places of files and captions; None for another.

    >>> _layout("image;number;caption"), _layout("id,text,image")
    ((';', 0, 2), None)
    """
    for separator in SEPARATORS:
        roles = [role_of(name.strip().strip('"')) for name in head.split(separator)]
        if "id" not in roles and "text" in roles and ("image" in roles or "file" in roles):
            return separator, roles.index("image" if "image" in roles else "file"), roles.index("text")
    return None


def in_one_form(name: str) -> str:
    """A file's name as names are compared: composed (NFC), without ``./``.

    >>> in_one_form("./cafe\u0301.jpg") == "caf\u00e9.jpg"
    True
    """
    return unicodedata.normalize("NFC", PurePosixPath(name).as_posix())


def _cells(text: str, separator: str, file: int, caption: int) -> dict[str, list[str]]:
    captions: dict[str, list[str]] = {}
    usual = csv.field_size_limit(LONGEST_CELL)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        width = len(next(rows))
        for row in rows:
            if any(map(str.strip, row[width:])):
                raise CollectionError(
                    f"line {rows.line_num} of the captions has {len(row)} cells where the first has {width}; quote "
                    "cells that hold what divides them"
                )
            if len(row) > max(file, caption) and row[file].strip():
                of_file = captions.setdefault(in_one_form(row[file].strip()), [])
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
    return max(candidates, key=lambda one: sum(_is_there(one, name) for name in inside))


def _is_there(folder: Path, name: str) -> bool:
    """Whether a folder has a file of this name, however the file system composes its letters."""
    return any((folder / unicodedata.normalize(form, name)).is_file() for form in ("NFC", "NFD"))
