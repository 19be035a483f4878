"""The lines of a manifest, JSON or csv, as dicts, each fault kept with its line."""

import csv
import io
import json
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any, BinaryIO, NoReturn, cast

from classicxm.errors import CollectionError
from classicxm.json_lines import unique_keys

__all__ = ["Row", "rows_of_csv", "rows_of_jsonl"]

_LONGEST_CELL = 32 << 20  # characters
_LONGEST_LINE = 32 << 20  # bytes
_MOST_LINES = 3_000_000
_DEEPEST = 50  # lists and objects inside one another; what people write has three
_MARK = b"\xef\xbb\xbf"
_SAVE_AS_UTF8 = "save the manifest as UTF-8"


@dataclass(frozen=True)
class Row:
    """One item as written: where it begins, what it says, and what is wrong with the writing (or "")."""

    line: int
    fields: dict
    fault: str = ""


def rows_of_jsonl(content: bytes | BinaryIO, path: str | PathLike[str]) -> Iterator[Row]:
    """Rows of a JSON lines file, all text in composed form (NFC); blank lines are passed over.

    ``content`` is bytes or a file opened for reading bytes, of which one line is held at a time. A byte order mark is
    dropped, also where a file with one was appended to another.

    >>> [row.fields for row in rows_of_jsonl(b'{"id": "a"}\\n\\n{"id": "b"}', "m.jsonl")]
    [{'id': 'a'}, {'id': 'b'}]
    """
    most = _MOST_LINES if isinstance(content, bytes) else math.inf  # a file is read as a stream, however long
    for number, line in enumerate(_lines(_buffered(content, path)), start=1):
        if number > most:
            raise CollectionError(f"{path} has over {_MOST_LINES:,} lines; split the collection")
        line = line.removesuffix(b"\n").removeprefix(_MARK)
        if line.strip():
            fields, fault = _parse_line(line)
            yield Row(number, fields, fault)


def _lines(file: io.BufferedReader) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only as much as shows that."""
    while line := file.readline(_LONGEST_LINE + 2):
        yield line
        while len(line) > _LONGEST_LINE + 1 and not line.endswith(b"\n"):
            line = file.readline(_LONGEST_LINE + 2)


def _parse_line(line: bytes) -> tuple[dict[str, Any], str]:
    """The object on a line and what is wrong with it; a line in another encoding still gives its id."""
    fault = ""
    if len(line) > _LONGEST_LINE:
        return {}, f"over {_LONGEST_LINE >> 20} MB long; write one object per line"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = f"not UTF-8 (byte {error.start + 1} is {line[error.start]:#04x}); {_SAVE_AS_UTF8}"
    try:
        row = json.loads(line.decode("utf-8", errors="surrogateescape"), **_STRICT)
    except json.JSONDecodeError as error:
        return {}, fault or f"not JSON ({error.msg} at column {error.colno}); write one object per line"
    except RecursionError:
        return {}, fault or _TOO_DEEP
    except ValueError as error:
        return {}, fault or f"not usable JSON ({error}); write one flat object per line"
    if _depth(row) > _DEEPEST:
        return {}, fault or _TOO_DEEP
    if not isinstance(row, dict):
        return {}, fault or 'not a JSON object; write one per line, such as {"id": "a", "text": "a dog"}'
    return _composed(row), fault


def _depth(value: Any) -> int:
    """How many lists and objects are inside one another, counted up to one more than allowed."""
    depth, level = 0, [value]
    while level and depth <= _DEEPEST + 1:
        level = [
            part
            for outer in level
            if isinstance(outer, (list, dict))
            for part in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth - 1


def _composed(value: Any) -> Any:
    """The value, its texts and keys in composed form, except paths of media, which are as files have them."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_composed(part) for part in value]
    if isinstance(value, dict):
        return {_composed(key): part if key in _PATHS else _composed(part) for key, part in value.items()}
    return value


def _buffered(content: bytes | BinaryIO, path: str | PathLike[str]) -> io.BufferedReader:
    """Bytes, or a file of them, as a buffered file; refused where it is UTF-16."""
    raw = io.BytesIO(content) if isinstance(content, bytes) else content
    file: io.BufferedReader = io.BufferedReader(cast(Any, raw))
    if file.peek(2).startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CollectionError(f"{path} is UTF-16 text, not UTF-8; {_SAVE_AS_UTF8}")
    return file


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is beyond every number that is kept")
    return number


_PATHS = ("image", "audio", "video")
_STRICT: dict[str, Any] = {
    "object_pairs_hook": unique_keys,
    "parse_constant": _refuse_constant,
    "parse_float": _finite,
}
_TOO_DEEP = (
    f"not usable JSON (over {_DEEPEST} lists and objects inside one another); write one flat object per line"
)


def rows_of_csv(content: bytes | BinaryIO, path: str | PathLike[str]) -> Iterator[Row]:
    """Rows of a csv file with a header; an empty cell is absent, a cell holding a JSON list is that list.

    ``content`` is bytes or a file opened for reading bytes.

    Raises
    ------
    CollectionError
        If the header has no column "id" or names one twice, or the quoting is broken.
    """
    file = _buffered(content, path)
    while file.peek(len(_MARK)).startswith(_MARK):
        file.read(len(_MARK))
    text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
    reader = csv.reader(_short_lines(text, path), strict=True)
    usual_limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        header = _parse_header(next(reader, []), path)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                cells[0] = cells[0].removeprefix("\ufeff")
                yield _parse_cells(line, header, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise CollectionError(f"{path}: line {reader.line_num}: not csv ({error}); quote the cells") from None
    finally:
        csv.field_size_limit(usual_limit)


def _short_lines(text: Iterable[str], path: str | PathLike[str]) -> Iterator[str]:
    for number, line in enumerate(text, start=1):
        if len(line) > _LONGEST_LINE:
            raise CollectionError(f"{path}: line {number} is over {_LONGEST_LINE >> 20} MB long; divide it")
        yield line


def _parse_header(cells: list[str], path: str | PathLike[str]) -> list[str]:
    names = [unicodedata.normalize("NFC", name.strip()) for name in cells]
    repeated = [name for name, n in Counter(filter(None, names)).items() if n > 1]
    if repeated:
        raise CollectionError(f"{path}: line 1: column {repeated[0]!r} occurs twice; rename or drop one")
    if names and "id" not in names:
        raise CollectionError(
            f"{path}: line 1: no column 'id'; the first line names the columns, separated by commas"
        )
    return names


def _parse_cells(line: int, header: list[str], cells: list[str]) -> Row:
    fields = {key: _parse_cell(key, cell) for key, cell in zip(header, cells, strict=False) if cell != ""}
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return Row(line, fields, f"not UTF-8; {_SAVE_AS_UTF8}")
    if len(cells) != len(header):
        fault = f"has {len(cells)} cells where the header has {len(header)}; quote cells that hold commas"
        return Row(line, fields, fault)
    return Row(line, fields)


def _parse_cell(key: str, cell: str) -> Any:
    if key in _PATHS:
        return cell
    if key in ("id", "split") or not cell.lstrip().startswith("["):
        return _composed(cell)
    try:
        value = json.loads(cell, **_STRICT)
    except (ValueError, RecursionError):
        return _composed(cell)
    return _composed(value if isinstance(value, list) and _depth(value) <= _DEEPEST else cell)
