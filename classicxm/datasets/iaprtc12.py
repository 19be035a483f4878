"""IAPR TC-12 (Grubinger et al. 2006): 20000 travel photos with titles and descriptions in sentences."""

from __future__ import annotations

import html
import re
from pathlib import Path

from classicxm.datasets.collection import Collection
from classicxm.datasets.partition import split_by_hash
from classicxm.datasets.record_files import Records, read_lines, require
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.contents import contents

__all__ = ["load_iaprtc12"]

LANGUAGES = {"eng": "English", "ger": "German"}
_FIELD = re.compile(r"<(TITLE|DESCRIPTION|NOTES|LOCATION|DATE|IMAGE)>(.*?)</\1>", re.DOTALL)


def load_iaprtc12(folder: str | Path, language: str = "eng", on_error: str = "raise") -> Collection:
    """Photos and descriptions.

    Parameters
    ----------
    folder : path
        The official layout: ``images/00/25.jpg`` and ``annotations_complete_eng/00/25.eng``.
    language : {"eng", "ger"}, default="eng"
        Of the descriptions.
    on_error : {"raise", "skip"}
        Whether a description that is empty or names a photo that is missing stops, or is left out and listed in
        ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("00/25"), "image", "text" (the description), "split", and the columns "title" and
        "location". The set has no official split: where ``iaprtc12_train_list.txt`` and ``iaprtc12_test_list.txt``
        (Makadia et al. 2008, 17665 and 1962 photos) lie in the folder they are it, and what they do not name has
        none; elsewhere a fifth is "test" by a hash of the id.

    Raises
    ------
    CollectionError
        If the folder has not that layout.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    folder = Path(folder).absolute()
    annotations = require(folder, f"annotations_complete_{language}")
    images = require(folder, "images")
    splits = _lists(folder)
    found = Records(on_error, folder)
    items = {f"{path.parent.name}/{path.stem}" for path in annotations.glob(f"*/*.{language}")}
    items |= {f"{path.parent.name}/{path.stem}" for path in images.glob("*/*.jpg")} | set(splits)
    for item in sorted(items, key=lambda one: (one.rpartition("/")[0], len(one), one)):
        path = annotations / f"{item}.{language}"
        if not path.is_file():
            found.refuse(
                item, f"{path} does not exist, but a photo or a list names it; unpack the archive again"
            )
            continue
        fields = _fields(path)
        if not fields.get("DESCRIPTION"):
            found.refuse(item, f"{path} has no <DESCRIPTION> with words in it")
            continue
        record = {
            "id": item,
            "image": images / f"{item}.jpg",
            "text": fields["DESCRIPTION"],
            "title": fields.get("TITLE", ""),
            "location": fields.get("LOCATION", ""),
        }
        split = splits.get(item) if splits else split_by_hash(item)
        found.add(record | ({"split": split} if split else {}), "image", str(path))
    return found.collection(
        "iaprtc12", f"annotations_complete_{language}/00/25.{language} and images/00/25.jpg"
    )


def _fields(path: Path) -> dict[str, str]:
    """The elements of a description; the files are Latin-1 and not all of them well-formed XML."""
    try:
        content = contents(path)[1].decode("latin-1")
        if "\0" in content:
            raise CollectionError(f"{path} holds a zero byte; fetch it again")
    except MediaDecodeError as error:
        raise CollectionError(f"{path} {error.reason}; fetch it again") from None
    return {name: " ".join(html.unescape(value).split()) for name, value in _FIELD.findall(content)}


def _lists(folder: Path) -> dict[str, str]:
    """Id -> split, of the lists that lie there."""
    splits: dict[str, str] = {}
    lists = {split: folder / f"iaprtc12_{split}_list.txt" for split in ("train", "test")}
    if not any(path.exists() for path in lists.values()):
        return splits
    for split, path in lists.items():
        for number, line in read_lines(path):
            item = "/".join(Path(line).with_suffix("").parts[-2:])
            if item in splits:
                raise CollectionError(
                    f"{path}: line {number} names {item} a second time; fetch the lists again"
                )
            splits[item] = split
    return splits
