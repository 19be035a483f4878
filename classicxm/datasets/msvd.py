"""MSVD (Chen and Dolan 2011): 1970 short clips from YouTube with about forty English descriptions each."""

from __future__ import annotations

import re
from pathlib import Path

from classicxm.datasets.collection import Collection
from classicxm.datasets.record_files import Records, read_lines, require
from classicxm.errors import CollectionError

__all__ = ["load_msvd"]

#: The split of Venugopalan et al. (2015) by the clip's number: the last of each part.
LAST = {"train": 1200, "val": 1300, "test": 1970}
_CLIP = re.compile(r"\S+_\d+_\d+")
_NUMBERED = re.compile(r"(?P<clip>\S+)\s+vid(?P<number>\d+)")


def load_msvd(folder: str | Path, on_error: str = "raise") -> Collection:
    """Clips and descriptions in the split that papers use.

    Parameters
    ----------
    folder : path
        Has ``AllVideoDescriptions.txt`` (a clip and one description per line), ``youtube_mapping.txt`` (a clip and
        ``vid1`` to ``vid1970`` a line) and ``YouTubeClips/CLIP.avi``.
    on_error : {"raise", "skip"}
        Whether a numbered clip that is missing or has no description stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("-4wsuPCjDBc_5_15": the film, first and last second), "video", "text" (list of
        descriptions), "split" ("train" for the clips numbered 1 to 1200, "val" to 1300, "test" to 1970) and the
        columns "number" (int) and "film". Clips of one film may lie in several splits.

    Raises
    ------
    CollectionError
        For files that are missing or not of that form.
    """
    folder = Path(folder).absolute()
    described = require(folder, "AllVideoDescriptions.txt")
    numbered = require(folder, "youtube_mapping.txt")
    clips = require(folder, "YouTubeClips")
    texts = _descriptions(described)
    found = Records(on_error, folder)
    taken: dict[int, str] = {}
    for line, text in read_lines(numbered):
        match = _NUMBERED.fullmatch(text)
        if match is None or not 1 <= int(match["number"]) <= LAST["test"]:
            raise CollectionError(
                f"{numbered}: line {line}: expected a clip and vid1 to vid1970, got {text[:80]!r}"
            )
        clip, number = match["clip"], int(match["number"])
        if taken.setdefault(number, clip) != clip:
            raise CollectionError(
                f"{numbered}: line {line}: {taken[number]} is vid{number} already, not {clip}"
            )
        if clip not in texts:
            found.refuse(clip, f"{numbered}: line {line}: {clip} has no description in {described.name}")
            continue
        record = {
            "id": clip,
            "video": clips / f"{clip}.avi",
            "text": texts[clip],
            "split": next(split for split, last in LAST.items() if number <= last),
            "number": number,
            "film": clip.rsplit("_", 2)[0],
        }
        found.add(record, "video", f"{numbered}: line {line}")
    found.records.sort(key=lambda record: record["number"])
    return found.collection("msvd", "the clips of youtube_mapping.txt in YouTubeClips")


def _descriptions(path: Path) -> dict[str, list[str]]:
    """Clip -> descriptions; lines that begin with # are comments."""
    texts: dict[str, list[str]] = {}
    for line, text in read_lines(path):
        if text.startswith("#"):
            continue
        clip, _, description = text.partition(" ")
        if not _CLIP.fullmatch(clip) or not description.strip():
            raise CollectionError(
                f"{path}: line {line}: expected CLIP_FIRST_LAST and a description, got {text[:80]!r}"
            )
        texts.setdefault(clip, []).append(description.strip())
    return texts
