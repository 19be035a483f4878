"""Made-up histories have the tastes and the popularity that were asked for."""

import numpy as np
import pytest

from classicxm.datasets import make_histories

LABELS = np.repeat(["sea", "sky", "sand", "snow"], 25)


def test_tastes_loyalty_and_no_repetition():
    histories = make_histories(LABELS, n_people=100, length=8, n_tastes=1, loyalty=1.0)
    assert all(len(set(history)) == 8 for history in histories)
    assert all(len(set(LABELS[history])) == 1 for history in histories)
    two = make_histories(LABELS, n_people=300, length=8, n_tastes=2, loyalty=1.0)
    assert {len(set(LABELS[history])) for history in two} == {1, 2}
    none = np.concatenate(make_histories(LABELS, n_people=300, length=8, loyalty=0.0, skew=0.0))
    assert np.bincount(none, minlength=100).max() < 3 * len(none) / 100


def test_popularity_follows_the_skew():
    counts = []
    for skew in (0.0, 1.0):
        liked = np.concatenate(make_histories(LABELS, n_people=500, skew=skew))
        counts.append(np.sort(np.bincount(liked, minlength=100))[::-1][:10].sum() / len(liked))
    assert counts[0] < 0.2 < 0.3 < counts[1]


def test_seeded_and_named():
    names = [f"item-{n}" for n in range(100)]
    one = make_histories(LABELS, names, n_people=3)
    assert (
        one == make_histories(LABELS, names, n_people=3) != make_histories(LABELS, names, 3, random_state=1)
    )
    assert set(map(len, one)) == {8} and one[0][0].startswith("item-")
    assert sorted(make_histories(["a", "b"], n_people=1, length=2, n_tastes=1, loyalty=1)[0]) == [0, 1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_people": 0}, "n_people must be an integer of at least 1, got 0"),
        ({"length": 101}, "length must be an integer from 1 to 100, got 101"),
        ({"n_tastes": 5}, "n_tastes must be an integer from 1 to 4, got 5"),
        ({"loyalty": 1.5}, "loyalty must be a number from 0 to 1, got 1.5"),
        ({"skew": float("nan")}, "skew must be a number of at least 0, got nan"),
        ({"ids": ["a"]}, r"ids must be one per item \(100\), got 1"),
    ],
)
def test_bad_parameters(options, words):
    with pytest.raises(ValueError, match=words):
        make_histories(LABELS, **options)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (["sea", None], ValueError, "item labels: item 1 has a missing label"),
        ([["sea", "sky"], "sea"], ValueError, "item labels must be one per item, got 2 for item 0"),
        (["sea", []], ValueError, "item labels must be one per item, got 0 for item 1"),
        (["sea", 1], TypeError, "labels must be all text or all numbers"),
        (np.ma.array([1, 2], mask=[0, 1]), ValueError, "item labels have 1 masked entries"),
        ({"sea", "sky"}, TypeError, "item labels must be a sequence in order, got set"),
    ],
)
def test_labels_that_are_none(labels, error, message):
    with pytest.raises(error, match=message):
        make_histories(labels, n_people=1, length=1, n_tastes=1)


def test_labels_of_any_container_are_drawn_from_alike():
    labels = ["caf\xe9", "sea", "sky", "sea"] * 5
    for same in (np.array(labels), tuple(labels), ["cafe\u0301", "sea", "sky", "sea"] * 5):
        assert make_histories(same, n_people=5) == make_histories(labels, n_people=5)
