import pytest

from classicxm.datasets import Collection
from classicxm.datasets.partition import hold_out, split_by_hash


def test_fixed_for_ever():
    assert [split_by_hash(name) for name in ("1F600", "1F601", "é")] == ["test", "train", "train"]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_share(share):
    n_test = sum(split_by_hash(f"item {i}", share) == "test" for i in range(2000))
    assert n_test / 2000 == pytest.approx(share, abs=0.03)


def test_larger_shares_contain_smaller_ones():
    names = [f"item {i}" for i in range(200)]
    few = {name for name in names if split_by_hash(name, 0.1) == "test"}
    assert few and few < {name for name in names if split_by_hash(name, 0.3) == "test"}


def test_names_of_any_form_and_letters_have_a_side():
    names = [f"{n}-caf\xe9" for n in range(20)]
    assert [split_by_hash(name) for name in names] == [
        split_by_hash(name.replace("\xe9", "e\u0301")) for name in names
    ]
    assert split_by_hash("\ud800") in ("train", "test")
    with pytest.raises(TypeError, match=r"a name must be a str, got 7 \(int\)"):
        split_by_hash(7)
    for share in (2, float("nan"), "0.5"):
        with pytest.raises(ValueError, match="test_share must be a number from 0 to 1, got"):
            split_by_hash("a", share)


def test_whole_groups_are_held_out_with_the_shares_of_classes():
    films = [
        {"id": f"{label}{film}-{clip}", "label": label, "group": film}
        for label in "ab"
        for film in range(20)
        for clip in range(2)
    ]
    for seed in range(5):
        test = hold_out(Collection(films), 0.2, seed).split("test")
        assert [test.labels.count(label) for label in "ab"] == [8, 8]
        assert len(set(test.column("group"))) == 4
    sides = [hold_out(Collection(films), 0.2, seed).split("test").ids for seed in range(2)]
    assert sides[0] != sides[1]
    alone = hold_out(Collection(films), 0.2, 0, groups=None).split("test")
    assert len(alone) == 16 and len(set(alone.column("group"))) > 4


def test_groups_larger_than_the_share_give_the_nearest():
    halves = Collection([{"id": str(n), "film": "long" if n < 30 else "short"} for n in range(50)])
    assert len(hold_out(halves, 0.1, groups="film").split("test")) == 20


def test_groups_that_cannot_be_held_out():
    same = Collection([{"id": str(n), "label": "ab"[n % 2], "group": "ab"[n % 2]} for n in range(20)])
    assert sorted(hold_out(same, 0.2).split("test").labels) == ["a", "a", "b", "b"]  # groups are the classes
    with pytest.raises(ValueError, match=r"has no column 'film' of groups; it has group, id, label"):
        hold_out(same, 0.2, groups="film")


def test_small_classes_do_not_keep_groups_from_being_held_out():
    pairs = [{"id": f"{n}", "label": f"c{n % 80}", "group": n // 2} for n in range(240)]
    for seed in range(3):
        test = hold_out(Collection(pairs), 0.2, seed).split("test")
        assert len(test) == 48 and max(test.labels.count(label) for label in test.labels) == 1
