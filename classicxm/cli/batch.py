"""Many queries at once: one per line from a file or standard input, answers as JSON lines or as a TREC run."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import click

from classicxm.cli.hits import no_answer
from classicxm.cli.options import MODALITIES
from classicxm.cli.terminal import say_line
from classicxm.json_lines import unique_keys

__all__ = ["answer_lines", "batch_options", "read_queries"]

#: Queries that are described and searched together, so that answers come while queries still do.
TOGETHER = 64
LONGEST = 1_000_000  # characters of a line


def batch_options(command: Any) -> Any:
    """--as and --run, for commands that answer many queries."""
    for option in (
        click.option(
            "--run",
            "tag",
            metavar="TAG",
            help="Write a TREC run of this name instead of JSON lines; a space in an id is written as %20.",
        ),
        click.option(
            "--as",
            "line_modality",
            type=click.Choice(MODALITIES),
            default="text",
            show_default=True,
            help="What a line of queries is, where it is no JSON object.",
        ),
    ):
        command = option(command)
    return command


def read_queries(source: str, modality: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, query) for each line that is not blank: a text or path, or a JSON object such as {"image": "a.jpg"}.

    A name of one word and a tab may stand before the text or path.

    Parameters
    ----------
    source : str
        "-" for standard input, or a file.
    modality : str
        What a line is that is no object. An "id" of an object is the name of the query; others are named by the
        number of their line.
    """
    with _opened(source) as lines:
        for number, line in enumerate(_decoded(lines, source), 1):
            if "\0" in line:  # every other byte of UTF-16
                raise ValueError(f"line {number} of the queries is not UTF-8 text; save the queries as UTF-8")
            line = line.strip().removeprefix("\ufeff")
            if len(line) > LONGEST:
                raise ValueError(f"line {number} of the queries is longer than {LONGEST} characters")
            if line.startswith("{"):
                yield _parsed(line, number)
            elif line:
                name, tab, rest = line.partition("\t")  # as topics of TREC collections are written
                named = bool(tab and rest.strip()) and len(name.split()) == 1
                yield (name.strip(), {modality: rest.strip()}) if named else (str(number), {modality: line})


def _decoded(lines: TextIO, source: str) -> Iterator[str]:
    try:
        yield from iter(lambda: lines.readline(LONGEST + 2), "")  # with its end, and one too many
    except UnicodeDecodeError as error:
        name = "standard input" if source == "-" else source
        raise ValueError(f"{name} is not UTF-8 text ({error.reason}); save the queries as UTF-8") from None


def _opened(source: str) -> TextIO:
    if source == "-":
        return open(sys.stdin.fileno(), encoding="utf-8", closefd=False) if _is_real(sys.stdin) else sys.stdin
    if not Path(source).is_file():
        raise ValueError(
            f"{source!r:.80} is no file of queries; to search with a text, write --text {source!r:.80}"
        )
    return open(source, encoding="utf-8")


def _is_real(stream: TextIO) -> bool:
    try:
        stream.fileno()
    except (OSError, ValueError):
        return False
    return True


def _parsed(line: str, number: int) -> tuple[str, dict[str, Any]]:
    try:
        query = json.loads(line, object_pairs_hook=unique_keys)
    except ValueError as error:
        raise ValueError(f"line {number} of the queries is not JSON ({error})") from None
    except RecursionError:
        raise ValueError(f"line {number} of the queries is nested too deep") from None
    name = query.pop("id", None)
    name = number if name is None else name
    if isinstance(name, bool) or not isinstance(name, (str, int)) or name == "":
        raise ValueError(
            f"line {number} of the queries has the id {name!r:.80}; write a text or a whole number"
        )
    if not query or not set(query) <= set(MODALITIES):
        raise ValueError(
            f"line {number} of the queries must have some of {', '.join(MODALITIES)}, got {', '.join(query) or 'none'}"
        )
    return str(name), query


def answer_lines(
    retriever: Any,
    queries: Iterable[tuple[str, dict[str, Any]]],
    target: str,
    k: int,
    tag: str | None,
    min_score: float | None = None,
    force: bool = False,
    **how: Any,
) -> Iterator[str]:
    """One JSON line per query, or the lines of a TREC run, as soon as some queries are answered.

    Queries that stand together and have the same modalities are searched as one batch. One in which the model knows
    nothing is named on stderr, and is answered by nothing unless ``force``.
    """
    from classicxm.evaluation.trec import run_field

    if tag is not None and (not tag or run_field(tag) != tag):
        raise ValueError(f"--run must be a name without white space, got {tag!r:.80}")
    written: set[str] = set()
    passed = False  # whether anything passes a filter
    for batch in _batches(queries):
        asked = {modality: [query[modality] for _, query in batch] for modality in batch[0][1]}
        answers, matches, missing = _found(retriever, asked, target, k, how)
        lacking = {"missing": missing} if missing else {}  # shards of an index that did not answer
        for (name, query), found, match in zip(batch, answers, matches, strict=True):
            hits = [{"id": key, "score": score} for key, score in found]
            passed = passed or bool(hits)
            if match == "unknown":
                left = "" if force else ", so it is not answered (--force)"
                say_line(f"classicxm: query {name!r}: the model knows nothing of it{left}", err=True)
            hits = [] if match == "unknown" and not force else hits
            hits = [hit for hit in hits if min_score is None or hit["score"] >= min_score]
            if tag is None:
                line = {
                    "id": name,
                    "query": query,
                    "match": match if match != "unknown" else False,
                    "hits": hits,
                    **lacking,
                }
                yield json.dumps(line, ensure_ascii=False)
                continue
            if run_field(name) in written:
                raise ValueError(
                    f"two queries are called {name!r:.80}, which a run cannot tell apart; name them anew"
                )
            written.add(run_field(name))
            for rank, hit in enumerate(hits, 1):
                yield f"{run_field(name)} Q0 {run_field(hit['id'])} {rank} {hit['score']!r} {tag}"
    if how.get("where") is not None and not passed:
        say_line(f"classicxm: {no_answer(retriever, how['where'])}", err=True)


def _found(
    retriever: Any, asked: dict[str, list[Any]], target: str, k: int, how: dict[str, Any]
) -> tuple[list[list[tuple[Any, float]]], list[bool | str | None], list[str]]:
    """Ids and scores of every query, whether the best is a good match, and the shards that did not answer.

    A match is True, False, None or "unknown".
    """
    from classicxm.errors import EmptyDescriptionWarning, UnknownWordsWarning
    from classicxm.retrieval.queries import part_vectors, query_parts

    how = dict(how)
    parts = query_parts(asked, how.pop("weights", None))
    with warnings.catch_warnings():  # each query is told of by its name
        for category in (EmptyDescriptionWarning, UnknownWordsWarning):
            warnings.simplefilter("ignore", category)
        vectors, known = part_vectors(retriever, parts, retriever.metric_of(target))
        weighed = [
            {"vector": list(rows), "weight": part.weight} for rows, part in zip(vectors, parts, strict=True)
        ]
        batch = retriever.search_batch(weighed, target, k, **how)
    ids, scores = batch
    bound = retriever.match_bound(parts, target, how.get("fusion", "early"))
    answers, matches = [], []
    for n, (row, row_scores) in enumerate(zip(ids, scores, strict=True)):
        answers.append([(key, float(s)) for key, s in zip(row, row_scores, strict=True) if key is not None])
        best = answers[-1][0][1] if answers[-1] else None
        match = None if bound is None or best is None else best > bound
        matches.append(match if any(each[n] for each in known) else "unknown")
    return answers, matches, list(getattr(batch, "missing", ()))


def _batches(queries: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    batch: list[tuple[str, dict[str, Any]]] = []
    for name, query in queries:
        if batch and (len(batch) == TOGETHER or set(query) != set(batch[0][1])):
            yield batch
            batch = []
        batch.append((name, query))
    if batch:
        yield batch
