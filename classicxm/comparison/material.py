"""Items and features of a comparison as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Material", "labels_of"]


@dataclass
class Material:
    """Items and features of a comparison.

    Attributes
    ----------
    name : str
    train, test : list of dict
        Records, in the order of the features' rows.
    modalities : list of str
    features : dict of str to FeatureSet
    split : str
        How training and test items were told apart.
    order : list of dict
        All records in the order of the source, which files without ids follow.
    skipped : list
        Items left out, and why.
    """

    name: str
    train: list
    test: list
    modalities: list
    features: dict
    split: str
    order: list
    skipped: list = field(default_factory=list)

    def labels(self, split: str) -> list[Any]:
        """One label per item of a split; ValueError where an item has none."""
        return labels_of(self.name, getattr(self, split))


def labels_of(name: str, records: Sequence[Mapping[str, Any]]) -> list[Any]:
    """One label per record; ValueError that names the first item without one."""
    for record in records:
        if record.get("label") is None:
            raise ValueError(
                f"{name}: item {record['id']!r} has no label, and what shares a label is relevant; add labels, or let "
                "the query's own partner be the one relevant item (--relevance instance)"
            )
    return [record["label"] for record in records]
