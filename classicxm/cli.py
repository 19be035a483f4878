"""The command line: fit, search, evaluate, demo. Heavy imports happen inside the commands that need them."""

import json
import sys
import time
import warnings
from pathlib import Path

import click

from classicxm.tables import aligned, shortened

__all__ = ["main"]

MODALITIES = ("text", "image", "audio", "video")


class OneLineErrors(click.Group):
    """Turns every expected error into one line on stderr and exit code 2."""

    def invoke(self, ctx):
        from classicxm.errors import ClassicXMError

        warnings.showwarning = _one_line_warning
        try:
            return super().invoke(ctx)
        except (ClassicXMError, ValueError, TypeError, KeyError, OSError, ImportError) as error:
            message = error.args[0] if isinstance(error, KeyError) and error.args else error
            click.echo(f"classicxm: {' '.join(str(message).split())}", err=True)
            ctx.exit(2)


def _one_line_warning(message, category, filename, lineno, file=None, line=None):
    if category.__module__.startswith("classicxm") or issubclass(category, UserWarning):
        click.echo(f"classicxm: warning: {' '.join(str(message).split())}", err=True)


def _version():
    from classicxm import __version__

    return __version__


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="classicxm")
def main():
    """Classical cross-modal retrieval: search text, images, audio and video with one another."""


def execution_options(command):
    """--n-jobs, --on-error and --cache, as every command that describes items takes them."""
    for option in (
        click.option("--cache", type=click.Path(file_okay=False), help="Folder of descriptions to reuse."),
        click.option(
            "--on-error",
            type=click.Choice(["raise", "skip", "zero"]),
            default="raise",
            show_default=True,
            help="What an item that cannot be read does: stop, be left out, or become a zero vector.",
        ),
        click.option("--n-jobs", type=int, default=-1, show_default=True, help="Workers; -1: all cores."),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("collection", type=click.Path(exists=True))
@click.option("-o", "--output", required=True, type=click.Path(), help="Folder to write the model to.")
@click.option("--recipe", default="standard", show_default=True, help="Features: baseline, standard, strong.")
@click.option("--split", default="train", show_default=True, help="What to learn from; all: every item.")
@execution_options
def fit(collection, output, recipe, split, n_jobs, on_error, cache):
    """Learn from a COLLECTION (folder or manifest) and index all its items."""
    from classicxm.datasets import load_collection
    from classicxm.persistence import check_target
    from classicxm.retrieval import make_retriever

    check_target(output)
    started = time.perf_counter()
    items = load_collection(collection, on_error="skip" if on_error == "skip" else "raise")
    retriever = make_retriever(recipe, items.modalities, n_jobs=n_jobs, on_error=on_error, cache=cache)
    retriever.fit_collection(items, split=None if split == "all" else split)
    retriever.save(output)
    _report(items.problems, retriever.skipped_, retriever.empty_)
    counts = ", ".join(f"{len(index)} {modality}" for modality, index in retriever.indexes_.items())
    click.echo(
        f"{output}: {counts} items indexed by recipe {recipe} in {time.perf_counter() - started:.1f} s"
    )


@main.command()
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


@main.command()
@click.argument("model", type=click.Path())
@click.argument("collection", type=click.Path(exists=True))
@click.option("--split", default="test", show_default=True, help="What to measure on; all: every item.")
@click.option(
    "--protocol", default="wiki", show_default=True, help="mAP as: wiki, at50, 11pt, hashing, trec."
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the figures to a file.")
@execution_options
def evaluate(model, collection, split, protocol, json_file, n_jobs, on_error, cache):
    """Measure a MODEL on held-out items of a COLLECTION, beside random and query-blind floors."""
    from classicxm.datasets import load_collection
    from classicxm.retrieval import CrossModalRetriever, assess

    retriever = CrossModalRetriever.load(model).with_execution(n_jobs=n_jobs, on_error=on_error, cache=cache)
    items = load_collection(collection, on_error="skip" if on_error == "skip" else "raise")
    held_out = items if split == "all" else items.split(split)
    training = items.split("train") if "train" in items.split_names and split != "all" else None
    assessment = assess(retriever, held_out, protocol, training)
    click.echo(aligned(assessment.table()))
    _report(items.problems, assessment.skipped, [])
    if json_file:
        _write_json(json_file, assessment.to_dict())
        click.echo(f"figures: {json_file}")


@main.command()
@click.argument("clip", type=click.Path())
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="A .png or .gif file.")
def tracks(clip, output):
    """Draw the improved trajectories of a CLIP over its frames, green tails and red heads."""
    from classicxm.video import draw_tracks

    click.echo(f"{output}: {draw_tracks(clip, output)} tracks")


@main.command()
@click.option(
    "--dataset", type=click.Choice(["openmoji", "stamps", "scenes"]), default="openmoji", show_default=True
)
@click.option("--language", default="en", show_default=True, help="Language of names (openmoji, stamps).")
@click.option("--recipe", default="standard", show_default=True, help="Features: baseline, standard, strong.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False),
    default="classicxm-demo.html",
    show_default=True,
    help="The page.",
)
@execution_options
def demo(dataset, language, recipe, html, n_jobs, on_error, cache):
    """Fit and measure on a data set that needs no download, and write a page of example answers."""
    from classicxm.demo import run_demo

    run_demo(dataset, language, recipe, Path(html), n_jobs, on_error, cache, say=click.echo)


def _report(problems, skipped, empty):
    """One line on stderr for every item that did not go in as it should."""
    for note in [*problems, *skipped, *empty]:
        click.echo(f"classicxm: {note}", err=True)


def _write_json(path, value):
    Path(path).write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
