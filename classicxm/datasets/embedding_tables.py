"""Embeddings as tables: a .csv or .parquet file with a row per item, its id and its vector.

The vector is a column of lists (or several, one per modality, named after it), or a column per number. Where a column
``modality`` says what each row describes, every modality has its own rows, as ``classicxm export`` writes them.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.datasets.column_names import IDS_NAMES, role_of
from classicxm.datasets.shards import open_parquet
from classicxm.errors import CollectionError
from classicxm.media import MODALITIES
from classicxm.media.contents import open_regular
from classicxm.numerals import written_number

__all__ = ["arrays_of_columns", "read_csv_arrays", "read_parquet_arrays"]

LONGEST_CELL = 1 << 20  # characters
BATCH = 4096  # rows of a parquet file at once


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
    """The cells of each column: numbers as an array, vectors as a list of arrays, else texts."""
    if names and all(written_number(name) is not None for name in names):
        raise CollectionError(
            f"{path}: the first row holds numbers; name the columns there, the ids 'id', or save as .npy"
        )
    if len(set(names)) < len(names):
        raise CollectionError(f"{path}: two columns have the same name; rename one")
    columns: list[list[Any]] = [[] for _ in names]
    kinds: list[str] = []
    for cells in rows:
        if not cells:
            continue
        if "modality" in names:  # vectors of a modality may be shorter than those of another
            cells += [""] * (len(names) - len(cells))
        if len(cells) != len(names):
            raise CollectionError(
                f"{path}: line {rows.line_num} has {len(cells)} cells, expected {len(names)} as the first row"
            )
        kinds = kinds or [_kind(name, cell) for name, cell in zip(names, cells, strict=True)]
        for column, kind, name, cell in zip(columns, kinds, names, cells, strict=True):
            try:
                column.append(_read(kind, cell))
            except ValueError:
                raise CollectionError(
                    f"{path}: line {rows.line_num}, column {name!r}: {cell[:40]!r} is no {kind}; leave the row out"
                ) from None
    if not kinds:
        raise CollectionError(f"{path} has no rows; expected an id and a vector in each")
    return columns


def _read(kind: str, cell: str) -> Any:
    if kind == "text":
        return cell
    return _vector(cell) if kind == "vector" else float(cell or "nan")


def _kind(name: str, cell: str) -> str:
    if _is_ids(name) or name == "modality":
        return "text"
    if cell.lstrip().startswith("[") and _is_vector(cell):
        return "vector"
    return "number" if written_number(cell.strip()) is not None else "text"


def _vector(cell: str) -> np.ndarray:
    """The numbers of ``[0.1, 0.2]``, as Python and NumPy print them.

    >>> _vector("[0.5 1. ]").tolist(), _vector("[0.5, 1]").tolist()
    ([0.5, 1.0], [0.5, 1.0])
    """
    return np.array([float(word) for word in cell.strip().strip("[]").replace(",", " ").split()], np.float32)


def _is_vector(cell: str) -> bool:
    try:
        return len(_vector(cell)) > 0
    except ValueError:
        return False


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
    """Cells of an arrow column, lists of numbers as arrays."""
    import pyarrow

    kind = column.type
    lists = (pyarrow.types.is_list, pyarrow.types.is_large_list, pyarrow.types.is_fixed_size_list)
    if any(is_one(kind) for is_one in lists) and column.null_count == 0:
        return [np.asarray(cell.values) for cell in column]
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
    numbers: list[np.ndarray] = []
    for name, values in columns.items():
        first = values[0]
        if name == ids:
            found["ids"] = np.array(values)
        elif isinstance(first, np.ndarray):
            found[name] = _stacked(name, values)
        elif isinstance(first, (int, float)):
            numbers.append(np.array([np.nan if value is None else value for value in values], np.float32))
        else:
            found[name] = np.array([str(value) for value in values])
    if numbers:
        found["array"] = np.stack(numbers, axis=1)
    return found


def _stacked(name: str, vectors: Sequence[np.ndarray]) -> np.ndarray:
    widths = {len(vector) for vector in vectors}
    if len(widths) > 1:
        raise CollectionError(
            f"column {name!r} has vectors of {min(widths)} and of {max(widths)} numbers; all must have as many"
        )
    return np.stack(vectors).astype(np.float32)


def _of_ids(columns: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Columns that may hold ids, those that are called so first."""
    held: Iterable[str] = [name for name, values in columns.items() if isinstance(values[0], (str, int))]
    yield from (name for name in held if role_of(name) == "id" or name.lower() in IDS_NAMES)
    yield from (
        name
        for name in held
        if role_of(name) in ("file", "image", "audio", "video") and _texts(columns[name])
    )


def _texts(values: Sequence[Any]) -> bool:
    return isinstance(values[0], str)


def _is_ids(name: str) -> bool:
    return role_of(name) in ("id", "file") or name.lower() in IDS_NAMES
