"""One pass over a collection: what it has, what is no item, and which items are learned from."""

import json

import pytest
from PIL import Image

from classicxm.datasets import load_collection
from classicxm.errors import CollectionError
from classicxm.scale import survey as module
from classicxm.scale.survey import Survey, id_hash


def write(folder, rows, name="m.jsonl"):
    path = folder / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def survey(path, on_error="raise", split=None):
    return Survey(path, on_error, False, split)


def items(folder, pattern):
    return [
        json.loads(line)["fields"]["id"]
        for path in sorted(folder.glob(pattern))
        for line in path.read_text().splitlines()
    ]


ROWS = [
    {"id": "a", "text": "one", "colour": "red", "split": "train"},
    {"id": "b", "text": "two", "image": "b.png", "colour": "blue", "split": "train"},
    {"id": "c", "image": "c.png", "rare": 1, "split": "test"},
    {"id": "d", "text": "four", "image": "d.png", "split": "test"},
]


def test_modalities_columns_and_splits_are_found(tmp_path):
    found = survey(write(tmp_path, ROWS), split="train")
    assert (found.n_items, found.modalities, found.own_columns) == (4, ["text", "image"], ["colour"])
    assert (found.split, found.problems, found.sample_size(10)) == ("train", [], 1)  # only b has both
    assert survey(tmp_path / "m.jsonl").sample_size(10) == 2
    plain = write(tmp_path, [{"id": n, "text": "x"} for n in "ab"], "plain.jsonl")
    assert survey(plain, split="train").split is None


def test_lines_that_are_no_items_are_listed_and_counted_out(tmp_path):
    path = write(tmp_path, [*ROWS, "{", {"text": "no id"}, ROWS[0]])
    found = survey(path, "skip")
    assert (found.n_items, found.repeated) == (4, {4})  # its position among sound rows
    assert [problem.item for problem in found.problems] == ["line 5", "line 6", "line 7"]
    with pytest.raises(CollectionError, match="line 5: "):
        survey(path)


def test_equal_hashes_of_different_ids_are_no_repetition(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "id_hash", lambda key: 7)
    assert survey(write(tmp_path, ROWS)).n_items == 4


def test_parts_and_sample_are_written_in_the_order_of_the_manifest(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SAMPLE_PART", 2)
    names = [f"i{n}" for n in range(7)]
    found = survey(write(tmp_path, [{"id": name, "text": "x"} for name in names]))
    assert (found.sample_parts(5), found.sample_parts(100)) == (3, 4)
    (tmp_path / "parts").mkdir()
    found.write_parts(tmp_path / "parts", 3, 5)
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == [
        *(f"{n:05d}.jsonl" for n in range(3)),
        *(f"sample-{n:05d}.jsonl" for n in range(3)),
    ]
    assert items(tmp_path / "parts", "0*.jsonl") == names
    lowest = set(sorted(names, key=id_hash)[:5])
    assert items(tmp_path / "parts", "sample-*.jsonl") == [name for name in names if name in lowest]


@pytest.mark.parametrize(
    ("rows", "split", "message"),
    [
        ([], None, "holds no items"),
        (ROWS, "val", "no items in split 'val'; it has test, train"),
        ([{"id": "a", "text": "one"}], "val", "no items in split 'val'; it has no splits"),
    ],
)
def test_nothing_to_describe_is_said(rows, split, message, tmp_path):
    with pytest.raises((CollectionError, ValueError), match=message):
        survey(write(tmp_path, rows), split=split)


def test_nothing_to_learn_from_is_said(tmp_path):
    found = survey(write(tmp_path, [ROWS[0], ROWS[2]]))
    with pytest.raises(ValueError, match="no item to learn from has all of text, image"):
        found.sample_size(10)


def test_captions_of_a_folder_are_read_from_its_tables(tmp_path):
    for name in ("a", "b"):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{name}.png")
    (tmp_path / "captions.csv").write_text("image,caption\na.png,a red disc\nb.png,a blue ball\n")
    found = survey(tmp_path)
    assert (found.n_items, found.modalities, found.problems) == (2, ["text", "image"], [])
    found.write_parts(tmp_path, 1, 2)
    assert "a red disc" in (tmp_path / "00000.jsonl").read_text()
    assert load_collection(tmp_path).column("text") == ["a red disc", "a blue ball"]


def test_other_files_are_no_manifests(tmp_path):
    (tmp_path / "m.txt").write_text("a")
    with pytest.raises(CollectionError, match=r"must be a \.jsonl or \.csv manifest"):
        survey(tmp_path / "m.txt")


def test_ids_of_half_characters_have_a_hash():
    assert id_hash("\ud800") != id_hash("\ud801")
