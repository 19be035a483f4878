"""Items and features of a comparison as one value."""

import pytest

from classicxm.comparison.material import Material, labels_of

RECORDS = [{"id": "a", "label": "dog"}, {"id": "b", "label": ["cat", "dog"]}, {"id": "c"}]


def test_labels_of_a_split():
    material = Material("set", RECORDS[:1], RECORDS[1:2], ["text"], {}, "own", RECORDS)
    assert material.labels("train") == ["dog"] and material.labels("test") == [["cat", "dog"]]
    assert material.skipped == [] and labels_of("set", []) == []


def test_an_item_without_a_label_is_named():
    with pytest.raises(
        ValueError, match="set: item 'c' has no label, and what shares a label is relevant; add labels"
    ):
        labels_of("set", RECORDS)
