"""Draws SVG files as PNG files in a cache folder, each once."""

import os
import tempfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from tqdm.auto import tqdm

from classicxm.errors import CollectionError, MissingExtraError

__all__ = ["cache_folder", "rasterise"]

_DPI = 96  # resvg-py takes 0 unless told, which makes sizes in mm or pt vanish


def cache_folder(name: str, cache: str | PathLike[str] | None = None) -> Path:
    """The folder ``name`` below ``cache``, or below the user's cache folder; it need not exist.

    The user's cache folder is ``$XDG_CACHE_HOME/classicxm`` or ``~/.cache/classicxm``.
    """
    if cache is None:
        configured = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(configured) if os.path.isabs(configured) else Path.home() / ".cache"
        cache = base / "classicxm"
    return Path(cache).absolute() / name


def rasterise(jobs: Sequence[tuple[Path, Path]], size: int, description: str) -> dict[Path, str]:
    """Draw those pictures that do not exist yet, on white.

    Parameters
    ----------
    jobs : sequence of (Path, Path)
        SVG source and PNG target. A target that exists is kept as it is.
    size : int
        The longer side in pixels.
    description : str
        Named in the progress bar.

    Returns
    -------
    dict of Path to str
        Sources that cannot be drawn, with the reason.

    Raises
    ------
    MissingExtraError
        If something has to be drawn and resvg-py is not installed.
    CollectionError
        If the cache cannot be written.
    """
    waiting = [(source, target) for source, target in jobs if not target.is_file()]
    if not waiting:
        return {}
    try:
        import resvg_py
    except ImportError:
        raise MissingExtraError("demo", "resvg-py") from None
    failed = {}
    for source, target in tqdm(waiting, desc=description, unit="picture", leave=False, delay=2, disable=None):
        try:
            png = resvg_py.svg_to_bytes(
                svg_path=str(source),
                width=size,
                height=size,
                background="#ffffff",
                skip_system_fonts=True,
                dpi=_DPI,
            )
        except ValueError as error:
            failed[source] = " ".join(str(error).split())
            continue
        _write(target, bytes(png))
    return failed


def _write(target: Path, content: bytes) -> None:
    """Write a file in one step, so that an interrupted run leaves no half picture behind."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".drawing-")
        with open(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, target)
    except OSError as error:
        raise CollectionError(
            f"{target.parent}: pictures cannot be written there ({error.strerror}); "
            "pass cache=FOLDER or set XDG_CACHE_HOME to a folder that can"
        ) from None
