"""Divisions into training and test items: by each item's own name, or drawn with the shares of the classes kept."""

import hashlib
import unicodedata
from typing import Any, Literal

import numpy as np

from classicxm.datasets.collection import GROUPS, Collection
from classicxm.errors import CollectionError
from classicxm.labels import class_indicators, group_numbers
from classicxm.parameters import Integer, Real, check_value

__all__ = ["hold_out", "split_by_hash"]


def split_by_hash(name: str, test_share: float = 0.2) -> Literal["train", "test"]:
    """The split of one item: "test" for about ``test_share`` of all names, "train" for the rest.

    An item keeps its side whatever else the collection holds: the BLAKE2 digest of its name, read as a fraction
    of the largest digest, is compared with ``test_share``. Names are compared in composed form (NFC).

    Parameters
    ----------
    name : str
    test_share : float, default=0.2
        From 0 to 1.

    Examples
    --------
    >>> split_by_hash("1F600"), split_by_hash("1F601")
    ('test', 'train')
    """
    if not isinstance(name, str):
        raise TypeError(f"a name must be a str, got {name!r:.60} ({type(name).__name__})")
    check_value("test_share", test_share, Real(0, 1))
    composed = unicodedata.normalize("NFC", name)
    digest = hashlib.blake2b(composed.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return "test" if int.from_bytes(digest, "big") < test_share * 2**64 else "train"


def hold_out(
    collection: Collection, share: float = 0.2, random_state: int = 0, groups: str | None = GROUPS
) -> Collection:
    """A collection without splits, divided into "train" and "test" at random.

    Where every item has one label, each class gives its share, rounded so that the whole comes to ``share``; a class
    of one item is trained on. Labels that are mostly different are no classes. Items of one group come to the same
    side, so that shares are as near as whole groups allow.

    Parameters
    ----------
    collection : Collection
    share : float between 0 and 1, default=0.2
        Of the items that become "test".
    random_state : int, default=0
    groups : str or None, default="group"
        The column that says what each item was taken from, see `Collection.groups`; None for no groups.

    Returns
    -------
    Collection of the same items in the same order, with "split".

    Raises
    ------
    CollectionError
        If the collection has splits of its own, or too few items or groups for both.

    Examples
    --------
    >>> from classicxm.datasets import Collection
    >>> pets = Collection([{"id": str(n), "label": "dog" if n % 2 else "cat"} for n in range(10)])
    >>> [record["label"] for record in hold_out(pets).split("test")]
    ['cat', 'dog']
    """
    share = float(check_value("the share held out", share, Real(0, 1, above=True)))
    rng = np.random.default_rng(check_value("the seed", random_state, Integer(0)))
    if collection.split_names:
        raise CollectionError(
            f"{collection.name} has the splits {', '.join(map(repr, collection.split_names))}; hold out items of a "
            "collection without splits only"
        )
    labels = collection.labels
    single = all(isinstance(label, str) for label in labels) and len(set(labels)) < len(labels) / 2
    classes = labels if single else [""] * len(labels)
    order = rng.permutation(len(collection)).tolist()
    numbers = None
    if (known := collection.groups(groups)) is not None:
        indicators = class_indicators(classes, len(classes), min_classes=0)[1]
        numbers = group_numbers(known, indicators)
    if numbers is None:
        held = _shares(classes, order, share)
    else:
        held = _whole_groups(indicators, numbers, order, share)
    if not held or len(held) == len(collection):
        raise CollectionError(
            f"{collection.name} has {len(collection)} items, too few to hold out {share:g} of them"
        )
    records = [
        {**record, "split": "test" if row in held else "train"} for row, record in enumerate(collection)
    ]
    return type(collection)(
        records,
        root=collection.root,
        name=collection.name,
        problems=collection.problems,
        attribution=collection.attribution,
    )


def _shares(classes: list[Any], order: list[int], share: float) -> set[int]:
    """Of every class its first rows in an order, rounded so that the whole comes to ``share``."""
    members: dict[Any, list[int]] = {}
    for row in order:
        members.setdefault(classes[row], []).append(row)
    held, owed = set(), 0.0
    for name in sorted(members, key=str):
        rows = members[name]
        owed += share * len(rows)
        n = int(min(round(owed), len(rows) - 1))
        owed -= n
        held.update(rows[: max(n, 0)])
    return held


def _whole_groups(indicators: np.ndarray, groups: np.ndarray, order: list[int], share: float) -> set[int]:
    """Rows of groups, in an order, that come to ``share``: first those within every class's share, then any."""
    counts = np.zeros((groups.max() + 1, indicators.shape[1]))
    np.add.at(counts, groups, indicators)
    sizes = counts.sum(axis=1)
    left, owed = share * len(groups), np.ceil(share * counts.sum(axis=0))
    nearest = int(np.abs(left - sizes).argmin())
    held: dict[int, None] = {}
    for within in (True, False):
        for group in dict.fromkeys(groups[order].tolist()):
            nearer = abs(left - sizes[group]) < abs(left)
            if group not in held and nearer and (not within or (counts[group] <= owed).all()):
                held[group] = None
                left, owed = left - sizes[group], owed - counts[group]
    return set(np.flatnonzero(np.isin(groups, list(held or [nearest]))).tolist())
