"""``classicxm search``: a model's answers to a query, as a table, as JSON or as a page."""

from collections.abc import Sequence
from typing import Any

import click

from classicxm.cli.batch import answer_lines, batch_options, read_queries
from classicxm.cli.hits import answer_judged, asked_parts, hit_options, known_queries, show_hits, stored_ids
from classicxm.cli.options import MODALITIES, Opened, given_options, model_argument, query_options
from classicxm.cli.terminal import say
from classicxm.numerals import written_float

__all__ = ["search"]

FUSIONS = ("early", "rrf", "combsum", "combmnz", "confidence")


@click.command()
@model_argument
@click.argument("queries", required=False, type=click.Path())
@query_options("to search with")
@click.option("--like", multiple=True, metavar="ID", help="More like this stored item; may be repeated.")
@click.option("--unlike", multiple=True, metavar="ID", help="Less like this stored item; may be repeated.")
@click.option("--weights", metavar="text=1,image=.5,id=2", help="Of the parts of the query; id: of --like.")
@click.option(
    "--fusion",
    default="early",
    show_default=True,
    type=click.Choice(FUSIONS),
    help="How several parts become one answer.",
)
@batch_options
@hit_options
def search(
    model: str,
    opened: Opened,
    queries: str | None,
    line_modality: str,
    tag: str | None,
    min_score: float | None,
    force: bool,
    query: dict[str, Any],
    like: Sequence[str],
    unlike: Sequence[str],
    weights: str | None,
    fusion: str,
    target: str,
    k: int,
    where: str | None,
    as_json: bool,
    html: str | None,
) -> None:
    """Search a MODEL with texts, images, sounds, videos and stored items, one or several of them together.

    QUERIES is a file of queries, one per line, or - for standard input: a text (see --as), a name,
    a tab and a text, or a JSON object such as {"id": "q1", "image": "a.jpg"} each. Answers are JSON lines, or a TREC
    run (--run).
    """
    from classicxm.reports import score_meaning
    from classicxm.retrieval.queries import one_query, query_parts
    from classicxm.retrieval.targets import scored_by

    given = given_options()
    if queries is not None:
        alone = {*MODALITIES, "like", "unlike", "html", *(["as_json"] if tag is not None else [])}
        if without := [one for name, one in given.items() if name in alone]:
            raise click.UsageError(
                f"a file of queries{' that makes a run' if tag else ''} stands alone; leave out {', '.join(without)}"
            )
        how = {"fusion": fusion, "where": where, "weights": parsed_weights(weights)}
        asked_lines = read_queries(queries, line_modality)
        found = answer_lines(opened(), asked_lines, target, k, tag, min_score=min_score, force=force, **how)
        for line in found:
            say(line)
        return
    if without := [given[name] for name in ("tag", "line_modality") if name in given]:
        raise click.UsageError(f"{without[0]} is for a file of queries, or - for standard input")
    if not (query or like or unlike):
        raise ValueError("nothing to search with; give --text, --image, --audio, --video, --like or --unlike")
    weight_of = parsed_weights(weights)
    retriever = opened()
    like, unlike = stored_ids(retriever, like), stored_ids(retriever, unlike)
    with known_queries(len(query), force or like or unlike):
        hits = retriever.search(
            [query, *like],
            target,
            k,
            weights=weight_of,
            fusion=fusion,
            unlike=unlike,
            where=where,
            min_score=min_score,
        )
    answer_judged(retriever, hits, where, min_score)
    asked = {"query": query, "like": like, "unlike": unlike, "weights": weights, "fusion": fusion}
    parts = query_parts(one_query([query, *like]), weight_of, one_query(unlike))
    names = [*query, *(f"like {key}" for key in like), *(f"unlike {key}" for key in unlike)]
    show_hits(
        hits,
        target,
        asked | {"filter": where},
        as_json,
        html,
        title=f"{' + '.join(names)} -> {target}",
        model=model,
        parts=asked_parts(parts, retriever.payload_of),
        meaning=score_meaning(scored_by(retriever, target), fusion),
        opened=retriever.stored_media,
    )


def parsed_weights(text: str | None) -> dict[str, float] | None:
    """``text=1,image=.5`` as a dict, or None.

    >>> parsed_weights("text=1, image=-.5")
    {'text': 1.0, 'image': -0.5}
    """
    weights = {}
    for part in (text or "").split(",") if text else ():
        name, _, number = part.partition("=")
        name = name.strip()
        if name not in (*MODALITIES, "id") or name in weights:
            raise ValueError(
                f"--weights: expected each of {', '.join(MODALITIES)} or id at most once, as in text=1,image=.5, "
                f"got {part!r}"
            )
        weight = written_float(number.strip())
        if weight is None:
            raise ValueError(f"--weights: the weight of {name} must be a number, got {number!r}")
        weights[name] = weight
    return weights or None
