"""What every way to Qdrant has in common: points alike, places that never go back, and the last holder shuts it."""

from types import SimpleNamespace

import pytest

from classicxm.search.qdrant_points import OPENING, Backend, Found, found_point, plain_vector


class Counting(Backend):
    """Keeps nothing; counts how often it was shut."""

    shuts = 0

    def shut(self):
        self.shuts += 1
        self.was_held = OPENING.locked()


for name in Backend.__abstractmethods__ - {"shut"}:
    setattr(Counting, name, lambda self, *_: None)
Counting.__abstractmethods__ = frozenset()


def test_a_backend_has_to_do_everything():
    with pytest.raises(TypeError, match="abstract"):
        Backend()


@pytest.mark.parametrize(
    ("vector", "expected"),
    [([0.5, 1.0], [0.5, 1.0]), ({"": [0.5, 1.0]}, [0.5, 1.0]), (None, None)],
)
def test_points_of_both_libraries_become_one_kind(vector, expected):
    found = found_point(SimpleNamespace(id=12, payload={"facets": ["a"]}, vector=vector))
    assert found == Found("12", {"facets": ["a"]}, expected)
    assert vector is None or plain_vector(vector) == expected


def test_places_go_up_whatever_is_asked_for():
    backend = Counting()
    assert [backend.next_place(least) for least in (0, 7, 7, 2, 20)] == [1, 7, 8, 9, 20]


def test_the_last_holder_shuts_it_while_none_can_be_opened():
    backend = Counting()
    backend.holders = 2
    backend.close()
    assert (backend.holders, backend.shuts) == (1, 0)
    backend.close()
    assert (backend.holders, backend.shuts, backend.was_held) == (0, 1, True)
    assert not OPENING.locked()
