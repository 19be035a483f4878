"""Pascal Sentence in the layouts that it is found in, in miniature."""

import pytest

from classicxm.datasets import load_pascal_sentence
from classicxm.errors import CollectionError
from tests.datasets.miniatures import by_split, touch

CAPTIONS = [f"A plane, number {number} & more" for number in range(5)]


def test_pascal_sentence_in_two_folders(tmp_path):
    for number in range(10):
        for label in ("aeroplane", "dining table"):
            touch(tmp_path, f"dataset/{label}/{label[0]}_{number}.jpg")
            (tmp_path / "sentence" / label).mkdir(parents=True, exist_ok=True)
            (tmp_path / "sentence" / label / f"{label[0]}_{number}.txt").write_text(
                "\n".join(CAPTIONS) + "\n"
            )
    found = load_pascal_sentence(tmp_path)
    assert found[0]["text"] == CAPTIONS and found[0]["label"] == "aeroplane"
    splits = by_split(found)
    assert len(splits["test"]) == 4 and len(splits["train"]) == 16
    assert {item[0] for item in splits["test"]} == {"a", "d"}, "a fifth of every class"
    assert by_split(load_pascal_sentence(tmp_path)) == splits
    (tmp_path / "sentence" / "aeroplane" / "a_0.txt").unlink()
    with pytest.raises(CollectionError, match=r"a_0.jpg has no captions"):
        load_pascal_sentence(tmp_path)
    assert len(load_pascal_sentence(tmp_path, on_error="skip")) == 19


def test_pascal_sentence_as_its_own_page(tmp_path):
    rows = ""
    for label, name in (("aeroplane", "2008_1"), ("bus", "2008_2")):
        touch(tmp_path, f"{label}/{name}.jpg")
        cells = "".join(f"<tr><td> {caption.replace('&', '&amp;')} </td></tr>" for caption in CAPTIONS)
        rows += f'<tr><td><img src="{label}/{name}.jpg"></td><td><table>{cells}</table></td></tr>'
    heading = "<h1>Pascal</h1><td>before</td>"
    (tmp_path / "index.html").write_text(f"<html>{heading}<table>{rows}</table></html>")
    found = load_pascal_sentence(tmp_path)
    assert found.ids == ["2008_1", "2008_2"] and found.labels == ["aeroplane", "bus"]
    assert found[1]["text"] == CAPTIONS


def test_pascal_sentence_nowhere(tmp_path):
    with pytest.raises(CollectionError, match=r"expected manifest.jsonl, index.html, or dataset/CLASS"):
        load_pascal_sentence(tmp_path)


@pytest.mark.data
def test_pascal_sentence_as_it_lies_here(shared_data):
    found = load_pascal_sentence(shared_data("pascal_sentence"))
    assert {split: len(ids) for split, ids in by_split(found).items()} == {"train": 800, "test": 200}
    assert len(set(found.labels)) == 20
