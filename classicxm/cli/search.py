"""``classicxm search``: a model's answers to a query, as a table, as JSON or as a page."""

import json

import click

from classicxm.cli.options import MODALITIES
from classicxm.tables import aligned, shortened

__all__ = ["search"]


@click.command()
@click.argument("model", type=click.Path())
@click.option("--text", help="A text to search with.")
@click.option("--image", type=click.Path(), help="An image file to search with.")
@click.option("--audio", type=click.Path(), help="A sound file to search with.")
@click.option("--video", type=click.Path(), help="A video file to search with.")
@click.option("--target", required=True, type=click.Choice(MODALITIES), help="What to answer with.")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1), help="How many answers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write a page of query and answers.")
def search(model, text, image, audio, video, target, k, as_json, html):
    """Search a MODEL with a text, an image, a sound or a video."""
    from classicxm.retrieval import Answer, CrossModalRetriever, write_page

    given = {"text": text, "image": image, "audio": audio, "video": video}
    query = {modality: item for modality, item in given.items() if item is not None}
    if not query:
        raise ValueError("nothing to search with; give --text, --image, --audio or --video")
    retriever = CrossModalRetriever.load(model)
    hits = retriever.search(query, target, k)
    if as_json:
        found = [{"id": hit.id, "score": hit.score, "payload": hit.payload} for hit in hits]
        click.echo(
            json.dumps({"query": query, "target": target, "hits": found}, ensure_ascii=False, indent=1)
        )
    else:
        rows = [("rank", "score", "id", "label", target)]
        rows += [
            (
                str(n),
                f"{hit.score:.4f}",
                str(hit.id),
                *(shortened(hit.payload.get(key)) for key in ("label", target)),
            )
            for n, hit in enumerate(hits, 1)
        ]
        click.echo(aligned(rows))
    if html:
        asked = f"{' + '.join(query)} -> {target}"
        page = write_page(html, f"classicxm: {asked}", f"model {model}", [Answer(asked, query, target, hits)])
        click.echo(f"page: {page}", err=as_json)
