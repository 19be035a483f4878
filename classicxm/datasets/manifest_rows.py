"""The lines of a manifest, JSON or csv, as dicts, each fault kept with its line."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass

from classicxm.errors import CollectionError

__all__ = ["Row", "rows_of_csv", "rows_of_jsonl"]

_LONGEST_CELL = 2**31 - 1
_SAVE_AS_UTF8 = "save the manifest as UTF-8"


@dataclass(frozen=True)
class Row:
    """One item as written: where it begins, what it says, and what is wrong with the writing (or "")."""

    line: int
    fields: dict
    fault: str = ""


def rows_of_jsonl(content, path):
    """Rows of a JSON lines file; blank lines are passed over.

    >>> [row.fields for row in rows_of_jsonl(b'{"id": "a"}\\n\\n{"id": "b"}', "m.jsonl")]
    [{'id': 'a'}, {'id': 'b'}]
    """
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            fields, fault = _parse_line(line)
            yield Row(number, fields, fault)


def _parse_line(line):
    """The object on a line and what is wrong with it; a line in another encoding still tells its id."""
    fault = ""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = f"not UTF-8 (byte {error.start + 1} is {line[error.start]:#04x}); {_SAVE_AS_UTF8}"
    try:
        row = json.loads(line.decode("utf-8", errors="surrogateescape"), object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        return {}, fault or f"not JSON ({error.msg} at column {error.colno}); write one object a line"
    except (ValueError, RecursionError) as error:
        return {}, fault or f"not usable JSON ({error}); write one flat object a line"
    if not isinstance(row, dict):
        return {}, fault or 'not a JSON object; write one a line, such as {"id": "a", "text": "a dog"}'
    return row, fault


def _unique_keys(pairs):
    repeated = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
    if repeated:
        raise ValueError(f"key {repeated[0]!r} occurs twice")
    return dict(pairs)


def rows_of_csv(content, path):
    """Rows of a csv file with a header; an empty cell is absent, a cell holding a JSON list is that list.

    Raises
    ------
    CollectionError
        If the header has no column "id" or names one twice, or the quoting is broken.
    """
    text = content.decode("utf-8-sig", errors="surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    usual_limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        header = _parse_header(next(reader, []), path)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield _parse_cells(line, header, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise CollectionError(f"{path}: line {reader.line_num}: not csv ({error}); quote the cells") from None
    finally:
        csv.field_size_limit(usual_limit)


def _parse_header(cells, path):
    names = [name.strip() for name in cells]
    repeated = [name for name, n in Counter(filter(None, names)).items() if n > 1]
    if repeated:
        raise CollectionError(f"{path}: line 1: column {repeated[0]!r} occurs twice; rename or drop one")
    if names and "id" not in names:
        raise CollectionError(
            f"{path}: line 1: no column 'id'; the first line names the columns, separated by commas"
        )
    return names


def _parse_cells(line, header, cells):
    fields = {key: _parse_cell(key, cell) for key, cell in zip(header, cells, strict=False) if cell != ""}
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return Row(line, fields, f"not UTF-8; {_SAVE_AS_UTF8}")
    if len(cells) != len(header):
        fault = f"has {len(cells)} cells where the header has {len(header)}; quote cells that hold commas"
        return Row(line, fields, fault)
    return Row(line, fields)


def _parse_cell(key, cell):
    if key in ("id", "image", "audio", "video", "split") or not cell.lstrip().startswith("["):
        return cell
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return value if isinstance(value, list) else cell
