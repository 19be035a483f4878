"""Captions of media files in one file: COCO's JSON of images and annotations, or a table of files and captions."""

import csv
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from classicxm.datasets.collection import Problem
from classicxm.datasets.column_names import role_of
from classicxm.datasets.schema import check_record, shown
from classicxm.datasets.stems import modality_of
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.text import decoded

__all__ = [
    "Told",
    "captions_of_csv",
    "captions_of_json",
    "in_one_form",
    "one_or_more",
    "records_of_captions",
]

#: What is told of a file by key: texts in their order, labels and splits each once.
Told: TypeAlias = dict[str, list[str]]
TOLD = ("text", "label", "split")

SEPARATORS = (",", ";", "\t", "|")
LONGEST_CELL = 1 << 20  # characters
#: What lists of COCO's layout hold in whatever encoding is written in bytes.
COCO_WORDS = (b'"images"', b'"annotations"', b'"caption"')


def captions_of_json(content: bytes) -> dict[str, Told] | None:
    """What COCO's layout tells of files by their names, in the order of its images; None for JSON of another layout.

    Of images without a caption nothing is told; captions of images that are not listed stand under "image id 7".
    Ids are compared as text in composed form, whole numbers of any type alike.

    >>> captions_of_json(
    ...     b'{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "a dog"}]}'
    ... )
    {'a.jpg': {'text': ['a dog']}}
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
    captions: dict[str, Told] = {name: {} for _, name in images}
    for key, caption in given:
        if caption is not None and not isinstance(caption, str):
            raise CollectionError(f"a caption of image id {shown(key)} must be a text, got {caption!r:.60}")
        if caption and caption.strip():
            told = captions.setdefault(names.get(key, f"image id {key}"), {})
            told.setdefault("text", []).append(caption.strip())
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


def captions_of_csv(content: bytes) -> dict[str, Told] | None:
    """What a table with columns of files and of captions tells of files, by their names; None for another table.

    Columns are divided by comma, semicolon, tab or bar, and may also be of labels and of splits; several rows of one
    file are several captions.

    >>> captions_of_csv(b"image;caption;split\\na.jpg;a dog;test\\na.jpg;a pet;test\\n")
    {'a.jpg': {'text': ['a dog', 'a pet'], 'split': ['test']}}
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


def _layout(head: str) -> tuple[str, int, dict[str, int]] | None:
    """What divides the columns of a table of captions, the place of files and of what is told; None for another.

    >>> _layout("image;number;caption"), _layout("id,text,image")
    ((';', 0, {'text': 2}), None)
    """
    for separator in SEPARATORS:
        roles = [role_of(name.strip().strip('"')) for name in head.split(separator)]
        if "id" not in roles and "text" in roles and ("image" in roles or "file" in roles):
            file = roles.index("image" if "image" in roles else "file")
            return separator, file, {key: roles.index(key) for key in TOLD if key in roles}
    return None


def in_one_form(name: str) -> str:
    """A file's name as names are compared: composed (NFC), without ``./``.

    >>> in_one_form("./cafe\u0301.jpg") == "caf\u00e9.jpg"
    True
    """
    return unicodedata.normalize("NFC", PurePosixPath(name).as_posix())


def _cells(text: str, separator: str, file: int, places: Mapping[str, int]) -> dict[str, Told]:
    captions: dict[str, Told] = {}
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
            if len(row) > max(file, places["text"]) and row[file].strip():
                told = captions.setdefault(in_one_form(row[file].strip()), {})
                for key, place in places.items():
                    value = row[place].strip() if place < len(row) else ""
                    if value and (key == "text" or value not in told.get(key, ())):
                        told.setdefault(key, []).append(value)
            elif row:
                raise CollectionError(f"line {rows.line_num} of the captions names no file and caption")
    except csv.Error as error:
        raise CollectionError(f"the captions are no table ({error}); quote the cells") from None
    finally:
        csv.field_size_limit(usual)
    return captions


def records_of_captions(
    captions: Mapping[str, Told], path: Path, allow_outside: bool = False
) -> tuple[Path, list[dict[str, Any]], list[Problem]]:
    """The folder that file names are relative to, records, and what names no usable file.

    That folder is the one of the captions, its ``images``, or the one above and its folders, as COCO lies:
    ``annotations/captions_val2017.json`` beside ``val2017/``.
    """
    base = _base(path, list(captions)[:20])
    stems = [str(PurePosixPath(name).with_suffix("")) for name in captions]
    repeated = {stem for stem in stems if stems.count(stem) > 1} if len(set(stems)) < len(stems) else set()
    records, problems = [], []
    for (name, told), stem in zip(captions.items(), stems, strict=True):
        modality = modality_of(name)
        key = name if stem in repeated else stem
        row = {"id": key, modality or "image": name, **one_or_more(told)}
        try:
            if modality is None:
                raise ValueError(f"{shown(name)!r} is no known image, audio or video file")
            records.append(check_record(row, base, set(), allow_outside))
        except ValueError as error:
            problems.append(Problem(shown(key), f"{path.name}: {error}"))
    return base, records, problems


def one_or_more(told: Told) -> dict[str, str | list[str]]:
    """What is told of a file as keys of its record.

    >>> one_or_more({"text": ["a dog", "a pet"], "split": ["test"]})
    {'text': ['a dog', 'a pet'], 'split': 'test'}
    """
    return {key: values[0] if len(values) == 1 else values for key, values in told.items()}


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
