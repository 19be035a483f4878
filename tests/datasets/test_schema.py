import pytest

from classicxm.datasets.schema import check_record, read_id


@pytest.fixture
def root(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    return tmp_path


def test_a_full_record(root):
    row = {"id": "x", "image": "a.jpg", "text": ["one", "two"], "label": ["p", 3], "split": "val", "own": [1]}
    assert check_record(row, root, {"own"}) == {**row, "image": root / "a.jpg", "label": ["p", "3"]}


def test_null_is_absent(root):
    assert check_record({"id": "x", "text": "a", "image": None, "label": None}, root, set()) == {
        "id": "x",
        "text": "a",
    }


@pytest.mark.parametrize("name", ["../a.jpg", "absolute"])
def test_paths_leave_the_folder_only_when_they_may(root, name):
    value = str(root / "a.jpg") if name == "absolute" else name
    record = {"id": "x", "image": value}
    assert check_record(record, root / "folder", set(), allow_outside=True)["image"].is_file()
    with pytest.raises(ValueError, match="lies outside it"):
        check_record(record, root / "folder", set())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": 3}, "text must be a string or a list of strings, got a number"),
        ({"text": ["a", None]}, "got a NoneType"),
        ({"text": {"en": "a"}}, "got an object"),
        ({"text": "\ud800"}, "text is not valid Unicode"),
        ({"image": "b.jpg"}, "image file 'b.jpg' does not exist; paths are relative"),
        ({"image": "folder"}, "image file 'folder' is a folder"),
        ({"image": ["a.jpg"]}, "image must be a path as a string, got a list"),
        ({"image": " "}, "empty image path"),
        ({"audio": "a\0b"}, "audio file .* does not exist|cannot be looked up"),
        ({"video": "x" * 5000}, r"video file 'x+\.\.\.' cannot be looked up \(File name too long\)"),
        (
            {"text": "a", "label": 1.5},
            "label must be a string, an integer or a list of strings, got a number",
        ),
        ({"text": "a", "label": True}, "got true or false"),
        ({"text": "a", "label": ["p", {}]}, "got an object"),
        ({"text": "a", "label": " "}, "empty label"),
        ({"text": "a", "split": "dev"}, "split must be one of train, val, test, got 'dev'"),
        ({"text": "a", "split": ["train"]}, "split must be one of"),
        ({"text": "a", "labl": "p"}, r"unknown key 'labl' \(did you mean 'label'\?\)"),
        ({"text": "a", "Image": "p"}, r"unknown key 'Image' \(did you mean 'image'\?\)"),
        ({"text": "a", "zzz": "p"}, "unknown key 'zzz'; known keys are id, text, image, audio, video, label"),
        ({}, "has none of text, image, audio, video; give it at least one"),
        ({"label": "p"}, "has none of"),
    ],
)
def test_what_is_wrong_is_said(root, row, message):
    with pytest.raises(ValueError, match=message) as caught:
        check_record({"id": "x", **row}, root, set())
    assert "\n" not in str(caught.value)


def test_a_misspelt_modality_that_all_items_share_is_hinted_at(root):
    with pytest.raises(ValueError, match=r"has none of .* \(did you mean 'image'\?\)"):
        check_record({"id": "x", "imge": "a.jpg"}, root, {"imge"})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "has no id"),
        ({"id": None}, "has no id"),
        ({"id": "  "}, "empty id"),
        ({"id": True}, "id must be a string, got true or false"),
        ({"id": 1.5}, "id must be a string, got a number"),
        ({"id": "\udcff"}, "id is not valid Unicode"),
    ],
)
def test_ids(row, message):
    assert read_id({"id": 7}) == "7"
    with pytest.raises(ValueError, match=message):
        read_id(row)


def test_blanks_around_a_label_make_no_class_of_their_own(root):
    labels = (" dog", "dog ", ["dog", " cat"])
    found = [check_record({"id": "a", "text": "x", "label": one}, root, set())["label"] for one in labels]
    assert found == ["dog", "dog", ["dog", "cat"]]
