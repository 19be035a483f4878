"""``classicxm annotate``: the words of a model's vocabulary that suit a picture, a sound or a clip."""

import json

import click

from classicxm.tables import aligned

__all__ = ["annotate"]


@click.command()
@click.argument("model", type=click.Path())
@click.option("--text", help="A text to find related words for.")
@click.option("--image", type=click.Path(), help="An image file to describe.")
@click.option("--audio", type=click.Path(), help="A sound file to describe.")
@click.option("--video", type=click.Path(), help="A video file to describe.")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1), help="How many words.")
@click.option("--min-df", default=2, show_default=True, help="Only words that so many learned texts have.")
@click.option("--csls", is_flag=True, help="Take from words that are near everything.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def annotate(model, text, image, audio, video, k, min_df, csls, as_json):
    """Describe an image, a sound or a video by words, as a MODEL has learned them from its texts."""
    from classicxm.retrieval import CrossModalRetriever

    given = {"text": text, "image": image, "audio": audio, "video": video}
    query = {modality: item for modality, item in given.items() if item is not None}
    if not query:
        raise ValueError("nothing to describe; give --image, --audio, --video or --text")
    retriever = CrossModalRetriever.load(model)
    words = retriever.annotate(query, k, min_df, "csls" if csls else None)
    if as_json:
        found = [{"term": term, "score": score} for term, score in words]
        click.echo(json.dumps({"query": query, "terms": found}, ensure_ascii=False, indent=1))
    else:
        rows = [(str(n), f"{score:.4f}", term) for n, (term, score) in enumerate(words, 1)]
        click.echo(aligned([("rank", "score", "term"), *rows]))
