import json

import numpy as np
import pytest

from classicxm.datasets import Collection, Problem, load_collection
from classicxm.errors import CollectionError


@pytest.fixture
def pets(tmp_path):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"x")
    records = [
        {"id": "a", "text": "a dog", "image": picture, "label": "dog", "split": "test", "mood": 1},
        {"id": "b", "text": ["a cat", "one cat"], "label": ["cat", "pet"], "split": "train"},
        {"id": "c", "text": "a bird"},
    ]
    return Collection(records, root=tmp_path, name="pets", problems=[Problem("d", "gone")], attribution="me")


def test_sequence_of_records(pets):
    assert len(pets) == 3
    assert [record["id"] for record in pets] == pets.ids == ["a", "b", "c"]
    assert pets[1]["text"] == ["a cat", "one cat"]
    assert pets[1:].ids == ["b", "c"]


def test_columns_and_summary(pets):
    assert pets.modalities == ("text", "image")
    assert pets.labels == ["dog", ["cat", "pet"], None]
    assert pets.column("mood") == [1, None, None]
    assert pets.column("nowhere") == [None, None, None]
    assert pets.split_names == ("train", "test")
    assert repr(pets) == "Collection('pets', 3 items, text+image, train 1, test 1, 1 problems)"


def test_empty_collection():
    empty = Collection([])
    assert len(empty) == 0
    assert empty.ids == empty.labels == []
    assert empty.modalities == empty.split_names == ()
    assert repr(empty) == "Collection('collection', 0 items, no modality)"
    assert empty.root is None


def test_subsets_are_collections_that_keep_their_origin(pets):
    for part in (pets.split("test"), pets.with_modalities("text", "image"), pets.subset([0]), pets[:1]):
        assert isinstance(part, Collection)
        assert part.ids == ["a"]
        assert (part.root, part.name, part.attribution) == (pets.root, "pets", "me")
        assert part.problems == [Problem("d", "gone")]


def test_subset_by_positions_and_by_mask(pets):
    assert pets.subset(np.array([2, 0])).ids == ["c", "a"]
    assert pets.subset([False, True, True]).ids == ["b", "c"]
    assert pets.subset([]).ids == []
    with pytest.raises(ValueError, match=r"mask for pets must have length 3, got \(2,\)"):
        pets.subset([True, False])
    with pytest.raises(IndexError):
        pets.subset([3])


def test_missing_split_names_the_existing_ones(pets):
    with pytest.raises(ValueError, match="no items in split 'val'; it has 'train', 'test'"):
        pets.split("val")
    with pytest.raises(ValueError, match="it has no splits at all"):
        pets.subset([2]).split("train")


def test_unknown_modality(pets):
    with pytest.raises(ValueError, match="one of text, image, audio, video, got 'picture'"):
        pets.with_modalities("picture")


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"text": "a"}], "record 0: id must be a non-empty string, got None"),
        ([{"id": 3}], "got 3"),
        ([{"id": ""}], "non-empty"),
        ([{"id": "a"}, {"id": "a"}], "record 1: id 'a' occurs twice"),
    ],
)
def test_ids_are_required_and_unique(records, message):
    with pytest.raises(CollectionError, match=message):
        Collection(records)


def test_problem_is_one_frozen_line():
    problem = Problem("a\nb", "is empty")
    assert str(problem) == r"item 'a\nb': is empty"
    with pytest.raises(AttributeError):
        problem.item = "c"


def test_written_manifest_reads_back(pets, tmp_path):
    pets.write_manifest(tmp_path / "manifest.jsonl")
    first = json.loads((tmp_path / "manifest.jsonl").read_text().splitlines()[0])
    assert first["image"] == "a.jpg"
    again = load_collection(tmp_path, on_error="skip")
    assert again.problems[0].reason.startswith("manifest.jsonl line 1: unknown key 'mood'")
    for record in pets:
        record["mood"] = 2
    pets.write_manifest(tmp_path / "manifest.jsonl")
    assert load_collection(tmp_path).records == pets.records


def test_manifest_elsewhere_holds_absolute_paths(pets, tmp_path):
    pets.subset([0]).write_manifest(tmp_path / "new" / "pets.jsonl")
    with pytest.raises(CollectionError, match=r"lies outside it; .*--allow-outside lets them lead out of it"):
        load_collection(tmp_path / "new" / "pets.jsonl")
    again = load_collection(tmp_path / "new" / "pets.jsonl", allow_outside=True)
    assert again[0]["image"] == tmp_path / "a.jpg"
    assert again.name == "pets"


def test_manifest_takes_in_text_files(tmp_path):
    caption = tmp_path / "a.txt"
    caption.write_text("\ufeffein Bär", encoding="utf-8")
    collection = Collection([{"id": "a", "text": caption}])
    collection.write_manifest(tmp_path / "m.jsonl")
    assert load_collection(tmp_path / "m.jsonl")[0]["text"] == "ein Bär"
    caption.write_bytes(b"B\xe4r")
    with pytest.raises(CollectionError, match=r"item 'a': text file .*a\.txt.*UTF-8"):
        collection.write_manifest(tmp_path / "m.jsonl")


def test_manifest_of_arrays_is_refused_and_the_old_one_kept(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_text("old")
    collection = Collection([{"id": "a", "image": np.zeros((2, 2, 3), np.uint8)}])
    with pytest.raises(CollectionError, match="item 'a': image is a decoded array"):
        collection.write_manifest(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["m.jsonl"]


@pytest.mark.parametrize(
    ("positions", "error", "message"),
    [
        (
            [0.0],
            TypeError,
            r"positions in pets must be a sequence of integers, or bool, got float64 of shape \(1,\)",
        ),
        (1, TypeError, r"got int64 of shape \(\)"),
        ("0", TypeError, "must be a sequence of integers"),
        ([[0], [1]], TypeError, r"of shape \(2, 1\)"),
        (np.ma.array([0, 1], mask=[0, 1]), ValueError, "positions have 1 masked entries"),
        ([0, 99], IndexError, "none at position 99"),
    ],
)
def test_positions_that_are_none(pets, positions, error, message):
    pets.name = "pets"
    with pytest.raises(error, match=message):
        pets.subset(positions)


@pytest.mark.parametrize("records", [["a"], [None], {"id": "a"}, "abc", [["id", "a"]]], ids=str)
def test_records_are_dicts(records):
    with pytest.raises(CollectionError, match=r"record 0: must be a dict, got (str|NoneType|list)"):
        Collection(records)
