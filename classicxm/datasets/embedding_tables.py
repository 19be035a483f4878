"""Embeddings as tables: a .csv or .parquet file with a row per item, its id and its vector.

The vector is a column of lists (or several, one per modality, named after it), or a column per number. Where a column
``modality`` says what each row describes, every modality has its own rows, as ``classicxm export`` writes them.

Columns of numbers that are no part of a vector are not taken for one: labels, splits and the row numbers that pandas
writes are left out, and so is everything beside columns of lists; others beside numbered columns are refused by name.
"""

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.datasets.column_names import IDS_NAMES, MATRIX_NAMES, role_of
from classicxm.datasets.shards import open_parquet
from classicxm.errors import CollectionError
from classicxm.media import MODALITIES
from classicxm.media.contents import open_regular
from classicxm.numerals import written_number

__all__ = ["arrays_of_columns", "read_csv_arrays", "read_parquet_arrays"]

LONGEST_CELL = 1 << 20  # characters
BATCH = 4096  # rows of a parquet file at once
#: Of columns that are texts even where they are written in digits.
NEVER_NUMBERS = ("id", "file", "label", "split")
NUMBERS = (int, float, Decimal)
#: A column that is one of several, and what pandas calls the numbers of rows.
NUMBERED = re.compile(r"(.*?)[0-9]+")
ROW_NUMBER = re.compile(r"|index|level_0|Unnamed: [0-9]+|__index_level_[0-9]+__")


def read_csv_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays by name of a table whose first row names its columns.

    Parameters
    ----------
    path : Path
        Comma separated, UTF-8. A cell such as ``[0.1, 0.2]`` is a vector.

    Raises
    ------
    CollectionError
        For a row of another length, or a cell that is no number in a column of numbers.
    """
    usual = csv.field_size_limit(LONGEST_CELL)
    try:
        with open_regular(path) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            names = next(rows, [])
            columns = _columns(rows, names, path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise CollectionError(f"{path} is no csv file ({error}); save it as UTF-8 csv") from None
    finally:
        csv.field_size_limit(usual)
    return _named(path, dict(zip(names, columns, strict=True)))


def _columns(rows: Any, names: Sequence[str], path: Path) -> list[Any]:
    """The cells of each column: numbers, vectors or texts."""
    if names and all(written_number(name) is not None for name in names):
        raise CollectionError(
            f"{path}: the first row holds numbers; name the columns there, the ids 'id', or save as .npy"
        )
    if len(set(names)) < len(names):
        raise CollectionError(f"{path}: two columns have the same name; rename one")
    columns = [_Column(name) for name in names]
    for cells in rows:
        if not cells:
            continue
        if "modality" in names:  # vectors of a modality may be shorter than those of another
            cells += [""] * (len(names) - len(cells))
        if len(cells) != len(names):
            raise CollectionError(
                f"{path}: line {rows.line_num} has {len(cells)} cells, expected {len(names)} as the first row"
            )
        for column, cell in zip(columns, cells, strict=True):
            try:
                column.add(cell)
            except ValueError:
                raise CollectionError(
                    f"{path}: line {rows.line_num}, column {column.name!r}: {cell[:40]!r} is no {column.kind}; "
                    "leave the row out"
                ) from None
    if not columns or not columns[0].cells:
        raise CollectionError(f"{path} has no rows; expected an id and a vector in each")
    for column in columns:
        if (stray := column.stray()) is not None:
            raise CollectionError(
                f"{path}: column {column.name!r} has numbers, and {stray[:40]!r}, which is none; leave the row out"
            )
    return [column.cells for column in columns]


class _Column:
    """Cells of one kind, number, vector or text, which the first that is not empty decides."""

    def __init__(self, name: str) -> None:
        self.name, self.role = name, role_of(name)
        self.cells: list[Any] = []
        self.kind = "text" if self._is_told_apart() else ""
        self.read: Callable[[str], Any] = str

    def _is_told_apart(self) -> bool:
        return self.role in NEVER_NUMBERS or self.name == "modality" or self.name.lower() in IDS_NAMES

    def add(self, cell: str) -> None:
        """Read one cell more; ValueError where it is of another kind."""
        if not self.kind and cell.strip():
            self.kind, self.read = self._kind(cell)
            self.cells = [self.read("") for _ in self.cells]
        self.cells.append(self.read(cell))

    def _kind(self, cell: str) -> tuple[str, Callable[[str], Any]]:
        if cell.lstrip().startswith("["):
            with contextlib.suppress(ValueError):
                if len(_vector(cell)):
                    return "vector", _vector
        number = written_number(cell.strip()) is not None and self.role not in MODALITIES
        return ("number", _number) if number else ("text", str)

    def stray(self) -> str | None:
        """Of texts most of which are numbers, the first that is none: it would take a number out of every vector."""
        if self.kind != "text" or self.role or self._is_told_apart():
            return None
        others = [cell for cell in self.cells if written_number(cell.strip()) is None]
        return others[0] if others and 2 * len(others) <= len(self.cells) else None


def _number(cell: str) -> float:
    """The number of a cell, NaN of an empty one.

    >>> _number(" 2.5"), _number("")
    (2.5, nan)
    """
    if "_" in cell or not cell.isascii():  # which Python reads over
        raise ValueError(cell)
    return float(cell) if cell.strip() else np.nan


def _vector(cell: str) -> np.ndarray:
    """The numbers of ``[0.1, 0.2]``, as Python and NumPy print them.

    >>> _vector("[0.5 1. ]").tolist(), _vector("[0.5, 1]").tolist()
    ([0.5, 1.0], [0.5, 1.0])
    """
    words = cell.strip()
    n_open, n_closed = len(words) - len(words.lstrip("[")), len(words) - len(words.rstrip("]"))
    if n_open != n_closed:  # such as a cell that was cut
        raise ValueError(cell)
    return np.array([_number(word) for word in words.strip("[]").replace(",", " ").split()], np.float32)


def read_parquet_arrays(path: Path, check_memory: Callable[[int], None]) -> dict[str, np.ndarray]:
    """Arrays by name of a parquet file; the extra ``frames`` reads it.

    Parameters
    ----------
    path : Path
    check_memory : callable
        Called with the bytes that were unpacked so far; raises where they are too many.

    Raises
    ------
    MissingExtraError, CollectionError
    """
    columns: dict[str, list[Any]] = {}
    unpacked = 0
    with open_parquet(path) as table:
        for batch in table.iter_batches(BATCH):
            unpacked += batch.nbytes
            check_memory(unpacked)
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                columns.setdefault(name, []).extend(_values(column))
    if not any(columns.values()):
        raise CollectionError(f"{path} has no rows; expected an id and a vector in each")
    return _named(path, columns)


def _named(path: Path, columns: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """`arrays_of_columns`, whose message names the file."""
    try:
        return arrays_of_columns(columns)
    except CollectionError as error:
        raise CollectionError(f"{path}: {error}") from None


def _values(column: Any) -> list[Any]:
    """Cells of an arrow column, lists of numbers as arrays, and bytes that are text as text."""
    import pyarrow

    kind = column.type
    lists = (pyarrow.types.is_list, pyarrow.types.is_large_list, pyarrow.types.is_fixed_size_list)
    if any(is_one(kind) for is_one in lists):
        return [np.asarray(cell.values) if cell.is_valid else None for cell in column]
    if pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind):
        return [
            cell if cell is None else cell.decode("utf-8", "surrogateescape") for cell in column.to_pylist()
        ]
    return list(column.to_pylist())


def arrays_of_columns(columns: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """Columns as the arrays that a file of embeddings holds: matrices of numbers, "ids", and texts that are left.

    Parameters
    ----------
    columns : dict of str to sequence of n_rows values
        Vectors, numbers or texts.

    Examples
    --------
    >>> found = arrays_of_columns({"file_name": ["a", "b"], "v0": [1.0, 2.0], "v1": [3.0, 4.0]})
    >>> found["ids"].tolist(), found["array"].tolist()
    (['a', 'b'], [[1.0, 3.0], [2.0, 4.0]])
    """
    of_rows = columns.get("modality")
    if of_rows is not None and set(of_rows) <= set(MODALITIES):
        rest = {name: values for name, values in columns.items() if name != "modality"}
        found: dict[str, np.ndarray] = {}
        for modality in dict.fromkeys(of_rows):
            rows = [row for row, one in enumerate(of_rows) if one == modality]
            own = _arrays({name: [values[row] for row in rows] for name, values in rest.items()})
            ids = own.pop("ids", None)
            vectors = next((array for array in own.values() if array.ndim == 2), None)
            if vectors is not None:
                found[modality] = vectors[:, ~np.isnan(vectors).all(axis=0)]
                found |= {} if ids is None else {f"{modality}_ids": ids}
        return found
    return _arrays(columns)


def _arrays(columns: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """As `arrays_of_columns`, all rows being of one kind."""
    ids = next(iter(_of_ids(columns)), None)
    found: dict[str, np.ndarray] = {}
    numbers: dict[str, np.ndarray] = {}
    for name, values in columns.items():
        first = _first(values)
        if name == ids:
            found["ids"] = np.array(values)
        elif isinstance(first, np.ndarray):
            found[name] = _stacked(name, values)
        elif isinstance(first, NUMBERS):
            numbers[name] = np.array([np.nan if value is None else value for value in values], np.float32)
        else:
            found[name] = np.array([str(value) for value in values])
    if any(array.ndim == 2 for array in found.values()):
        return found
    _check_numbered(numbers, {name: columns[name] for name in columns if name in found})
    return found | {
        matrix: np.stack([numbers[name] for name in names], axis=1)
        for matrix, names in _vector_columns(numbers).items()
    }


def _check_numbered(numbers: Iterable[str], others: Mapping[str, Sequence[Any]]) -> None:
    """CollectionError for a column without numbers that is numbered as those of numbers are: vectors would lack one."""
    stems = {found[1] for name in numbers if (found := NUMBERED.fullmatch(name.strip()))}
    for name, values in others.items():
        found = NUMBERED.fullmatch(name.strip())
        if found and found[1] in stems and role_of(name) is None:
            shown = str(next((value for value in values if value not in (None, "")), ""))[:40]
            raise CollectionError(
                f"column {name!r} is numbered as those of numbers are, and has {shown!r}, which is none; repair it"
            )


def _vector_columns(names: Iterable[str]) -> dict[str, list[str]]:
    """Columns of numbers by the matrix that they make: "array", or the modality that their names begin with.

    >>> _vector_columns(["Unnamed: 0", "label", "v0", "v1"])
    {'array': ['v0', 'v1']}
    >>> _vector_columns(["image_0", "image_1", "text_0", "text_1"])
    {'image': ['image_0', 'image_1'], 'text': ['text_0', 'text_1']}
    """
    kept = [name for name in names if role_of(name) is None and not ROW_NUMBER.fullmatch(name.strip())]
    stems = {name: found[1] for name in kept if (found := NUMBERED.fullmatch(name.strip()))}
    shared = Counter(stems.values())
    other = [name for name in kept if shared[stems.get(name, "")] < 2 or name not in stems]
    if stems and other and len(other) < len(kept):
        numbered = next(name for name in kept if name not in other)
        raise CollectionError(
            f"column {other[0]!r} has numbers and is not numbered as {numbered!r} is; take it out, or number it too"
        )
    matrices: dict[str, list[str]] = {}
    for name in kept:
        called = re.split(r"[_.\- ]", name.strip())[0].lower()
        of = next((modality for modality, words in MATRIX_NAMES.items() if called in words), "array")
        matrices.setdefault(of if name in stems else "array", []).append(name)
    return matrices


def _first(values: Sequence[Any]) -> Any:
    """The first value that is there, or None."""
    return next((value for value in values if value is not None), None)


def _stacked(name: str, vectors: Sequence[np.ndarray]) -> np.ndarray:
    absent = next((row for row, vector in enumerate(vectors) if vector is None or not len(vector)), None)
    if absent is not None:
        raise CollectionError(f"column {name!r} has no vector in row {absent + 1}; leave the row out")
    widths = {len(vector) for vector in vectors}
    if len(widths) > 1:
        raise CollectionError(
            f"column {name!r} has vectors of {min(widths)} and of {max(widths)} numbers; all must have as many"
        )
    return np.stack(vectors).astype(np.float32)


def _of_ids(columns: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Columns that may hold ids, those that are called so first."""
    held: Iterable[str] = [name for name, values in columns.items() if isinstance(_first(values), (str, int))]
    yield from (name for name in held if role_of(name) == "id" or name.lower() in IDS_NAMES)
    yield from (name for name in held if role_of(name) in ("file", "image", "audio", "video"))
