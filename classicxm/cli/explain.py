"""``classicxm explain``: which words, regions and frames carry the score of one answer."""

from typing import TYPE_CHECKING, Any

import click

from classicxm.cli.hits import html_option, stored_ids
from classicxm.cli.options import MODALITIES, Opened, as_printed, json_option, model_argument, query_options
from classicxm.cli.terminal import say
from classicxm.reports.tables import aligned

if TYPE_CHECKING:
    from classicxm.retrieval.evidence import Evidence

__all__ = ["explain"]

MOST_ROWS = 10


@click.command()
@model_argument
@query_options("that was searched with")
@click.option("--target", required=True, type=click.Choice(MODALITIES), help="The answer's modality.")
@click.option("--id", "key", metavar="ID", required=True, help="The answer's id, as search tells it.")
@click.option("--item", help="The answer's content (path, or text), where the model does not know it.")
@json_option
@html_option
def explain(
    model: str,
    opened: Opened,
    query: dict[str, Any],
    target: str,
    key: str,
    item: Any,
    as_json: bool,
    html: str | None,
) -> None:
    """Divide the score of a query and an item of a MODEL among the words, regions and frames of both."""
    from classicxm.reports import write_explanation

    if not query:
        raise ValueError("nothing to explain; give the query by --text, --image, --audio or --video")
    retriever = opened()
    (key,) = stored_ids(retriever, [key])
    why = retriever.explain(query, key, target, item)
    if as_json:
        say(as_printed(why.to_dict()))
    else:
        say(
            aligned(
                [("side", "part", "contribution"), *_rows("query", why.query), *_rows("found", why.target)]
            )
        )
        say(f"{why.metric} score {why.score:.4f}: each side's parts and its baseline add up to it")
    if html:
        asked = f"{' + '.join(query)} -> {target}"
        page = write_explanation(html, why, f"classicxm: {asked}, why {key}")
        say(f"page: {page}", err=as_json)


def _rows(name: str, side: "Evidence") -> list[tuple[str, str, str]]:
    """The largest contributions of a side, what the others sum to, and the baseline."""
    listed = [(word.term, word.contribution) for word in side.words]
    if side.frames:
        listed = [(f"{f.start:.2f}-{f.end:.2f} s", f.contribution) for f in side.frames]
    elif side.regions:
        listed = [
            ("region x {:.0%}-{:.0%} y {:.0%}-{:.0%}".format(*_by_axis(r.box)), r.contribution)
            for r in side.regions
        ]
    listed.sort(key=lambda pair: -abs(pair[1]))
    rest = sum(contribution for _, contribution in listed[MOST_ROWS:])
    shown = sorted(listed[:MOST_ROWS], key=lambda pair: -pair[1])
    if len(listed) > MOST_ROWS:
        shown.append((f"{len(listed) - MOST_ROWS} more", rest))
    return [(name, part, f"{value:+.4f}") for part, value in [*shown, ("baseline", side.baseline)]]


def _by_axis(box: tuple[float, ...]) -> tuple[float, ...]:
    x0, y0, x1, y1 = box
    return x0, x1, y0, y1
