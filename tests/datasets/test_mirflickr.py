"""MIRFlickr-25K in its official layout, in miniature."""

import pytest

from classicxm.datasets import load_mirflickr
from classicxm.errors import CollectionError


@pytest.fixture
def mirflickr(tmp_path):
    photos = tmp_path / "mirflickr"
    (photos / "meta" / "tags").mkdir(parents=True)
    for number in range(1, 11):
        (photos / f"im{number}.jpg").write_bytes(b"photo")
        (photos / "meta" / "tags" / f"tags{number}.txt").write_text(
            "" if number == 2 else f"sunset\ncanon{number}\n"
        )
    topics = tmp_path / "mirflickr25k_annotations_v080"
    topics.mkdir()
    for name, numbers in {"sky": [1, 3, 10], "baby": [1], "baby_r1": [1], "README": ["some words"]}.items():
        (topics / f"{name}.txt").write_text("".join(f"{number}\n" for number in numbers))
    return tmp_path


def test_mirflickr(mirflickr):
    found = load_mirflickr(mirflickr)
    assert found.ids[-1] == "im10" and len(found) == 10
    assert found[0]["text"] == "sunset canon1" and found[0]["label"] == ["baby", "sky"]
    assert "text" not in found[1] and "label" not in found[1]
    splits = found.column("split")
    assert splits == ["train"] * 3 + ["test"] * 2 + ["train"] * 3 + ["test"] * 2
    assert load_mirflickr(mirflickr, relevant=True).labels[:2] == [["baby"], None]
    assert load_mirflickr(mirflickr / "mirflickr").ids == found.ids
    (mirflickr / "mirflickr/meta/tags/tags3.txt").unlink()
    with pytest.raises(CollectionError, match=r"tags3.txt does not exist"):
        load_mirflickr(mirflickr)
    assert len(load_mirflickr(mirflickr, on_error="skip")) == 9
    (mirflickr / "mirflickr25k_annotations_v080" / "sky.txt").write_text("one\n")
    with pytest.raises(CollectionError, match=r"sky.txt: line 1: expected the number of a photo, got 'one'"):
        load_mirflickr(mirflickr)


def test_mirflickr_without_topics(mirflickr):
    for path in (mirflickr / "mirflickr25k_annotations_v080").iterdir():
        path.unlink()
    with pytest.raises(CollectionError, match="has no mirflickr25k_annotations_v080 with topics"):
        load_mirflickr(mirflickr)
