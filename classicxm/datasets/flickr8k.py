"""Flickr8k (Hodosh, Young and Hockenmaier 2013): 8000 photos with five captions each, in the official splits."""

from __future__ import annotations

import re
from pathlib import Path

from classicxm.datasets.collection import Collection, OnError
from classicxm.datasets.manifest import load_collection
from classicxm.datasets.record_files import Records, read_lines, require
from classicxm.errors import CollectionError

__all__ = ["load_flickr8k"]

LISTS = {"train": "train", "val": "dev", "test": "test"}
_CAPTION = re.compile(r"(?P<photo>\S+?\.jpg)\S*#(?P<number>\d)\s+(?P<caption>.+)")


def load_flickr8k(folder: str | Path, on_error: OnError = "raise") -> Collection:
    """Photos and captions.

    Parameters
    ----------
    folder : path
        A folder with ``manifest.jsonl``; or the official layout: ``Flickr8k.token.txt``, ``Flickr_8k.trainImages.txt``,
        ``Flickr_8k.devImages.txt``, ``Flickr_8k.testImages.txt`` and the photos in ``Flicker8k_Dataset``. Captions and
        lists may also lie in ``Flickr8k_text``.
    on_error : {"raise", "skip"}
        Whether a listed photo that is missing or has no caption stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("1000268201_693b08cb0e"), "image", "text" (list of five captions) and "split" ("train" 6000,
        "val" 1000, "test" 1000). The 92 photos of the archive that no list names are left out.

    Raises
    ------
    CollectionError
        For files that are missing or not of that form.
    """
    folder = Path(folder).absolute()
    if (folder / "manifest.jsonl").is_file():
        return load_collection(folder, on_error=on_error)
    texts = require(folder, "Flickr8k.token.txt", "Flickr8k_text/Flickr8k.token.txt").parent
    photos = require(folder, "Flicker8k_Dataset", "Flickr8k_Dataset")
    captions = _captions(texts / "Flickr8k.token.txt")
    found = Records(on_error, folder)
    for split, called in LISTS.items():
        listed = require(texts, f"Flickr_8k.{called}Images.txt")
        for number, name in read_lines(listed):
            item = Path(name).stem
            if name not in captions:
                found.refuse(item, f"{listed}: line {number}: {name} has no caption in Flickr8k.token.txt")
                continue
            record = {"id": item, "image": photos / name, "text": captions[name], "split": split}
            found.add(record, "image", f"{listed}: line {number}")
    return found.collection("flickr8k", f"the photos of Flickr_8k.trainImages.txt in {photos.name}")


def _captions(path: Path) -> dict[str, list[str]]:
    """Photo -> captions in their order; the published file has one photo whose name ends in ``.jpg.1``."""
    numbered: dict[str, list[tuple[int, str]]] = {}
    seen: set[str] = set()
    for number, line in read_lines(path):
        match = _CAPTION.fullmatch(line)
        if match is None:
            raise CollectionError(
                f"{path}: line {number}: expected PHOTO.jpg#0, a tab and a caption, got {line[:80]!r}"
            )
        key = line[: match.start("caption")].strip()
        if key in seen:
            raise CollectionError(f"{path}: line {number} has {key} a second time; fetch it again")
        seen.add(key)
        numbered.setdefault(match["photo"], []).append((int(match["number"]), match["caption"].strip()))
    return {photo: [caption for _, caption in sorted(several)] for photo, several in numbered.items()}
