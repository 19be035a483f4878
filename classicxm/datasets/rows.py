"""Collections of rows in memory: lists of dicts, pandas data frames, and data sets of the Hugging Face library."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.datasets.collection import MODALITIES, Collection, Problem
from classicxm.datasets.column_names import role_of
from classicxm.errors import CollectionError
from classicxm.labels import SEVERAL, in_order, is_missing
from classicxm.media.stored_path import stored_path

__all__ = ["MOST_BYTES", "collection_of_rows"]

#: Of pictures and sounds that lie in memory beside their captions.
MOST_BYTES = 4 << 30
#: What may be an id or a label.
NAMES = (str, int, float, Decimal, date, np.integer, np.floating, np.bool_, np.datetime64)
SPLITS = {"train": "train", "val": "val", "validation": "val", "valid": "val", "dev": "val", "test": "test"}


def collection_of_rows(rows: Any, name: str = "collection", root: Path | None = None) -> Collection:
    """A `Collection` of rows that each have a caption, a picture, a sound or several of them.

    Parameters
    ----------
    rows : sequence of dict, pandas.DataFrame or datasets.Dataset
        Columns are known by their names (image, picture; caption, text; audio; label; split; id) in any case.
        Pictures may be paths, encoded bytes, arrays, PIL images or the dicts of "bytes" and "path" that parquet
        files of data sets hold; sounds the same, or dicts of "array" and "sampling_rate". Rows without an id are
        numbered. Columns of other names are left out.
    name : str, default="collection"
    root : path, optional
        The folder that paths of media start from and stay in, where the rows were written by somebody else.

    Raises
    ------
    CollectionError
        Where no column holds anything to describe, or the media take more than 4 GB.

    Examples
    --------
    >>> collection_of_rows([{"caption": "a dog", "label": "pet"}, {"caption": "a cat", "label": "pet"}])
    Collection('collection', 2 items, text)
    """
    records, problems, n_bytes = [], [], 0
    for number, row in enumerate(_dicts(rows)):
        record: dict[str, Any] = {"id": str(number)}
        for column, value in row.items():
            role = role_of(str(column))
            if role in (None, "file") or _is_absent(value) or (role in record and role != "id"):
                continue
            try:
                record[role] = _value(role, value, root)
            except (ValueError, TypeError) as error:
                problems.append(Problem(record["id"], f"{column}: {error}; left out"))
        n_bytes += sum(len(value) for value in record.values() if isinstance(value, bytes))
        if n_bytes > MOST_BYTES:
            raise CollectionError(f"{name} holds over {MOST_BYTES >> 30} GB of media; divide it")
        if any(modality in record for modality in MODALITIES):
            records.append(record)
        else:
            problems.append(Problem(record["id"], f"has none of {', '.join(MODALITIES)}; left out"))
    if not records:
        first = f"; first, {problems[0]}" if problems else ""
        raise CollectionError(f"{name} has no column of {', '.join(MODALITIES)}{first}; rename its columns")
    return Collection(records, name=name, problems=problems)


def _dicts(rows: Any) -> Iterator[Mapping[str, Any]]:
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):  # a data frame
        columns, table = list(rows.columns), rows
        if twice := [column for column, n in Counter(columns).items() if n > 1]:
            raise CollectionError(f"the data frame has two columns {twice[0]!r}; rename or drop one")
        rows = (dict(zip(columns, row, strict=True)) for row in table.itertuples(index=False, name=None))
    features = getattr(rows, "features", None) or {}
    if not isinstance(rows, Iterable) or isinstance(rows, (str, bytes, Mapping)):
        raise TypeError(f"rows must be dicts, a data frame or a data set, got {type(rows).__name__}")
    named = {key: feature.int2str for key, feature in features.items() if hasattr(feature, "int2str")}
    for row in rows:
        if not isinstance(row, Mapping):
            raise TypeError(f"each row must be a dict, got {type(row).__name__}")
        yield {
            key: named[key](value) if key in named and isinstance(value, int) and value >= 0 else value
            for key, value in row.items()
        }


def _is_absent(value: Any) -> bool:
    if value is None or type(value).__name__ == "NAType":
        return True
    # pictures and sounds are not compared with themselves, which would read them
    return isinstance(value, (Number, np.generic, date)) and is_missing(value)


def _value(role: str, value: Any, root: Path | None) -> Any:
    if role == "text":
        return _text(value)
    if role == "split":
        if not isinstance(value, str) or value not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {value!r}")
        return SPLITS[value]
    if role == "label":
        return [_name(one) for one in _parts(value)] if isinstance(value, SEVERAL) else _name(value)
    return _name(value) if role == "id" else _medium(role, value, root)


def _parts(value: Any) -> list[Any]:
    """The parts of a cell of several, without those that are absent."""
    return [one for one in in_order(value) if not _is_absent(one)]


def _name(value: Any) -> str:
    """An id or a label as text, composed; whole numbers of a column that lacks some are floats.

    >>> _name(7.0), _name("cafe\u0301") == "caf\u00e9"
    ('7', True)
    """
    if not isinstance(value, NAMES):
        raise ValueError(f"must be a text or a number, got {value!r:.60}")
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        if abs(float(value)) >= 2.0 ** (np.finfo(np.asarray(value).dtype).nmant + 1):
            raise ValueError(
                f"is {value!r}, which cannot be told from its neighbours; give whole numbers or texts"
            )
        value = int(value)
    name = str(value).strip()
    if not name:
        raise ValueError("is empty; give a text or a number, or nothing")
    return unicodedata.normalize("NFC", name)


def _text(value: Any) -> str | list[str]:
    if not isinstance(value, SEVERAL):
        if not isinstance(value, str) or not value.strip():
            raise ValueError("is no text with words in it")
        return value
    texts = [one.get("raw", "") if isinstance(one, Mapping) else one for one in _parts(value)]
    if strange := [one for one in texts if not isinstance(one, str)]:
        raise ValueError(f"must hold texts, got {strange[0]!r:.60}")
    if not any(text.strip() for text in texts):
        raise ValueError("has no words")
    return [text for text in texts if text.strip()]


def _medium(role: str, value: Any, root: Path | None) -> Any:
    if isinstance(value, Mapping):
        if value.get("array") is not None and value.get("sampling_rate"):
            return np.asarray(value["array"]), int(value["sampling_rate"])
        value = value.get("bytes") or value.get("path")
    if isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    if isinstance(value, (str, Path)):
        if root is not None:
            return stored_path(str(value), root)
        path = Path(value)
        if not path.is_file():
            raise ValueError(f"file {str(value)[:200]!r} does not exist")
        return path.absolute()
    if isinstance(value, bytes):
        if role == "video":
            raise ValueError("a clip must be a file, not bytes")
        return value
    if value is None:
        raise ValueError("holds neither bytes nor a path")
    if role == "image" and callable(getattr(value, "convert", None)):  # of PIL
        from classicxm.media.image import decode

        return decode(value)
    return value
