"""Runs and relevance judgements as TREC files, which trec_eval and its kin read.

A run has lines ``query Q0 item rank score tag``, judgements (qrels) ``query iteration item relevance``. As in
trec_eval the rank of a run is ignored: items are ordered by score in single precision, tied ones by id, descending.
"""

import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import ArrayLike

from classicxm.atomic import whole_file
from classicxm.errors import CollectionError
from classicxm.evaluation.ties import row_chunks, trec_order
from classicxm.numerals import written_number, written_whole
from classicxm.parameters import Either, Integer, Real, check_value
from classicxm.sequences import listed, plain_array

#: What separates fields; other spaces of Unicode may stand in ids.
BLANKS = " \t\r\v\f"
LONGEST_LINE = 100_000  # bytes
MOST_RELEVANT = 2**53  # which a float still tells from its neighbours
NO_UNICODE = re.compile("[\ud800-\udfff]")
MARK = "\ufeff"  # of the byte order, where a file begins

__all__ = ["read_qrels", "read_run", "run_field", "run_matrices", "write_qrels", "write_run"]


def run_field(value: Any) -> str:
    """A field of a run, which ends at white space: that of an id is written as in an address.

    >>> run_field("IMG 001"), run_field("照片")
    ('IMG%20001', '照片')
    """
    return "".join(quote(mark) if mark in f"{BLANKS}\n" else mark for mark in str(value))


def write_run(
    path: str | PathLike[str],
    scores: ArrayLike,
    query_ids: Sequence[Any],
    item_ids: Sequence[Any],
    depth: int | None = None,
    tag: str = "classicxm",
) -> None:
    """Write scores as a run, each query's items best first.

    Parameters
    ----------
    path : path
    scores : array (n_queries, n_items)
        Higher is better, finite.
    query_ids, item_ids : sequences of str or int, without white space, unique
    depth : int, optional
        Items per query; None writes all.
    tag : str, default="classicxm"
        The name of the run, without white space.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/cca.run"
    >>> write_run(path, [[0.5, 2.0]], ["q1"], ["a", "b"])
    >>> print(Path(path).read_text().strip())
    q1 Q0 b 1 2.0 classicxm
    q1 Q0 a 2 0.5 classicxm
    """
    scores, query_ids, item_ids = _checked("scores", scores, query_ids, item_ids)
    tag = _name("tag", tag)
    check_value("depth", depth, Either(None, Integer(1)))
    with whole_file(path) as raw, io.TextIOWrapper(raw, "utf-8", newline="\n") as file:
        for rows in row_chunks(*scores.shape):
            order = trec_order(scores[rows], item_ids)[:, :depth].tolist()
            for query, row, ranked in zip(query_ids[rows], scores[rows], order, strict=True):
                file.writelines(
                    f"{query} Q0 {item_ids[item]} {rank} {float(row[item])!r} {tag}\n"
                    for rank, item in enumerate(ranked, start=1)
                )


def write_qrels(
    path: str | PathLike[str], relevant: ArrayLike, query_ids: Sequence[Any], item_ids: Sequence[Any]
) -> None:
    """Write relevance as judgements; items of relevance 0 are left out, as trec_eval takes them so anyway.

    Parameters
    ----------
    path : path
    relevant : array (n_queries, n_items) of bool or whole numbers of at least 0
    query_ids, item_ids
        As for `write_run`.
    """
    relevant, query_ids, item_ids = _checked("relevant", relevant, query_ids, item_ids)
    if (relevant < 0).any() or (relevant != np.floor(relevant)).any() or (relevant > MOST_RELEVANT).any():
        raise ValueError(
            "relevant must be bool or whole numbers of at least 0 that a float holds; round grades first"
        )
    with whole_file(path) as raw, io.TextIOWrapper(raw, "utf-8", newline="\n") as file:
        for query, row in zip(query_ids, relevant, strict=True):
            file.writelines(f"{query} 0 {item_ids[item]} {int(row[item])}\n" for item in np.flatnonzero(row))


def read_run(path: str | PathLike[str]) -> dict[str, dict[str, float]]:
    """A run as ``{query: {item: score}}``, in the order of the file.

    Raises
    ------
    CollectionError
        For a line that is not six fields, whose score is not a finite number, or that repeats a query's item.
    """
    return _read(path, "query Q0 item rank score tag", 4, _score)


def read_qrels(path: str | PathLike[str]) -> dict[str, dict[str, int]]:
    """Judgements as ``{query: {item: relevance}}``; relevance is an int, above 0 is relevant.

    Raises
    ------
    CollectionError
        For a line that is not four fields, whose relevance is not a whole number, or that repeats a query's item.
    """
    return _read(path, "query iteration item relevance", 3, _relevance)


def run_matrices(
    run: Mapping[Any, Mapping[Any, float]],
    qrels: Mapping[Any, Mapping[Any, int]],
    item_ids: Sequence[Any] | None = None,
) -> tuple[np.ndarray, np.ndarray, list[Any], list[Any]]:
    """A run and judgements as the arrays that `evaluate` takes.

    Parameters
    ----------
    run : dict of str to dict of str to float
    qrels : dict of str to dict of str to int
        As in trec_eval, queries without a relevant item, or that only one of the two has, are left out.
    item_ids : sequence of str, optional
        The whole gallery, where the run does not list it for every query. By default all items that occur.

    Returns
    -------
    scores : float array (n_queries, n_items)
        Minus infinity where the run does not list an item, which then counts as not found, as in trec_eval: it earns
        nothing in any measure, and is a relevant item that is missing in those that count them (AP, nDCG, Recall).
    relevant : float array (n_queries, n_items)
    query_ids, item_ids : lists of str

    Examples
    --------
    >>> from classicxm.evaluation import evaluate
    >>> scores, relevant, queries, items = run_matrices({"q1": {"a": 0.5, "b": 2.0}}, {"q1": {"a": 1}})
    >>> evaluate(scores, relevant, ["trec", "RR(trec)"], ids=items)
    {'trec': array([0.5]), 'RR(trec)': array([0.5])}
    """
    run = {key: _of_query("run", key, held) for key, held in _by_name("run", "queries", run)}
    grades = {key: _of_query("qrels", key, held) for key, held in _by_name("qrels", "queries", qrels)}
    queries = [query for query in run if any(grade > 0 for grade in grades.get(query, {}).values())]
    if item_ids is None:
        item_ids = list(dict.fromkeys(item for query in queries for item in (*run[query], *grades[query])))
    item_ids = listed(item_ids, "item_ids")
    column = {_composed(item): place for place, item in enumerate(item_ids)}
    if len(column) < len(item_ids):
        twice = Counter(map(_composed, item_ids)).most_common(1)[0][0]
        raise ValueError(f"item_ids must be unique, got {twice!r} more than once")
    scores = np.full((len(queries), len(column)), -np.inf)
    relevant = np.zeros(scores.shape)
    for row, query in enumerate(queries):
        for array, held in ((scores, run[query]), (relevant, grades[query])):
            unknown = next((item for item in held if item not in column), None)
            if unknown is not None:
                raise ValueError(f"query {query!r} has the item {unknown!r}, which is not among item_ids")
            array[row, [column[item] for item in held]] = list(held.values())
    return scores, np.maximum(relevant, 0), queries, item_ids


def _by_name(where: str, what: str, held: Any) -> list[tuple[Any, Any]]:
    """The entries of a dict under composed names, which no two may share."""
    if not isinstance(held, Mapping):
        raise TypeError(f"{where} must be a dict of {what}, got {type(held).__name__}")
    entries = [(_composed(key), value) for key, value in held.items()]
    key, count = next(iter(Counter(key for key, _ in entries).most_common(1)), (None, 1))
    if count > 1:
        raise ValueError(f"{where} has {key!r} more than once, written differently; keep one")
    return entries


def _of_query(where: str, query: Any, held: Any) -> dict[Any, float]:
    """Items and finite numbers of one query."""
    entries = _by_name(f"{where} of query {query!r}", "items", held)
    for item, value in entries:
        if not Real().accepts(value) and not isinstance(value, (bool, np.bool_)):
            raise ValueError(
                f"{where} of query {query!r} has {value!r:.60} for {item!r}, expected a finite number"
            )
    return dict(entries)


def _read(
    path: str | PathLike[str], form: str, column: int, parse: Callable[[str], Any]
) -> dict[str, dict[str, Any]]:
    """Lines of white-space separated fields as {query: {item: value of one column}}."""
    fields = len(form.split())
    found: dict[str, dict[str, Any]] = {}
    for number, line in _lines(path, form):
        parts = line.translate(_TO_SPACES).split(" ")
        parts = [unicodedata.normalize("NFC", part) for part in parts if part]
        if not parts:
            continue
        if len(parts) != fields:
            raise CollectionError(f"{path}: line {number} has {len(parts)} fields, expected '{form}'")
        items = found.setdefault(parts[0], {})
        if parts[2] in items:
            raise CollectionError(f"{path}: line {number} repeats item {parts[2]!r} of query {parts[0]!r}")
        value = parse(parts[column])
        if value is None:
            name = form.split()[column]
            raise CollectionError(
                f"{path}: line {number} has the {name} {parts[column]!r}, expected a number"
            )
        items[parts[2]] = value
    if not found:
        raise CollectionError(f"{path} is empty, expected lines of '{form}'")
    return found


_TO_SPACES = str.maketrans(dict.fromkeys(BLANKS, " "))


def _lines(path: str | PathLike[str], form: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of a UTF-8 file, without a byte order mark."""
    if Path(path).exists() and not Path(path).is_file():
        raise CollectionError(f"{path} is no regular file; expected lines of '{form}'")
    with open(path, "rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise CollectionError(
                    f"{path}: line {number} is over {LONGEST_LINE} bytes, expected '{form}'"
                )
            try:  # marks stand also between files that were joined
                yield number, line.decode("utf-8").lstrip(MARK).rstrip("\n")
            except UnicodeDecodeError:
                raise CollectionError(f"{path} is not UTF-8 text; expected lines of '{form}'") from None


def _score(text: str) -> float | None:
    value = math.nan if written_number(text) is None else float(text)
    return value if math.isfinite(value) else None


def _relevance(text: str) -> float | None:
    """A whole number that a float holds exactly, or None."""
    value = written_whole(text)
    return value if value is not None and abs(value) <= MOST_RELEVANT else None


def _composed(key: Any) -> Any:
    return unicodedata.normalize("NFC", key) if isinstance(key, str) else key


def _checked(
    name: str, values: ArrayLike, query_ids: Sequence[Any], item_ids: Sequence[Any]
) -> tuple[np.ndarray, list[Any], list[Any]]:
    values = plain_array(name, values)
    query_ids, item_ids = _names("query ids", query_ids), _names("item ids", item_ids)
    if values.shape != (len(query_ids), len(item_ids)):
        raise ValueError(
            f"{name} must be (n_queries, n_items), got shape {values.shape} for {len(query_ids)} query ids and "
            f"{len(item_ids)} item ids"
        )
    if values.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be numbers, got dtype {values.dtype}")
    with np.errstate(over="ignore"):  # what only wider numbers hold is written as infinity
        finite = np.isfinite(values.astype(np.float64, copy=False))
    if not finite.all():
        query, item = np.argwhere(~finite)[0]
        raise ValueError(
            f"{name} must be finite, got {values[query, item]} for query {query_ids[query]!r}, item {item_ids[item]!r}"
        )
    return values, query_ids, item_ids


def _names(kind: str, ids: Any) -> list[str]:
    """Unique ids as they are written, and read back."""
    names = [_name(kind, key) for key in listed(ids, kind)]
    name, count = next(iter(Counter(map(_composed, names)).most_common(1)), ("", 1))
    if count > 1:
        raise ValueError(f"{kind} must be unique, got {name!r} more than once")
    return names


def _name(kind: str, key: Any) -> str:
    if not isinstance(key, (str, int, np.integer)) or isinstance(key, bool):
        raise TypeError(f"{kind} must be str or int, got {key!r:.60}")
    name = str(key)
    if len(name.split()) != 1 or name != name.strip():
        raise ValueError(
            f"{kind} must have no white space, which separates the fields of a line, got {name!r}"
        )
    if name.startswith(MARK) or NO_UNICODE.search(name):
        raise ValueError(f"{kind} must be Unicode and not begin with a byte order mark, got {name!r}")
    return name
