"""``classicxm serve``: models as a search page and an HTTP API."""

import os
import webbrowser
from pathlib import Path

import click

from classicxm.cli.options import outside_option
from classicxm.cli.terminal import say_line

__all__ = ["serve"]


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL]...", type=click.Path())
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address; beyond loopback needs --token."
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@click.option("--allow-write", is_flag=True, help="Let the API add and remove items; each change is saved.")
@click.option(
    "--token", envvar="CLASSICXM_TOKEN", help="What every request has to know; or $CLASSICXM_TOKEN."
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="A further name of this server; repeatable."
)
@click.option(
    "--max-upload", default=32, show_default=True, type=click.IntRange(1, 1024), help="MiB of a request."
)
@click.option("--trust", multiple=True, metavar="PACKAGE", help="Whose classes a model may hold; repeatable.")
@click.option("--root", type=click.Path(), help="Where the collection's folder lies now.")
@outside_option
def serve(
    models: tuple[str, ...],
    port: int,
    host: str,
    opens: bool,
    allow_write: bool,
    token: str | None,
    workers: int,
    names: tuple[str, ...],
    max_upload: int,
    trust: tuple[str, ...],
    root: str | None,
    allow_outside: bool,
) -> None:
    """Serve one MODEL or several in the browser; without one the demo's, which is built first."""
    from classicxm.errors import MissingExtraError

    try:
        from classicxm.web.server import Source, run
        from classicxm.web.settings import Limits, Settings
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn", "python_multipart", "multipart", "starlette", "pydantic"):
            raise
        raise MissingExtraError("web", error.name) from None
    settings = Settings(host, token, allow_write, names, Limits(bytes=max_upload << 20))
    if workers > 1 and allow_write:
        raise ValueError(
            "several workers would overwrite what each other saves; give --workers or --allow-write"
        )
    folders = models or (str(demo_model()),)
    sources = [Source(folder, trust, root, allow_outside) for folder in folders]

    def ready(address: str) -> None:
        say_line(f"serving {', '.join(folders)} at {address}")
        if opens:
            webbrowser.open(address)

    run(sources, settings, port, workers, ready)


def demo_model() -> Path:
    """The folder of the demo's model in the user's cache, fitted and saved when it is first asked for."""
    from classicxm.datasets import load_openmoji
    from classicxm.datasets.raster import cache_folder
    from classicxm.retrieval import make_retriever

    folder = Path(os.path.join(cache_folder("models", None), "openmoji"))
    if (folder / "contents.json").exists():
        return folder
    collection = load_openmoji()
    say_line(f"building the demo's model from {len(collection)} items; this is done once, into {folder}")
    retriever = make_retriever("standard", ("text", "image"), n_jobs=-1).fit_collection(collection)
    retriever.save(folder)
    return folder
