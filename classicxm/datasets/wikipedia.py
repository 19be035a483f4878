"""The Wikipedia articles of Rasiwasia et al. (2010): ten classes, image and text features, and the texts.

The official folder holds ``raw_features.mat`` (I_tr, T_tr, I_te, T_te), ``trainset_txt_img_cat.list`` and
``testset_txt_img_cat.list`` (text id, image id, class 1..10 per line), ``categories.list`` and ``texts/ID.xml``.
"""

import html
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from classicxm.datasets.collection import Collection, Problem
from classicxm.datasets.matlab_files import read_mat
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.text import read_text

__all__ = ["load_wikipedia", "load_wikipedia_texts"]

_MATRICES = {"train": ("I_tr", "T_tr"), "test": ("I_te", "T_te")}
_TEXT = re.compile(r"<text>(.*?)</text>", re.DOTALL)


def load_wikipedia(folder: str | PathLike[str]) -> Bunch:
    """The published features: 128 visual words per image, 10 topics per text.

    Parameters
    ----------
    folder : path
        The official layout.

    Returns
    -------
    Bunch
        ``train`` (2173 rows) and ``test`` (693 rows), each a Bunch of ``image`` (n, 128) and ``text`` (n, 10), both
        float64, ``labels`` (n,) int from 1 to 10, ``text_ids`` and ``image_ids`` (lists of str); and
        ``categories``, the names of classes 1 to 10.

    Raises
    ------
    CollectionError
        For a file that is missing or unreadable, and where lists and matrices disagree.
    """
    folder = Path(folder)
    path = _require(folder, "raw_features.mat")
    matrices = read_mat(path)
    categories = _read_categories(folder)
    return Bunch(
        **{split: _load_split(folder, split, matrices, path, len(categories)) for split in _MATRICES},
        categories=categories,
    )


def load_wikipedia_texts(folder: str | PathLike[str]) -> Collection:
    """The articles' own words as a collection.

    Parameters
    ----------
    folder : path
        The official layout with ``texts``; the features are not needed.

    Returns
    -------
    Collection
        Per item: "id" (text id), "text", "image" (where the folder has ``images/CATEGORY/IMAGE_ID.jpg``), "label"
        (category name), "split" ("train" or "test") and the column "image_id".

    Raises
    ------
    CollectionError
        For a file that is missing or holds no text.
    """
    folder = Path(folder)
    categories = _read_categories(folder)
    records: list[dict[str, Any]] = []
    for split in _MATRICES:
        for text_id, image_id, label in _read_list(folder, split, len(categories)):
            record: dict[str, Any] = {
                "id": text_id,
                "text": _read_article(_require(folder, f"texts/{text_id}.xml")),
                "label": categories[label - 1],
                "split": split,
                "image_id": image_id,
            }
            image = folder.absolute() / "images" / record["label"] / f"{image_id}.jpg"
            if image.is_file():
                record["image"] = image
            records.append(record)
    has_images = any("image" in record for record in records)
    problems = [
        Problem(
            record["id"], f"has no picture in {folder / 'images'}, where others have one; its text is kept"
        )
        for record in records
        if has_images and "image" not in record
    ]
    return Collection(records, root=folder.absolute(), name="wikipedia", problems=problems)


def _load_split(
    folder: Path, split: str, matrices: Mapping[str, np.ndarray], path: Path, n_categories: int
) -> Bunch:
    rows = _read_list(folder, split, n_categories)
    views = {}
    for modality, name in zip(("image", "text"), _MATRICES[split], strict=True):
        if name not in matrices:
            raise CollectionError(f"{path} has no matrix {name}; expected I_tr, T_tr, I_te and T_te")
        views[modality] = np.asarray(matrices[name], dtype=np.float64)
        if len(views[modality]) != len(rows):
            raise CollectionError(
                f"{path}: {name} has {len(views[modality])} rows, but {split}set_txt_img_cat.list has "
                f"{len(rows)} lines; both must describe the same items"
            )
        if not np.isfinite(views[modality]).all():
            raise CollectionError(f"{path}: {name} holds NaN or infinity; fetch the file again")
    text_ids, image_ids, labels = zip(*rows, strict=True)
    return Bunch(**views, labels=np.array(labels), text_ids=list(text_ids), image_ids=list(image_ids))


def _require(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise CollectionError(
            f"{path} is missing; expected the official layout: raw_features.mat, trainset_txt_img_cat.list, "
            "testset_txt_img_cat.list, categories.list, texts/ID.xml"
        )
    return path


def _read_lines(path: Path) -> list[str]:
    return [line.strip() for line in _text_of(path).splitlines() if line.strip()]


def _text_of(path: Path) -> str:
    try:
        return read_text(path)
    except MediaDecodeError as error:
        raise CollectionError(f"{path} {error.reason}; fetch it again") from None


def _read_categories(folder: Path) -> list[str]:
    path = _require(folder, "categories.list")
    categories = _read_lines(path)
    if not categories:
        raise CollectionError(f"{path} is empty; expected one category a line")
    if len(set(categories)) < len(categories):
        raise CollectionError(f"{path} names a category twice; fetch it again")
    return categories


def _read_list(folder: Path, split: str, n_categories: int) -> list[tuple[str, str, int]]:
    """Triples of text id, image id and class number."""
    path = _require(folder, f"{split}set_txt_img_cat.list")
    rows = []
    for number, line in enumerate(_read_lines(path), start=1):
        match = re.fullmatch(r"(\S+)\s+(\S+)\s+(\d+)", line)
        if match is None or not 1 <= int(match[3]) <= n_categories:
            raise CollectionError(
                f"{path}: line {number}: expected a text id, an image id and a class from 1 to {n_categories}, "
                f"got {line[:100]!r}"
            )
        rows.append((match[1], match[2], int(match[3])))
    if not rows:
        raise CollectionError(f"{path} is empty; expected one item per line")
    return rows


def _read_article(path: Path) -> str:
    """The content of an article's <text> element.

    A third of the published files are not well-formed XML (bare ampersands, undeclared entities), so the element
    is cut out of the file rather than parsed.
    """
    match = _TEXT.search(_text_of(path))
    text = html.unescape(match[1]).strip() if match else ""
    if not text:
        raise CollectionError(f"{path} holds no <text> element with words in it; fetch it again")
    return text
