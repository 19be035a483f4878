"""Files that a save links instead of writing them again."""

import os

import pytest

from classicxm.kept_files import (
    Save,
    keep_file,
    keep_files,
    merged_pieces,
    numbered,
    placed_file,
    saving,
    seen_file,
)


@pytest.fixture
def folders(tmp_path):
    old, new = tmp_path / "model", tmp_path / "new"
    old.mkdir(), new.mkdir()
    (old / "vectors.npy").write_bytes(b"rows")
    return old, new


def test_an_unchanged_file_is_linked_and_its_entry_taken_over(folders):
    old, new = folders
    seen = seen_file(old / "vectors.npy")
    with saving(Save(old, new, {"vectors.npy": {"bytes": 4}})) as save:
        assert keep_file(seen, new / "vectors.npy")
    assert os.path.samefile(old / "vectors.npy", new / "vectors.npy")
    assert save.kept == {"vectors.npy": {"bytes": 4}}


@pytest.mark.parametrize("change", ["altered", "gone", "not listed", "no save"])
def test_what_has_to_be_written(change, folders):
    old, new = folders
    seen = seen_file(old / "vectors.npy")
    if change == "altered":
        (old / "vectors.npy").write_bytes(b"other rows")
    if change == "gone":
        (old / "vectors.npy").unlink()
    listed = {} if change == "not listed" else {"vectors.npy": {}}
    if change == "no save":
        assert not keep_file(seen, new / "vectors.npy")
    else:
        with saving(Save(old, new, listed)) as save:
            assert not keep_file(seen, new / "vectors.npy")
        assert save.kept == {}
    assert not (new / "vectors.npy").exists()


def test_files_that_belong_together_are_linked_together_or_not_at_all(folders):
    old, new = folders
    (old / "ids").write_bytes(b"ab")
    seen, places = (
        (seen_file(old / "vectors.npy"), seen_file(old / "ids")),
        (new / "vectors.npy", new / "ids"),
    )
    with saving(Save(old, new, {"vectors.npy": {}, "ids": {}})) as save:
        assert keep_files(seen, places) and set(save.kept) == {"vectors.npy", "ids"}
    for place in places:
        place.unlink()
    with saving(Save(old, new, {"vectors.npy": {}})) as save:
        assert not keep_files(seen, places) and not any(new.iterdir()) and save.kept == {}


def test_a_file_just_written_is_known_where_it_will_lie(folders):
    old, new = folders
    (new / "ids").write_bytes(b"ab")
    with saving(Save(old, new, {})):
        placed = placed_file(new / "ids")
    assert placed.path == str(old / "ids") and not placed.is_there()
    os.rename(new / "ids", old / "ids")
    assert placed.is_there()


def test_names_and_merges():
    assert [numbered("vectors.npy", n) for n in (0, 1, 12)] == [
        "vectors.npy",
        "vectors-1.npy",
        "vectors-12.npy",
    ]
    merged = merged_pieces([[1] * 9, [], [2], [3], [4]], len, lambda one, other: one + other)
    assert merged == [[1] * 9, [2, 3, 4]]
    assert merged_pieces([[1], [2, 3]], len, lambda one, other: one + other) == [[1, 2, 3]]
