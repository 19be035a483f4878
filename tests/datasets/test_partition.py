import pytest

from classicxm.datasets.partition import split_by_hash


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
