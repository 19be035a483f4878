import unicodedata

import pytest

from classicxm.datasets import load_collection
from classicxm.datasets.stems import read_stems
from classicxm.errors import CollectionError


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_files_of_one_stem_are_one_item(tmp_path):
    touch(tmp_path, "dog.JPG", "dog.txt", "dog.wav", "cat.v2.png", "cat.v2.mp4")
    collection = load_collection(tmp_path)
    assert collection.records == [
        {"id": "cat.v2", "image": tmp_path / "cat.v2.png", "video": tmp_path / "cat.v2.mp4"},
        {
            "id": "dog",
            "text": tmp_path / "dog.txt",
            "image": tmp_path / "dog.JPG",
            "audio": tmp_path / "dog.wav",
        },
    ]
    assert (collection.name, collection.problems) == (tmp_path.name, [])


def test_subfolders_are_labels_where_all_lie_one_level_down(tmp_path):
    touch(tmp_path, "dogs/a.jpg", "dogs/a.txt", "cats/a.jpg", "cats/a.txt", "README.md")
    collection = load_collection(tmp_path)
    assert collection.ids == ["cats/a", "dogs/a"]
    assert collection.labels == ["cats", "dogs"]
    touch(tmp_path, "dogs/young/b.jpg", "dogs/young/b.txt")
    assert load_collection(tmp_path).labels == [None, None, None]


def test_what_has_no_partner_is_kept_and_counted(tmp_path):
    touch(tmp_path, "dog.jpg", "dog.txt", "alone.jpg", "notes.md", "LICENSE", ".hidden.jpg", ".git/x.jpg")
    collection = load_collection(tmp_path)
    assert collection.ids == ["alone", "dog"] and "text" not in collection[0]
    assert [problem.item for problem in collection.problems] == ["LICENSE", "notes.md", tmp_path.name]
    reasons = [problem.reason for problem in collection.problems]
    assert "without extension" in reasons[0]
    assert "extension '.md' is not a known" in reasons[1]
    assert reasons[2].startswith("1 image of 2 items have no partner")


def test_two_files_of_one_modality_are_a_problem(tmp_path):
    touch(tmp_path, "dog.jpg", "dog.png", "dog.txt", "cat.jpg", "cat.txt")
    with pytest.raises(
        CollectionError, match=r"item 'dog': two image files, dog\.jpg and dog\.png; keep one"
    ):
        load_collection(tmp_path)
    collection = load_collection(tmp_path, on_error="skip")
    assert collection.ids == ["cat"]
    assert [problem.item for problem in collection.problems] == ["dog"]


def test_same_stem_in_different_case_of_extension(tmp_path):
    touch(tmp_path, "dog.jpg", "dog.JPG", "dog.txt")
    _, broken, _ = read_stems(tmp_path)
    assert [problem.item for problem in broken] == ["dog"]


def test_a_folder_without_media(tmp_path):
    for on_error in ("raise", "skip"):
        with pytest.raises(CollectionError, match="no manifest and no media files"):
            load_collection(tmp_path, on_error=on_error)


def test_a_folder_without_pairs_keeps_its_items(tmp_path):
    touch(tmp_path, "images/dog.jpg", "texts/dog.txt")
    collection = load_collection(tmp_path)
    assert collection.ids == ["images/dog", "texts/dog"] and collection.modalities == ("text", "image")
    (problem,) = collection.problems
    assert problem.reason.startswith("1 image, 1 text of 2 items have no partner")
    (tmp_path / "texts/dog.txt").unlink()
    assert load_collection(tmp_path).problems == []


def test_composed_and_decomposed_names_are_one_stem(tmp_path):
    for form, name in (("NFC", "é/café.JPG"), ("NFD", "é/café.txt")):
        path = tmp_path / unicodedata.normalize(form, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    records, broken, unpaired = read_stems(tmp_path)
    assert (broken, unpaired) == ([], [])
    assert records[0]["id"] == "é/café" and records[0]["label"] == "é"
    (tmp_path / "e\u0301" / "cafe\u0301.jpg").write_bytes(b"x")
    assert "two image files" in read_stems(tmp_path)[1][0].reason
