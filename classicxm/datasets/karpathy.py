"""Photos and captions in Karpathy's splits (Karpathy and Fei-Fei 2015), which papers on captions use: Flickr30k, COCO.

``caption_datasets.zip`` holds ``dataset_flickr8k.json``, ``dataset_flickr30k.json`` and ``dataset_coco.json``: for
every photo its file name, its split and its captions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classicxm.datasets.collection import Collection
from classicxm.datasets.record_files import Records, require
from classicxm.errors import CollectionError
from classicxm.media.contents import contents

__all__ = ["load_coco", "load_flickr30k", "read_karpathy"]

SPLITS = ("train", "restval", "val", "test")


def load_flickr30k(folder: str | Path, on_error: str = "raise") -> Collection:
    """Flickr30k (Young et al. 2014): 29000 training, 1014 validation and 1000 test photos.

    Parameters
    ----------
    folder : path
        Has ``dataset_flickr30k.json`` and the photos in ``flickr30k-images``.
    on_error : {"raise", "skip"}
        Whether a missing photo stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("1000092795"), "image", "text" (list of five captions) and "split" ("train", "val" or "test").

    Raises
    ------
    CollectionError
        For files that are missing or not of that form.
    """
    folder = Path(folder).absolute()
    photos = require(folder, "flickr30k-images", "flickr30k_images")
    listed = require(folder, "dataset_flickr30k.json")
    return read_karpathy(listed, lambda entry: photos / entry["filename"], folder, "flickr30k", on_error)


def load_coco(folder: str | Path, restval: str | None = "train", on_error: str = "raise") -> Collection:
    """MS-COCO captions (Chen et al. 2015): 113287 training, 5000 validation and 5000 test photos.

    Parameters
    ----------
    folder : path
        Has ``dataset_coco.json`` and the photos in ``train2014`` and ``val2014``.
    restval : {"train", "restval"} or None, default="train"
        Where the 30504 photos of the original validation set go that Karpathy keeps for training; None leaves them out.
    on_error : {"raise", "skip"}
        Whether a missing photo stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("391895", COCO's own number), "image", "text" (list of five captions or more) and "split".

    Raises
    ------
    CollectionError
        For files that are missing or not of that form.
    """
    if restval not in ("train", "restval", None):
        raise ValueError(f"restval must be 'train', 'restval' or None, got {restval!r}")
    folder = Path(folder).absolute()
    listed = require(folder, "dataset_coco.json")

    def photo(entry: dict[str, Any]) -> Path:
        return folder / entry["filepath"] / entry["filename"]

    return read_karpathy(listed, photo, folder, "coco", on_error, {"restval": restval})


def read_karpathy(
    listed: Path,
    photo: Callable[[dict[str, Any]], Path],
    folder: Path,
    name: str,
    on_error: str = "raise",
    renamed: dict[str, str | None] | None = None,
) -> Collection:
    """A collection from one of Karpathy's lists.

    Parameters
    ----------
    listed : Path
        The list.
    photo : callable
        The file of an entry of it.
    folder, name
        Of the collection.
    on_error : {"raise", "skip"}
    renamed : dict, optional
        Splits to be called otherwise, or to be left out where the value is None.
    """
    found = Records(on_error, folder)
    for number, entry in enumerate(_entries(listed)):
        try:
            split, captions = entry["split"], [sentence["raw"].strip() for sentence in entry["sentences"]]
            record: dict[str, Any] = {
                "id": str(entry.get("cocoid") or Path(entry["filename"]).stem),
                "image": photo(entry),
                "text": [caption for caption in captions if caption],
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise CollectionError(
                f"{listed}: photo {number} lacks {error}; expected filename, split and sentences with raw"
            ) from None
        if split not in SPLITS:
            raise CollectionError(
                f"{listed}: photo {number}: split must be one of {', '.join(SPLITS)}, got {split!r}"
            )
        split = (renamed or {}).get(split, split)
        if split is None:
            continue
        if not record["text"]:
            found.refuse(record["id"], f"{listed}: photo {number} has no caption with words in it")
            continue
        found.add({**record, "split": split}, "image", f"{listed}: photo {number}")
    return found.collection(name, f"photos that {listed.name} names")


def _entries(listed: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(contents(listed)[1])["images"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CollectionError(
            f"{listed} is no list of Karpathy's ({type(error).__name__}); fetch it again"
        ) from None
    if not isinstance(entries, list):
        raise CollectionError(f"{listed}: images must be a list; fetch it again")
    return entries
