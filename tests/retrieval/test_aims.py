"""What a collection is for."""

import pytest

from classicxm.retrieval import aim_of
from classicxm.retrieval.aims import known_labels


@pytest.mark.parametrize(
    ("labels", "aim"),
    [
        (["a", "a", "b", "b"], "class"),
        ([["a", "b"], ["b"], ["c", "d"], ["d"]], "class"),
        ([["a"], ["b"], ["c"], []], "partner"),
        (["a", "b", "c", "c"], "partner"),
        (["a", "a", "a"], "partner"),
        ([], "partner"),
        (None, "partner"),
    ],
)
def test_labels_are_classes_where_most_items_share_theirs(labels, aim):
    assert aim_of(labels)[0] == aim


def test_an_item_without_label_has_none_of_the_classes():
    assert known_labels(["sea", None, ["sky"]]) == ["sea", [], ["sky"]]
    assert known_labels([None]) is None and known_labels(None) is None
    assert aim_of(known_labels(["sea", "sea", None, "sky", "sky"]))[0] == "class"
