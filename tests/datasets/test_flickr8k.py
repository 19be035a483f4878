"""Flickr8k in its official layout, in miniature."""

import pytest

from classicxm.datasets import load_flickr8k
from classicxm.errors import CollectionError
from tests.datasets.miniatures import by_split, touch


@pytest.fixture
def flickr8k(tmp_path):
    touch(tmp_path, *(f"Flicker8k_Dataset/{name}.jpg" for name in ("10_a", "20_b", "30_c", "40_d")))
    lines = [
        f"{name}.jpg#{number}\tCaption {number} of {name} ."
        for name in ("10_a", "20_b", "30_c")
        for number in range(5)
    ]
    odd = "2258277193_586949ec62.jpg.1#0\tthe one odd name of the published file"
    (tmp_path / "Flickr8k.token.txt").write_text("\n".join([*lines[::-1], odd]) + "\n")
    for called, name in (("train", "10_a"), ("dev", "20_b"), ("test", "30_c")):
        (tmp_path / f"Flickr_8k.{called}Images.txt").write_text(f"{name}.jpg\n")
    return tmp_path


def test_flickr8k(flickr8k):
    found = load_flickr8k(flickr8k)
    assert by_split(found) == {"train": ["10_a"], "val": ["20_b"], "test": ["30_c"]}
    assert found[0]["text"] == [f"Caption {number} of 10_a ." for number in range(5)], (
        "in the order of their numbers"
    )
    assert found[0]["image"] == flickr8k / "Flicker8k_Dataset" / "10_a.jpg"
    with pytest.raises(ValueError, match="on_error must be"):
        load_flickr8k(flickr8k, on_error="zero")


def test_flickr8k_texts_in_their_own_folder(flickr8k):
    (flickr8k / "Flickr8k_text").mkdir()
    for path in flickr8k.glob("*.txt"):
        path.rename(flickr8k / "Flickr8k_text" / path.name)
    assert len(load_flickr8k(flickr8k)) == 3


def test_flickr8k_what_is_wrong(flickr8k):
    (flickr8k / "Flicker8k_Dataset" / "20_b.jpg").unlink()
    with pytest.raises(CollectionError, match=r"devImages.txt: line 1: image .*20_b.jpg does not exist"):
        load_flickr8k(flickr8k)
    assert [str(problem.item) for problem in load_flickr8k(flickr8k, on_error="skip").problems] == ["20_b"]
    (flickr8k / "Flickr_8k.testImages.txt").write_text("40_d.jpg\n")
    assert "40_d.jpg has no caption" in load_flickr8k(flickr8k, on_error="skip").problems[1].reason
    (flickr8k / "Flickr8k.token.txt").write_text("10_a.jpg,A caption\n")
    with pytest.raises(CollectionError, match=r"Flickr8k.token.txt: line 1: expected PHOTO.jpg#0"):
        load_flickr8k(flickr8k)
    (flickr8k / "Flickr8k.token.txt").unlink()
    with pytest.raises(
        CollectionError, match=r"has no Flickr8k.token.txt or Flickr8k_text/Flickr8k.token.txt"
    ):
        load_flickr8k(flickr8k)


def test_a_list_that_leads_out_of_the_set(flickr8k, tmp_path_factory):
    touch(tmp_path_factory.getbasetemp(), "secret.jpg")
    with open(flickr8k / "Flickr8k.token.txt", "a") as file:
        file.write("../../secret.jpg#0\tA caption\n")
    (flickr8k / "Flickr_8k.testImages.txt").write_text("../../secret.jpg\n")
    with pytest.raises(CollectionError, match="leads out of"):
        load_flickr8k(flickr8k)


@pytest.mark.data
def test_flickr8k_as_it_lies_here(shared_data):
    found = load_flickr8k(shared_data("flickr8k_dev"))
    assert {split: len(ids) for split, ids in by_split(found).items()} == {"train": 2500, "test": 500}
    assert {len(record["text"]) for record in found} == {5}
