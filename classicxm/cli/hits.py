"""How commands show answers: as a table, as JSON or as a page."""

import contextlib
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classicxm.cli.options import MODALITIES, Command, Number, as_printed, json_option
from classicxm.cli.terminal import counted, say, say_line
from classicxm.reports.tables import aligned, shortened
from classicxm.spelling import did_you_mean

if TYPE_CHECKING:
    from classicxm.retrieval import CrossModalRetriever
    from classicxm.retrieval.hits import Hits
    from classicxm.retrieval.queries import Part

__all__ = [
    "answer_judged",
    "asked_parts",
    "filter_option",
    "held_keys",
    "hit_options",
    "html_option",
    "known_queries",
    "no_answer",
    "show_hits",
    "stored_ids",
]

# How an int is printed, which may be as long as Python reads; everything else is a text.
NUMBER = re.compile(r"-?[0-9]{1,4000}")

html_option = click.option(
    "--html", type=click.Path(dir_okay=False), help="Write a page that shows query and answers."
)


filter_option = click.option(
    "--filter", "where", help='Such as "label=horse or (label=dog and not split=train)".'
)


def hit_options(command: Command) -> Command:
    """--target, -k, --filter, --min-score, --force, --json and --html of every command that answers with items."""
    for option in (
        click.option("--force", is_flag=True, help="Answer even where the model knows nothing of the query."),
        click.option("--min-score", type=Number(), help="Only answers of at least this score."),
        html_option,
        json_option,
        filter_option,
        click.option("-k", default=10, show_default=True, type=click.IntRange(1), help="How many answers."),
        click.option(
            "--target",
            required=True,
            type=click.Choice((*MODALITIES, "any")),
            help="What to answer with; any: whole items, found from what they have.",
        ),
    ):
        command = option(command)
    return command


def stored_ids(retriever: "CrossModalRetriever", names: Sequence[str]) -> list[Any]:
    """Ids of a model as they are typed: a number stands for the id of that number where no text does."""
    known = [_is_stored(retriever, name) for name in names]
    composed = [unicodedata.normalize("NFC", name) for name in names]  # as collections have ids
    names = [
        short if not there and _is_stored(retriever, short) else name
        for name, there, short in zip(names, known, composed, strict=True)
    ]
    known = [_is_stored(retriever, name) for name in names]
    return [
        int(name) if not there and NUMBER.fullmatch(name) else name
        for name, there in zip(names, known, strict=True)
    ]


def held_keys(
    retriever: "CrossModalRetriever", names: Iterable[str], ignore_missing: bool = False
) -> list[Any]:
    """Typed ids as a model holds them; KeyError names the first that it does not hold, and the nearest that it does."""
    keys = stored_ids(retriever, list(names))
    missing = [key for key in keys if not _is_stored(retriever, key)]
    if missing and not ignore_missing:
        raise KeyError(unknown_id(missing[0], held_ids_of(retriever)))
    return [key for key in keys if key not in missing]


def held_ids_of(retriever: "CrossModalRetriever") -> set[Any]:
    """All ids that a model holds."""
    return {key for index in retriever.indexes_.values() for key in index.ids()}


def unknown_id(key: Any, held: Iterable[Any]) -> str:
    """One line about an id that a model does not hold, with those that are spelled like it."""
    return f"id {key!r} is not in the model{did_you_mean(str(key), map(str, held)) or '; list shows what it holds'}"


def no_answer(retriever: "CrossModalRetriever", where: str) -> str:
    """One line about a filter behind which nothing was found; where no item passes it, which values its keys have."""
    from classicxm.retrieval.filter_values import known_values
    from classicxm.retrieval.filters import admitted

    if passing := list(admitted(where, retriever.payload_) or ()):
        return (
            f"{counted(len(passing), 'item')} passed the filter {where!r}, and nothing among them can be answered "
            "with: they lack what is wanted, or were asked with"
        )
    return f"no item passes the filter {where!r}: {known_values(where, retriever.payload_, held_ids_of(retriever))}"


@contextlib.contextmanager
def known_queries(n_parts: int, allowed: Any) -> Iterator[None]:
    """ValueError where a model knows nothing of any of the parts that were asked with, unless that is allowed."""
    from classicxm.errors import EmptyDescriptionWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    empty = [one for one in caught if issubclass(one.category, EmptyDescriptionWarning)]
    if empty and len(empty) == n_parts and not allowed:
        raise ValueError(
            f"{empty[0].message}; ask with something else, or have it answered all the same (--force)"
        )
    for one in caught:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def answer_judged(
    retriever: "CrossModalRetriever", hits: "Hits", where: str | None, min_score: float | None
) -> None:
    """Say on stderr why nothing was found, or that nothing is a good match."""
    if where is not None and hits.best is None and not hits:
        say_line(f"classicxm: {no_answer(retriever, where)}", err=True)
    elif min_score is not None and hits.best is not None and hits.best < min_score:
        say_line(
            f"classicxm: no good match: the best score is {hits.best:.4f}, below {min_score:g}", err=True
        )
    elif hits.verdict and hits.is_known:  # a warning has said that nothing is known
        say_line(f"classicxm: {hits.verdict}", err=True)


def _is_stored(retriever: "CrossModalRetriever", name: str) -> bool:
    return any(name in index for index in retriever.indexes_.values())


def asked_parts(
    parts: "Sequence[Part]",
    payload: Callable[[Any], Mapping[str, Any]],
    roles: Sequence[str] = ("like", "unlike"),
) -> list[dict[str, Any]]:
    """Every part of a question as a page shows it: a stored item by what is known of it, and each with its weight.

    Parameters
    ----------
    parts : list of Part
    payload : callable
        From an id to what is known of the item.
    roles : (str, str)
        What stored items of positive and of negative weight are called.

    Examples
    --------
    >>> from classicxm.retrieval.queries import Part
    >>> asked_parts([Part("text", ["red"], 1.0), Part("id", ["a"], -0.25)], lambda key: {"text": "a dog"})
    [{'text': 'red', 'weight': 1.0}, {'text': 'a dog', 'id': 'a', 'role': 'unlike', 'weight': -0.25}]
    """
    shown = []
    for part in parts:
        (item,) = part.items
        content = {part.modality: item}
        if part.modality == "id":
            known = payload(item)
            content = {name: known[name] for name in (*MODALITIES, "label") if name in known}
            content |= {"id": item, "role": roles[part.weight < 0]}
        shown.append(content | {"weight": part.weight})
    return shown


def show_hits(
    hits: "Hits",
    target: str,
    asked: Mapping[str, Any],
    as_json: bool,
    html: str | None,
    *,
    title: str,
    model: str,
    parts: Sequence[Mapping[str, Any]],
    meaning: str,
    opened: Callable[[str], Path],
) -> None:
    """Print hits, and write the page.

    Parameters
    ----------
    hits : list of Hit
    target : str
    asked : dict
        What was asked, as JSON values, printed with the hits by --json.
    as_json : bool
    html : path or None
    title, model : str
        Of the page.
    parts : list of dict
        The whole question, see `asked_parts`.
    meaning : str
        What the scores are, in one line.
    opened : callable
        See `classicxm.reports.answers_html`.
    """
    if as_json:
        found = [{"id": hit.id, "score": hit.score, "payload": hit.payload} for hit in hits]
        judged = {"match": hits.is_match, "random_pairs_reach": hits.bound}
        lacking = {"missing": list(hits.missing)} if hits.missing else {}
        say(as_printed({**asked, "target": target, **judged, "hits": found, **lacking}))
    else:
        say(aligned(list(_table(hits, target))))
    if html:
        from classicxm.reports import Answer, write_page

        answers = [Answer(title, {}, target, hits, parts)]
        page = write_page(
            html, f"classicxm: {title}", f"model {model}", answers, meaning=meaning, opened=opened
        )
        say(f"page: {page}", err=as_json)


def _table(hits: "Hits", target: str) -> Iterator[tuple[str, ...]]:
    labelled = any(hit.payload.get("label") is not None for hit in hits)
    yield ("rank", "score", "id", *(["label"] if labelled else []), target)
    for n, hit in enumerate(hits, 1):
        shown = [hit.payload.get(m) for m in (MODALITIES if target == "any" else (target,))]
        content = next((value for value in shown if value is not None), None)
        content = hit.payload.get("best_caption", content)
        label = [shortened(hit.payload.get("label"))] if labelled else []
        yield (str(n), f"{hit.score:.4f}", str(hit.id), *label, shortened(content))
