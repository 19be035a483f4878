"""What one item of a manifest may say: the known keys, their types, and the media files they name."""

import difflib
import reprlib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from classicxm.datasets.collection import MODALITIES

__all__ = [
    "KNOWN_KEYS",
    "SPLITS",
    "check_record",
    "check_split",
    "learned_split",
    "read_id",
    "shown",
    "without_empty_text",
]

KNOWN_KEYS = ("id", *MODALITIES, "label", "split")
SPLITS = ("train", "val", "test")


def learned_split(split: str | None, has_splits: bool) -> str | None:
    """The split to learn from, None for every item: "train" of a collection without splits is all that it has.

    >>> learned_split("train", False), learned_split("train", True), learned_split("test", False)
    (None, 'train', 'test')
    """
    return None if split == "train" and not has_splits else split


def read_id(row: Mapping[str, Any]) -> str:
    """The id of a manifest row as a str; ValueError where it is missing, empty or of the wrong type."""
    value = row.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None:
        raise ValueError('has no id; give every item a unique "id"')
    if not isinstance(value, str):
        raise ValueError(f"id must be a string, got {_kind(value)}")
    if not value.strip():
        raise ValueError('has an empty id; give every item a unique "id"')
    return _check_unicode("id", value)


def check_record(
    row: Mapping[str, Any], root: Path, own_columns: set[str], allow_outside: bool = False
) -> dict[str, Any]:
    """A manifest row as a record of a Collection.

    Parameters
    ----------
    row : dict
        As read; values that are None count as absent.
    root : Path
        The folder that media paths are relative to.
    own_columns : set of str
        Keys beyond the schema that this collection uses.
    allow_outside : bool, default=False
        Whether paths may lead out of ``root``.

    Returns
    -------
    dict
        With absolute media paths and labels as strings.

    Raises
    ------
    ValueError
        With a reason that says what is wrong, what was expected and what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_record({"id": 7, "text": "seven", "label": 7}, Path("/"), set())
    {'id': '7', 'text': 'seven', 'label': '7'}
    """
    record: dict[str, Any] = {"id": read_id(row)}
    for key, value in row.items():
        if value is None or key == "id":
            continue
        if key == "text":
            record[key] = _check_text(value)
        elif key in MODALITIES:
            record[key] = _check_file(key, value, root, allow_outside)
        elif key == "label":
            record[key] = _check_label(value)
        elif key == "split":
            record[key] = check_split(value)
        elif key in own_columns:
            record[key] = value
        else:
            raise ValueError(
                f"unknown key {shown(key)!r}{_suggestion(key)}; known keys are {', '.join(KNOWN_KEYS)}, "
                "and a column of your own must be in at least half of the items"
            )
    if not any(modality in record for modality in MODALITIES):
        hints = [hint for key in row if key not in KNOWN_KEYS and (hint := _suggestion(key))]
        raise ValueError(
            f"has none of {', '.join(MODALITIES)}{hints[0] if hints else ''}; give it at least one"
        )
    return record


def without_empty_text(row: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """A row whose empty captions are left out, and a note that says so, or None where there are none.

    An item keeps its other modalities, so an untitled picture or sound stays in the collection; a row that has
    nothing but empty text is refused.

    Examples
    --------
    >>> row, note = without_empty_text({"id": "a", "image": "a.jpg", "text": " "})
    >>> row, note
    ({'id': 'a', 'image': 'a.jpg'}, 'empty text; the item is kept without it, write a caption')
    """
    text = row.get("text")
    captions = text if isinstance(text, list) else [text]
    filled = [caption for caption in captions if not isinstance(caption, str) or caption.strip()]
    if text is None or (len(filled) == len(captions) and captions):
        return row, None
    if filled:
        return {**row, "text": filled}, "an empty caption among others; the item is kept without it"
    rest = {key: value for key, value in row.items() if key != "text"}
    if not any(rest.get(modality) is not None for modality in MODALITIES):
        raise ValueError("empty text, and nothing else to describe; write a caption")
    return rest, "empty text; the item is kept without it, write a caption"


def shown(text: str) -> str:
    """The beginning of a text that a message names.

    >>> shown("a" * 1000)[195:]
    'aa...'
    """
    return text if len(text) <= 200 else text[:197] + "..."


def _suggestion(key: str) -> str:
    if len(key) > 40:
        return ""
    close = difflib.get_close_matches(key.lower(), KNOWN_KEYS, n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")


def _check_unicode(key: str, value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{key} is not valid Unicode; save the manifest as UTF-8") from None
    return value


def _check_text(value: Any) -> str | list[str]:
    captions = value if isinstance(value, list) else [value]
    for caption in captions:
        if not isinstance(caption, str):
            raise ValueError(f"text must be a string or a list of strings, got {_kind(caption)}")
        _check_unicode("text", caption)
    return value


def _check_file(key: str, value: Any, root: Path, allow_outside: bool) -> Path:
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a path as a string, got {_kind(value)}")
    if not value.strip():
        raise ValueError(f'empty {key} path; name a file or leave the key "{key}" out')
    path = root / value
    try:
        what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
        # File systems keep accents composed or not, and manifests come from others.
        for form in (value, *(unicodedata.normalize(kind, value) for kind in ("NFC", "NFD"))):
            if (root / form).is_file():
                if allow_outside or (root / form).resolve().is_relative_to(root.resolve()):
                    return root / form
                what = "lies outside it"
    except (OSError, ValueError) as error:
        what = f"cannot be looked up ({getattr(error, 'strerror', None) or error})"
    raise ValueError(
        f"{key} file {shown(value)!r} {what}; paths are relative to the manifest's folder"
        + (", and --allow-outside lets them lead out of it" if what == "lies outside it" else "")
    )


def _check_label(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [_check_one_label(label) for label in value]
    return _check_one_label(value)


def _check_one_label(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"label must be a string, an integer or a list of strings, got {_kind(value)}")
    if not value.strip():
        raise ValueError('empty label; name the class or leave the key "label" out')
    return _check_unicode("label", value.strip())


def check_split(value: Any) -> str:
    """The value, where it is a split; ValueError else.

    >>> check_split("test")
    'test'
    """
    if value not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {reprlib.repr(value)}")
    return value
