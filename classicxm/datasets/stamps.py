"""Tux Paint's stamps: pictures with a one-line description in many languages, some with a sound, by folder."""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from classicxm.datasets.collection import Collection, Problem
from classicxm.datasets.partition import split_by_hash
from classicxm.datasets.raster import cache_folder, rasterise
from classicxm.errors import CollectionError, MediaDecodeError, MissingExtraError
from classicxm.media.contents import contents
from classicxm.media.text import read_text

__all__ = ["ATTRIBUTION", "FOLDERS", "load_stamps"]

logger = logging.getLogger(__name__)

ATTRIBUTION = "Stamps of the Tux Paint project (tuxpaint.org) and its contributors."
FOLDERS = (
    "/usr/share/tuxpaint/stamps",
    "/usr/local/share/tuxpaint/stamps",
    "/opt/homebrew/share/tuxpaint/stamps",
    "/Applications/Tux Paint.app/Contents/Resources/share/tuxpaint/stamps",
    "C:/Program Files/TuxPaint/data/stamps",
)
_SVG_SIDE = 256
_TRANSLATION = re.compile(r"([\w.@-]+?)\.utf8\s*=(.*)")


def load_stamps(
    language: str = "en", folder: str | PathLike[str] | None = None, cache: str | PathLike[str] | None = None
) -> Collection:
    """The stamps of an installed Tux Paint.

    Parameters
    ----------
    language : str, default="en"
        Language of the descriptions ("de", "pt_BR", ...). Where a stamp has none in it, the English one stands
        in; the column "language" says which it is, and a logged warning counts them.
    folder : path, optional
        Where the stamps lie; by default the first of `FOLDERS` that exists.
    cache : path, optional
        Where stamps that exist only as SVG are drawn; by default the user's cache folder.

    Returns
    -------
    Collection
        Per item: "id" (path without extension), "image", "text", "audio" (where the stamp has a sound), "label"
        (top-level folder), "split" (a fifth is "test", by a hash of the id), and the column "language". Pictures
        without a description, and SVG files that cannot be drawn, are in ``problems``.

    Raises
    ------
    CollectionError
        If no stamps are found.
    ValueError
        If no stamp is described in the language.
    """
    root = _find(folder)
    records, problems = [], []
    drawings: dict[str, tuple[Path, Path]] = {}
    languages: set[str] = set()
    for stem, picture in sorted(_pictures(root).items()):
        description = root / f"{stem}.txt"
        try:
            descriptions = parse_description(read_text(description)) if description.is_file() else {}
        except MediaDecodeError as error:
            problems.append(Problem(stem, str(error)))
            continue
        if "en" not in descriptions:
            problems.append(Problem(stem, f"no English first line in {stem}.txt, or no such file; left out"))
            continue
        languages.update(descriptions)
        used = language if language in descriptions else "en"
        if picture.suffix.lower() == ".svg":
            drawings[stem] = (picture, _drawing(stem, picture, cache))
            picture = drawings[stem][1]
        record = {"id": stem, "image": picture, "text": descriptions[used], "label": stem.split("/")[0]}
        sound = root / f"{stem}.ogg"
        if sound.is_file():
            record["audio"] = sound
        records.append({**record, "split": split_by_hash(stem), "language": used})
    if not records:
        raise CollectionError(f"{root} holds no picture with a description (NAME.png beside NAME.txt)")
    if language not in languages:
        raise ValueError(f"language must be one of {', '.join(sorted(languages))}, got {language!r}")
    undrawn = _draw(drawings)
    problems += [Problem(stem, reason) for stem, reason in undrawn.items()]
    records = [record for record in records if record["id"] not in undrawn]
    _report_fallbacks(records, language)
    return Collection(records, root=root, name="stamps", problems=problems, attribution=ATTRIBUTION)


def parse_description(content: str) -> dict[str, str]:
    """A stamp's text file as a dict of language to description.

    The first line is English; the others read ``xx.utf8=description``.

    >>> parse_description("A dog.\\nde.utf8=Ein Hund.\\n")
    {'en': 'A dog.', 'de': 'Ein Hund.'}
    """
    first, *others = content.split("\n")
    descriptions = {"en": first.strip()}
    for line in others:
        match = _TRANSLATION.fullmatch(line.strip())
        if match:
            descriptions[match[1]] = match[2].strip()
    return {language: text for language, text in descriptions.items() if text}


def _find(folder: str | PathLike[str] | None) -> Path:
    candidates = [Path(folder).absolute()] if folder is not None else [Path(name) for name in FOLDERS]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise CollectionError(
        f"no Tux Paint stamps in {' or '.join(map(str, candidates[:3]))}; install them (on Debian: "
        "apt install tuxpaint-stamps-default) or pass folder="
    )


def _pictures(root: Path) -> dict[str, Path]:
    """Stem -> picture; a png is preferred to an svg of the same stem."""
    found = {}
    for extension in (".svg", ".png"):
        for path in root.rglob(f"*{extension}"):
            found[path.relative_to(root).with_suffix("").as_posix()] = path
    return found


def _drawing(stem: str, picture: Path, cache: str | PathLike[str] | None) -> Path:
    """Where the drawing of an SVG is kept: named by its content, so that another release is drawn anew."""
    digest = hashlib.blake2b(contents(picture)[1], digest_size=6).hexdigest()
    return cache_folder(f"stamps-{_SVG_SIDE}", cache) / f"{stem.replace('/', '-')}-{digest}.png"


def _draw(drawings: Mapping[str, tuple[Path, Path]]) -> dict[str, str]:
    """Draw SVG stamps; a dict of the stems that could not be drawn to the reason."""
    try:
        failed = rasterise(list(drawings.values()), _SVG_SIDE, "drawing stamps")
    except MissingExtraError as error:
        return dict.fromkeys(drawings, f"drawn as SVG only; {error}")
    return {stem: failed[source] for stem, (source, _) in drawings.items() if source in failed}


def _report_fallbacks(records: Sequence[Mapping[str, Any]], language: str) -> None:
    n_english = sum(record["language"] != language for record in records)
    if n_english:
        logger.warning(
            "%d of %d stamps have no description in %r; the English one stands in",
            n_english,
            len(records),
            language,
        )
