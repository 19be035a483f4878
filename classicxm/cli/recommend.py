"""``classicxm recommend``: what somebody may like, from stored items and files that they liked or disliked."""

from collections.abc import Sequence
from typing import Any

import click

from classicxm.cli.hits import answer_judged, asked_parts, hit_options, known_queries, show_hits, stored_ids
from classicxm.cli.options import Number, Opened, model_argument, query_options

__all__ = ["recommend"]


@click.command()
@model_argument
@click.option("--liked", multiple=True, metavar="ID", help="A stored item that was liked; may be repeated.")
@click.option(
    "--disliked", multiple=True, metavar="ID", help="A stored item that was disliked; may be repeated."
)
@query_options("that was liked", multiple=True)
@click.option(
    "--diversity",
    default=0.0,
    show_default=True,
    type=Number(),
    help="From 0, the likest, to 1, all different.",
)
@click.option("--include-seen", is_flag=True, help="Answer with the given ids too.")
@hit_options
def recommend(
    model: str,
    opened: Opened,
    liked: Sequence[str],
    disliked: Sequence[str],
    query: dict[str, Any],
    diversity: float,
    include_seen: bool,
    target: str,
    k: int,
    where: str | None,
    min_score: float | None,
    force: bool,
    as_json: bool,
    html: str | None,
) -> None:
    """Recommend items of a MODEL to somebody who liked and disliked these."""
    from classicxm.reports import score_meaning
    from classicxm.retrieval.recommendation import profile_parts
    from classicxm.retrieval.targets import scored_by

    files = [{modality: item} for modality, items in query.items() for item in items]
    if not (liked or disliked or files):
        raise ValueError("no history; give --liked, --disliked, --text, --image, --audio or --video")
    retriever = opened()
    liked, disliked = stored_ids(retriever, liked), stored_ids(retriever, disliked)
    history = [*liked, *files, *({"id": key, "weight": -1} for key in disliked)]
    with known_queries(len(files), force or liked or disliked):
        hits = retriever.recommend(
            history,
            target,
            k,
            exclude_seen=not include_seen,
            diversity=diversity,
            where=where,
            min_score=min_score,
        )
    answer_judged(retriever, hits, where, min_score)
    asked = {"liked": liked, "disliked": disliked, "items": files, "diversity": diversity, "filter": where}
    show_hits(
        hits,
        target,
        asked,
        as_json,
        html,
        title=f"recommended from {len(history)} items -> {target}",
        model=model,
        parts=asked_parts(profile_parts(history), retriever.payload_of, ("liked", "disliked")),
        meaning=score_meaning(scored_by(retriever, target)),
        opened=retriever.stored_media,
    )
