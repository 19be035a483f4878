"""Which values there are, where a filter lets nothing pass."""

from classicxm.retrieval.filter_values import known_values

PAYLOAD = {
    "a": {"label": "dog", "tags": ["wet", "big"], "year": 2001},
    "b": {"label": "dog", "tags": {"one": "wet"}},
    "c": {"label": "cat", "long": "x" * 60},
    "gone": {"label": "bird"},
}
HELD = {"a", "b", "c"}


def test_commonest_values_first():
    assert known_values("label=bird", PAYLOAD, HELD) == "label has 'dog' (2), 'cat' (1)"
    assert known_values("tags=dry", PAYLOAD, HELD) == "tags has 'wet' (2), 'big' (1)"
    assert known_values("id=z", PAYLOAD, HELD) == "id has 'a' (1), 'b' (1), 'c' (1)"


def test_each_key_of_a_filter_once():
    told = known_values("label=x and (year=1 or label=y) and colour=red", PAYLOAD, HELD)
    assert told == "label has 'dog' (2), 'cat' (1); year has 2001 (1); colour has no value"


def test_long_values_and_many_are_cut():
    assert known_values("long=y", PAYLOAD, HELD) == f"long has {'x' * 40!r}... (1)"
    many = {n: {"n": n} for n in range(20)}
    assert known_values("n=99", many, set(many)).endswith(" and 12 more")
