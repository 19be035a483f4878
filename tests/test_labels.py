import numpy as np
import pytest

from classicxm.labels import class_folds, class_indicators, group_numbers, label_indicators, label_sets


def test_one_or_several_labels():
    (x, y), classes = label_indicators(query=["b", "a"], gallery=[["a", "c", "a"], "b", []])
    assert classes == ["b", "a", "c"]
    np.testing.assert_array_equal(x.toarray(), [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(y.toarray(), [[0, 1, 1], [1, 0, 0], [0, 0, 0]])


def test_python_and_numpy_numbers_are_the_same_label():
    (x, y), classes = label_indicators(query=[1, 2], gallery=np.array([2, 1]))
    assert len(classes) == 2
    np.testing.assert_array_equal(x.toarray(), y.toarray()[::-1])


def test_bool_table():
    (x,), classes = label_indicators(query=np.array([[True, False, True], [False, False, False]]))
    assert classes == [0, 2]
    np.testing.assert_array_equal(x.toarray(), [[1, 1], [0, 0]])


@pytest.mark.parametrize(
    ("error", "labels", "message"),
    [
        (TypeError, {"query": "sea"}, "query labels must be a sequence"),
        (ValueError, {"query": ["sea", None]}, r"query labels: item 1 has a missing label \(None\)"),
        (ValueError, {"query": [float("nan")]}, r"query labels: item 0 has a missing label \(nan\)"),
        (ValueError, {"query": [["sea", None]]}, r"query labels: item 0 has a missing label \(None\)"),
        (ValueError, {"query": [np.ma.masked]}, r"query labels: item 0 has a missing label \(None\)"),
        (TypeError, {"query": np.eye(2)}, "must be bool"),
        (TypeError, {"query": ["1"], "gallery": [1]}, "text in the query labels and numbers in the gallery"),
        (
            ValueError,
            {"query": np.ones((1, 2), bool), "gallery": np.ones((1, 3), bool)},
            r"same classes as columns, got \[2, 3\]",
        ),
    ],
)
def test_bad_labels(error, labels, message):
    with pytest.raises(error, match=message):
        label_indicators(**labels)


def test_a_word_is_one_class_however_its_accents_are_written():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert label_sets([decomposed, [composed, decomposed], np.str_(decomposed)]) == [(composed,)] * 3
    classes, indicators = class_indicators([composed, decomposed, "tea"], 3)
    assert classes.tolist() == [composed, "tea"] and indicators.tolist() == [[1, 0], [1, 0], [0, 1]]


def test_labels_that_arrow_holds():
    pyarrow = pytest.importorskip("pyarrow")
    assert label_sets(pyarrow.array(["sea", "sky"])) == [("sea",), ("sky",)]
    assert label_sets(pyarrow.chunked_array([[1], [2, 3]])) == [(1,), (2,), (3,)]
    assert label_sets(pyarrow.array([["sea", "sky"], []])) == [("sea", "sky"), ()]
    with pytest.raises(ValueError, match="item 1 has a missing label"):
        label_sets(pyarrow.array(["sea", None]))


def test_sets_have_one_order_and_arrays_without_axes_are_one_label():
    assert label_sets([{"c", "a", "b"}, frozenset("ba"), {3, 1}]) == [("a", "b", "c"), ("a", "b"), (1, 3)]
    assert label_sets([np.array("sea"), np.array(3), np.array(["sea", "sky"])]) == [
        ("sea",),
        (3,),
        ("sea", "sky"),
    ]


def test_items_of_one_group_are_held_out_together_and_shares_are_kept():
    films = [film for film in range(10) for _ in range(4)]
    _, indicators = class_indicators(["sea", "sky", "sea", "sky"] * 10, 40)
    groups = group_numbers(films, indicators)
    for seed in range(3):
        folds = class_folds(40, 5, indicators, seed, groups)
        assert sorted(np.concatenate([held for _, held in folds])) == list(range(40))
        for kept, held in folds:
            assert not set(groups[kept]) & set(groups[held])
            assert indicators[held].sum(axis=0).tolist() == [4, 4]
    assert len(class_folds(40, 5, None, 0, groups % 3)) == 3  # as many folds as groups


def test_groups_are_read_as_labels_and_none_is_a_group_of_its_own():
    assert group_numbers(["caf\u00e9", None, "cafe\u0301", float("nan"), ["a", "b"], ["a", "b"]]).tolist() == [
        0, 1, 0, 2, 3, 3,
    ]  # fmt: skip
    assert group_numbers([1, 1, 1]) is None
    both = np.array([[1, 1], [0, 1]])  # the second class lies in both groups
    assert group_numbers(["a", "b"], both).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"groups: item 1 has the label {.*; groups are read .* or none"):
        group_numbers(["a", {"b": 1}])
