"""MIRFlickr-25K (Huiskes and Lew 2008): 25000 photos with the tags of their owners and 24 topics."""

from __future__ import annotations

import re
from pathlib import Path

from classicxm.datasets.collection import Collection
from classicxm.datasets.record_files import Records, read_lines, require
from classicxm.errors import CollectionError

__all__ = ["load_mirflickr"]

#: The paper proposes 15000 photos for training and 10000 for testing; no file of the set lists them, so that here of
#: every five in their order three are for training.
PERIOD, N_TRAIN = 5, 3
_PHOTO, _TAGS = re.compile(r"im([0-9]+)\.jpg"), re.compile(r"tags([0-9]+)\.txt")


def load_mirflickr(folder: str | Path, relevant: bool = False, on_error: str = "raise") -> Collection:
    """Photos, tags and topics.

    Parameters
    ----------
    folder : path
        Holds ``mirflickr`` (``im1.jpg``, ``meta/tags/tags1.txt``) and ``mirflickr25k_annotations_v080`` (``baby.txt``,
        numbers of photos a line), or is ``mirflickr`` with the annotations in it or beside it.
    relevant : bool, default=False
        Take the topics for which a photo is a salient example (``baby_r1.txt``, 14 topics) instead of those it shows.
    on_error : {"raise", "skip"}
        Whether a photo without a file of tags stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("im1"), "image", "text" (tags as one text; absent where there are none), "label" (list of
        topics, absent where there are none) and "split": of every five photos in their order three are "train" and
        two "test", 15000 and 10000 as the paper proposes. No list of the set says which, and papers on hashing draw
        2000 queries from all instead.

    Raises
    ------
    CollectionError
        For folders that are missing, and annotations that name no photo.
    """
    folder = Path(folder).absolute()
    photos = folder if (folder / "im1.jpg").is_file() else require(folder, "mirflickr")
    annotations = next(
        (path for path in _places(folder, photos) if any(path.glob("*.txt"))),
        None,
    )
    if annotations is None:
        raise CollectionError(
            f"{folder} has no mirflickr25k_annotations_v080 with topics; unpack its archive there"
        )
    topics = _topics(annotations, relevant)
    found = Records(on_error, folder)
    tagged = photos / "meta" / "tags"
    numbers = {*_numbers(photos, _PHOTO), *_numbers(tagged, _TAGS), *topics}
    for number in sorted(numbers):
        tags = tagged / f"tags{number}.txt"
        if not tags.is_file():
            found.refuse(f"im{number}", f"{tags} does not exist; unpack mirflickr25k.zip again")
            continue
        record = {
            "id": f"im{number}",
            "image": photos / f"im{number}.jpg",
            "split": "train" if (number - 1) % PERIOD < N_TRAIN else "test",
        }
        if text := " ".join(line for _, line in read_lines(tags, allow_empty=True)):
            record["text"] = text
        if number in topics:
            record["label"] = topics[number]
        found.add(record, "image", tags.name)
    return found.collection("mirflickr25k", "mirflickr/im1.jpg and meta/tags/tags1.txt")


def _numbers(folder: Path, form: re.Pattern[str]) -> list[int]:
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [int(match[1]) for match in map(form.fullmatch, names) if match]


def _places(folder: Path, photos: Path) -> list[Path]:
    names = ("mirflickr25k_annotations_v080", "annotations_v080", "annotations")
    return [place / name for place in (folder, photos, photos.parent) for name in names]


def _topics(annotations: Path, relevant: bool) -> dict[int, list[str]]:
    """Number of a photo -> its topics in the order of the alphabet."""
    topics: dict[int, list[str]] = {}
    for path in sorted(annotations.glob("*.txt")):
        salient = path.stem.endswith("_r1")
        if path.stem.lower() == "readme" or salient != relevant:
            continue
        for line, text in read_lines(path):
            if not (text.isascii() and text.isdecimal()):
                raise CollectionError(
                    f"{path}: line {line}: expected the number of a photo, got {text[:40]!r}"
                )
            of_photo = topics.setdefault(int(text), [])
            if (topic := path.stem.removesuffix("_r1")) in of_photo:
                raise CollectionError(f"{path}: line {line} names photo {text} a second time; fetch it again")
            of_photo.append(topic)
    return topics
