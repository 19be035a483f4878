"""Where items are placed: by their ids alone, and evenly."""

import numpy as np
import pytest

from classicxm.search import sharded
from classicxm.search.shard_places import place_of, rows_of_places


def test_places_of_collections_that_are_stored_never_change():
    assert [place_of(key, 5) for key in ("a", "b", 7, "7", "\ud800", -1)] == [4, 0, 3, 2, 1, 3]
    assert sharded.place_of is place_of


@pytest.mark.parametrize("kind", [int, "item-{}".format])
def test_shards_get_about_as_many_items_each(kind):
    counts = np.bincount([place_of(kind(n), 4) for n in range(4000)])
    assert len(counts) == 4 and counts.min() > 900


def test_every_row_is_of_one_shard():
    places = np.random.default_rng(0).integers(0, 7, 50)
    rows = dict(rows_of_places(places, 9))
    assert sorted(np.concatenate(list(rows.values()))) == list(range(50))
    assert all((places[mine] == number).all() for number, mine in rows.items())
    assert set(rows) == set(places.tolist()) and not list(rows_of_places([], 3))
