import json
import tracemalloc

import pytest

from classicxm.errors import CollectionError
from classicxm.scale.plan import make_plan, part_rows, read_plan
from classicxm.scale.survey import id_hash
from tests.scale.collections import write_collection


def write(path, rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


TEXTS = [{"id": f"t{i}", "text": f"text {i}"} for i in range(25)]


def test_parts_hold_every_row_once_in_order(tmp_path):
    plan, problems = make_plan(write(tmp_path / "m.jsonl", TEXTS), tmp_path / "shards", shard=10, sample=8)
    assert (plan.n_items, plan.parts, plan.modalities, problems) == (
        25,
        ["00000", "00001", "00002"],
        ["text"],
        [],
    )
    rows = [row for part in plan.parts for row in part_rows(tmp_path / "shards", part)]
    assert [row.fields["id"] for row in rows] == [row["id"] for row in TEXTS]
    assert [row.line for row in rows] == list(range(1, 26))
    assert read_plan(tmp_path / "shards") == plan


def test_the_sample_is_of_lowest_hashes_whatever_the_order(tmp_path):
    expected = {row["id"] for row in sorted(TEXTS, key=lambda row: id_hash(row["id"]))[:8]}
    for name, rows in (("a", TEXTS), ("b", TEXTS[::-1])):
        plan, _ = make_plan(write(tmp_path / f"{name}.jsonl", rows), tmp_path / name, sample=8)
        sampled = {row.fields["id"] for part in plan.sample_parts for row in part_rows(tmp_path / name, part)}
        assert sampled == expected


def test_the_sample_is_of_the_split_and_of_items_with_every_modality(tmp_path):
    rows = [row | {"split": "train" if i % 2 else "test"} for i, row in enumerate(TEXTS)]
    rows[1] |= {"image": "x.png"}
    rows[2] |= {"image": "x.png"}
    plan, _ = make_plan(write(tmp_path / "m.jsonl", rows), tmp_path / "shards")
    assert [row.fields["id"] for row in part_rows(tmp_path / "shards", "sample-00000")] == ["t1"]
    assert plan.modalities == ["text", "image"]


def test_csv_and_folders_are_read_alike(tmp_path):
    (tmp_path / "m.csv").write_text('id,text\n1,one\n2,"two,\nlines"\n')
    plan, _ = make_plan(tmp_path / "m.csv", tmp_path / "csv")
    assert [row.fields for row in part_rows(tmp_path / "csv", "00000")] == [
        {"id": "1", "text": "one"},
        {"id": "2", "text": "two,\nlines"},
    ]
    folder = write_collection(tmp_path / "c", 3)
    (folder / "manifest.jsonl").unlink()
    for i in range(3):
        (folder / f"{i}.txt").write_text(f"words {i}")
    plan, _ = make_plan(folder, tmp_path / "stems")
    assert (plan.n_items, plan.modalities) == (3, ["text", "image"])
    assert part_rows(tmp_path / "stems", "00000")[1].fields["text"] == "words 1"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ('{"text": "x"}', "has no id"),
        ('{"id": "t3", "text": "again"}', "duplicate id 't3', first used on line 4"),
        ('{"id": "e", "text": ""}', "empty text"),
    ],
)
def test_a_broken_line_stops_or_is_told(tmp_path, line, message):
    path = write(tmp_path / "m.jsonl", [*TEXTS[:10], line, *TEXTS[10:]])
    with pytest.raises(CollectionError, match=f"line 11: .*{message}"):
        make_plan(path, tmp_path / "shards")
    assert not (tmp_path / "shards").exists()
    plan, problems = make_plan(path, tmp_path / "shards", on_error="skip")
    assert plan.n_items == 25
    assert len(problems) == 1 and message in str(problems[0])
    assert [row.fields["id"] for row in part_rows(tmp_path / "shards", "00000")] == [
        row["id"] for row in TEXTS
    ]


def test_another_collection_or_setting_is_refused_for_the_same_folder(tmp_path):
    path = write(tmp_path / "m.jsonl", TEXTS)
    make_plan(path, tmp_path / "shards", shard=10)
    make_plan(path, tmp_path / "shards", shard=10, on_error="skip")
    with pytest.raises(ValueError, match="holds shards of shard 10, not 5"):
        make_plan(path, tmp_path / "shards", shard=5)
    write(path, TEXTS[1:])
    with pytest.raises(ValueError, match=r"holds shards of .*m\.jsonl as it was, and it has changed since"):
        make_plan(path, tmp_path / "shards", shard=10)


def test_shards_may_lie_in_the_folder_that_is_described(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"sheet {number}")
    first, _ = make_plan(tmp_path, tmp_path / "shards", shard=2)
    again, problems = make_plan(tmp_path, tmp_path / "shards", shard=2)
    assert first == again and first.n_items == 3 and problems == []
    (tmp_path / "3.txt").write_text("one more")
    with pytest.raises(ValueError, match="as it was, and its files are others since"):
        make_plan(tmp_path, tmp_path / "shards", shard=2)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine")
    with pytest.raises(ValueError, match="exists and holds no shards"):
        make_plan(write(tmp_path / "m.jsonl", TEXTS), tmp_path / "mine")


def test_no_items_and_no_such_split_are_said(tmp_path):
    with pytest.raises(CollectionError, match="holds no items"):
        make_plan(write(tmp_path / "m.jsonl", []), tmp_path / "shards")
    rows = [row | {"split": "val"} for row in TEXTS]
    with pytest.raises(ValueError, match="no items in split 'train'; it has val"):
        make_plan(write(tmp_path / "m.jsonl", rows), tmp_path / "shards")


def test_memory_does_not_grow_with_the_manifest(tmp_path):
    long = "word " * 200
    write(tmp_path / "m.jsonl", [{"id": f"t{i}", "text": long} for i in range(5_000)])
    size = (tmp_path / "m.jsonl").stat().st_size
    tracemalloc.start()
    make_plan(tmp_path / "m.jsonl", tmp_path / "shards", sample=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 5_000_000
    assert peak < 2_000_000
