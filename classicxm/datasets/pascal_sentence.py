"""Pascal Sentence (Rashtchian et al. 2010): 1000 photos of twenty classes with five captions each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from classicxm.datasets.collection import Collection, OnError
from classicxm.datasets.manifest import load_collection
from classicxm.datasets.record_files import Records, read_lines
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.contents import contents

__all__ = ["load_pascal_sentence"]

#: Photos of a class that are for testing; the set has no official split, papers take 40 and 10 of each class.
TEST_SHARE = 0.2


def load_pascal_sentence(folder: str | Path, on_error: OnError = "raise") -> Collection:
    """Photos and captions.

    Parameters
    ----------
    folder : path
        A folder with ``manifest.jsonl``; the set's own page, ``index.html`` beside a folder of photos a class; or
        ``dataset/CLASS/NAME.jpg`` with ``sentence/CLASS/NAME.txt``, one caption per line.
    on_error : {"raise", "skip"}
        Whether a photo without captions, or captions without a photo, stop or are left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("2008_000716"), "image", "text" (list of captions), "label" (the class) and "split". There is no
        official split: a manifest has its own, elsewhere the fifth of each class whose names have the lowest hashes is
        "test" (40 and 10 photos), the same on every machine.

    Raises
    ------
    CollectionError
        If the folder has none of the layouts.
    """
    folder = Path(folder).absolute()
    if (folder / "manifest.jsonl").is_file():
        return load_collection(folder, on_error=on_error)
    found = Records(on_error, folder)
    for photo, captions in _pairs(folder):
        item = photo.stem
        if not captions:
            found.refuse(item, f"{photo} has no captions; expected five")
            continue
        record = {"id": item, "image": photo, "text": captions, "label": photo.parent.name}
        found.add(record, "image", str(folder))
    _split(found.records)
    return found.collection(
        "pascal-sentence",
        "manifest.jsonl, index.html, or dataset/CLASS/NAME.jpg and sentence/CLASS/NAME.txt",
    )


def _pairs(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Photos with their captions, in whichever layout."""
    if (folder / "dataset").is_dir():
        photos = sorted((folder / "dataset").glob("*/*.jpg"))
        described = (folder / "sentence").glob("*/*.txt")
        alone = {folder / "dataset" / one.parent.name / f"{one.stem}.jpg" for one in described} - set(photos)
        for photo in sorted([*photos, *alone]):
            path = folder / "sentence" / photo.parent.name / f"{photo.stem}.txt"
            yield photo, [line for _, line in read_lines(path, allow_empty=True)] if path.is_file() else []
    elif (folder / "index.html").is_file():
        page = _Page()
        try:
            page.feed(contents(folder / "index.html")[1].decode("utf-8", "replace"))
        except MediaDecodeError as error:
            raise CollectionError(f"{folder / 'index.html'} {error.reason}") from None
        for source, captions in page.photos:
            parts = PurePosixPath(unquote(source)).parts
            if len(parts) >= 2 and ".." not in parts:
                yield folder.joinpath(*parts[-2:]), captions


class _Page(HTMLParser):
    """Photos of the page in their order, each with the texts of the cells that follow it."""

    def __init__(self) -> None:
        super().__init__()
        self.photos: list[tuple[str, list[str]]] = []
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_cell()
        source = dict(attrs).get("src") or ""
        if tag == "img" and source.lower().endswith((".jpg", ".jpeg")):
            self.photos.append((source, []))
        elif tag == "td":
            self.cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def _end_cell(self) -> None:
        text = " ".join(" ".join(self.cell or ()).split())
        if text and self.photos:
            self.photos[-1][1].append(text)
        self.cell = None


def _split(records: list[dict[str, Any]]) -> None:
    by_class: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_class.setdefault(record["label"], []).append(record)
    for members in by_class.values():
        ordered = sorted(members, key=lambda one: hashlib.sha256(one["id"].encode()).hexdigest())
        n_test = round(TEST_SHARE * len(ordered))
        for place, record in enumerate(ordered):
            record["split"] = "test" if place < n_test else "train"
