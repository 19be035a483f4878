import csv
import json
import os

import pytest

from classicxm.datasets import load_collection
from classicxm.errors import CollectionError

GOOD = [{"id": f"good{i}", "image": "a.jpg", "text": "a dog", "label": "dog", "mood": i} for i in range(20)]

# What the item is called in the report, the bytes of its line, and what the report says.
BROKEN = [
    ("line 21", b'{"id": "cut", "text": "a', "not JSON"),
    ("line 22", b'["a", "list"]', "not a JSON object"),
    ("line 23", b'"a string"', "not a JSON object"),
    ("line 24", b'{"text": "a dog"}', "has no id"),
    ("line 25", b'{"id": "", "text": "a dog"}', "empty id"),
    ("line 26", b'{"id": [1], "text": "a dog"}', "id must be a string, got a list"),
    ("good3", b'{"id": "good3", "text": "a dog"}', "duplicate id, first used on line 4"),
    ("gone", b'{"id": "gone", "image": "gone.jpg"}', "image file 'gone.jpg' does not exist"),
    ("noise", b'{"id": "noise", "audio": "noise.wav"}', "audio file 'noise.wav' does not exist"),
    ("number", b'{"id": "number", "image": 5}', "image must be a path as a string, got a number"),
    ("empty", b'{"id": "empty", "text": ""}', "empty text, and nothing else"),
    ("blank", b'{"id": "blank", "text": ["  "]}', "empty text, and nothing else"),
    ("none", b'{"id": "none", "text": []}', "empty text, and nothing else"),
    (
        "dev",
        b'{"id": "dev", "text": "a dog", "split": "dev"}',
        "split must be one of train, val, test, got 'dev'",
    ),
    ("latin", b'{"id": "latin", "text": "un \xe9t\xe9"}', "not UTF-8 (byte 29 is 0xe9)"),
    ("bare", b'{"id": "bare", "label": "dog"}', "has none of text, image, audio, video"),
    (
        "typo",
        b'{"id": "typo", "text": "a dog", "labl": "dog"}',
        "unknown key 'labl' (did you mean 'label'?)",
    ),
    ("odd", b'{"id": "odd", "text": "a dog", "xyz": 1}', "unknown key 'xyz'; known keys are"),
    ("line 39", b'{"id": "twice", "text": "a", "text": "b"}', "key 'text' occurs twice"),
    ("line 40", b"[" * 100_000, "not usable JSON"),
]


def write(folder, lines, name="manifest.jsonl"):
    (folder / "a.jpg").write_bytes(b"x")
    lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    (folder / name).write_bytes(b"\n".join(lines) + b"\n")
    return folder / name


def test_jsonl_reads(tmp_path):
    write(tmp_path, GOOD)
    collection = load_collection(tmp_path)
    assert collection.ids == [f"good{i}" for i in range(20)]
    assert collection[0]["image"] == tmp_path / "a.jpg"
    assert collection.column("mood") == list(range(20))
    assert (collection.root, collection.name, collection.problems) == (tmp_path, tmp_path.name, [])


def test_byte_order_mark_blank_lines_and_windows_line_ends(tmp_path):
    write(tmp_path, [b'\xef\xbb\xbf{"id": 1, "text": "a"}\r', b"", b"  ", b'{"id": 2, "text": "b"}\r'])
    assert load_collection(tmp_path).ids == ["1", "2"]


def test_twenty_broken_members_are_skipped_with_a_line_each(tmp_path):
    write(tmp_path, GOOD + [line for _, line, _ in BROKEN])
    collection = load_collection(tmp_path, on_error="skip")
    assert collection.records == load_collection(write(tmp_path, GOOD, "good.jsonl")).records
    assert [problem.item for problem in collection.problems] == [item for item, _, _ in BROKEN]
    for number, (problem, (_, _, reason)) in enumerate(
        zip(collection.problems, BROKEN, strict=True), start=21
    ):
        assert problem.reason.startswith(f"manifest.jsonl line {number}: ")
        assert reason in problem.reason
        assert "\n" not in str(problem)


@pytest.mark.parametrize(("item", "line", "reason"), BROKEN, ids=[item for item, _, _ in BROKEN])
def test_each_broken_member_stops_the_default(tmp_path, item, line, reason):
    path = write(tmp_path, [*GOOD, line, b'{"id": "later", "image": "also gone.jpg"}'])
    with pytest.raises(CollectionError) as caught:
        load_collection(path)
    where = "line 21: " if item.startswith("line") else f"line 21, item {item!r}: "
    assert str(caught.value).startswith(f"{path}: {where}")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("n_carriers", "accepted"), [(4, False), (5, True), (10, True)])
def test_a_key_of_half_the_items_is_a_column(tmp_path, n_carriers, accepted):
    rows = [{"id": i, "text": "a", **({"tags": 1} if i < n_carriers else {"tags": None})} for i in range(10)]
    write(tmp_path, rows)
    collection = load_collection(tmp_path, on_error="skip")
    assert len(collection) == (10 if accepted else 10 - n_carriers)
    assert len(collection.problems) == (0 if accepted else n_carriers)
    if accepted:
        assert collection.column("tags") == [1] * n_carriers + [None] * (10 - n_carriers)


def test_a_collection_of_broken_items_alone(tmp_path):
    write(tmp_path, [b"{", b"}"])
    collection = load_collection(tmp_path, on_error="skip")
    assert (len(collection), len(collection.problems)) == (0, 2)


def write_csv(folder, rows, encoding="utf-8"):
    (folder / "a.jpg").write_bytes(b"x")
    path = folder / "manifest.csv"
    with open(path, "w", newline="", encoding=encoding) as stream:
        csv.writer(stream).writerows(rows)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_reads(tmp_path, encoding):
    header = ["id", "image", "text", "label", "split", "fold"]
    rows = [
        ["1", "a.jpg", '["a dog", "ein Hündchen"]', '["dog", "pet"]', "train", "1"],
        ["2", "", "a cat,\nasleep", "cat", "test", "2"],
        ["3", "a.jpg", "[sic] a dog", "", "", ""],
    ]
    path = write_csv(tmp_path, [header, *rows], encoding)
    expected = [
        {
            "id": "1",
            "image": tmp_path / "a.jpg",
            "text": ["a dog", "ein Hündchen"],
            "label": ["dog", "pet"],
            "split": "train",
            "fold": "1",
        },
        {"id": "2", "text": "a cat,\nasleep", "label": "cat", "split": "test", "fold": "2"},
        {"id": "3", "image": tmp_path / "a.jpg", "text": "[sic] a dog"},
    ]
    assert load_collection(path).records == load_collection(tmp_path).records == expected


def test_csv_problems_name_the_line_where_the_row_begins(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_bytes(
        b'id,image,text\n1,,"two\nlines"\n\n2,gone.jpg,a\n3,,\xe9t\xe9\n4,a\n,,a\n1,,a\n5,,  \n6,,"[""a"", """"]"\n'
    )
    collection = load_collection(path, on_error="skip")
    assert collection.ids == ["1", "6"]
    assert [(p.item, p.reason.split(": ", 1)[0]) for p in collection.problems] == [
        ("2", "manifest.csv line 5"),
        ("3", "manifest.csv line 6"),
        ("4", "manifest.csv line 7"),
        ("line 8", "manifest.csv line 8"),
        ("1", "manifest.csv line 9"),
        ("5", "manifest.csv line 10"),
        ("6", "manifest.csv line 11"),
    ]
    expected = [
        "does not exist",
        "not UTF-8",
        "has 2 cells",
        "has no id",
        "duplicate",
        "empty text",
        "an empty caption",
    ]
    for problem, words in zip(collection.problems, expected, strict=True):
        assert words in problem.reason
    with pytest.raises(CollectionError, match=r"line 5, item '2': image file 'gone\.jpg' does not exist"):
        load_collection(path)


def test_csv_cells_may_be_long(tmp_path):
    limit = csv.field_size_limit()
    path = write_csv(tmp_path, [["id", "text"], ["1", "word " * 40_000]])
    assert len(load_collection(path)[0]["text"]) == 200_000
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,text\na,b\n", "line 1: no column 'id'"),
        ("id;text\na;b\n", "separated by commas"),
        ("id,text,text\n1,a,b\n", "column 'text' occurs twice"),
        ('id,text\n1,"a"b\n', "line 2: not csv"),
        ("id,text\n", "holds no items"),
        ("", "holds no items"),
    ],
)
def test_csv_that_is_none(tmp_path, content, message):
    path = tmp_path / "m.csv"
    path.write_text(content)
    for on_error in ("raise", "skip"):
        with pytest.raises(CollectionError, match=message):
            load_collection(path, on_error=on_error)


def test_jsonl_is_preferred_to_csv(tmp_path):
    write_csv(tmp_path, [["id", "text"], ["csv", "a"]])
    assert load_collection(tmp_path).ids == ["csv"]
    write(tmp_path, [{"id": "jsonl", "text": "a"}])
    assert load_collection(tmp_path).ids == ["jsonl"]


def test_what_is_no_collection(tmp_path):
    with pytest.raises(CollectionError, match="does not exist; expected a manifest or a folder"):
        load_collection(tmp_path / "nowhere")
    (tmp_path / "m.txt").write_text("x")
    with pytest.raises(CollectionError, match=r"must be a \.jsonl or \.csv manifest"):
        load_collection(tmp_path / "m.txt")
    with pytest.raises(CollectionError, match="holds no items"):
        load_collection(write(tmp_path, [b""]))
    with pytest.raises(ValueError, match="on_error must be 'raise' or 'skip', got 'zero'"):
        load_collection(tmp_path, on_error="zero")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "n_items", "modalities", "splits", "n_labels"),
    [
        ("pascal_sentence", 1000, ("text", "image"), {"train": 800, "test": 200}, 20),
        ("recipes", 139, ("text", "image"), {}, 0),
        ("ucf101", 120, ("text", "video"), {"train": 72, "test": 48}, 6),
        ("fsdd", 1200, ("text", "audio"), {"train": 900, "test": 300}, 10),
    ],
)
def test_real_manifests_load_without_problems(shared_data, name, n_items, modalities, splits, n_labels):
    collection = load_collection(shared_data(name))
    assert (len(collection), collection.modalities, collection.problems) == (n_items, modalities, [])
    assert {split: len(collection.split(split)) for split in collection.split_names} == splits
    assert len(set(collection.labels) - {None}) == n_labels


def test_empty_captions_are_reported_and_the_item_kept(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "manifest.jsonl").write_text(
        '{"id": "untitled", "image": "a.jpg", "text": " "}\n{"id": "gap", "text": ["a dog", ""]}\n'
    )
    collection = load_collection(tmp_path)
    assert [sorted(record) for record in collection] == [["id", "image"], ["id", "text"]]
    assert collection.column("text") == [None, ["a dog"]]
    assert [(p.item, p.reason.split(": ", 1)[1]) for p in collection.problems] == [
        ("untitled", "empty text; the item is kept without it, write a caption"),
        ("gap", "an empty caption among others; the item is kept without it"),
    ]


@pytest.mark.data
def test_real_manifest_with_three_untitled_clips(shared_data):
    folder = shared_data("esc10")
    collection = load_collection(folder)
    assert [problem.item for problem in collection.problems] == ["5-9032-A", "1-4211-A", "1-7057-A"]
    assert (len(collection), len(set(collection.labels))) == (400, 10)
    assert set(collection.column("fold")) == {1, 2, 3, 4, 5}


def test_text_of_manifests_is_composed_and_paths_find_their_files(tmp_path):
    (tmp_path / "cafe\u0301.png").write_bytes(b"x")
    row = {
        "id": "cafe\u0301",
        "image": "café.png",
        "text": ["cre\u0300me"],
        "label": "e\u0301",
        "pla\u0302ce": "e\u0301",
    }
    for name, content in (
        ("a.jsonl", json.dumps(row)),
        ("a.csv", "id,image,text,label,pla\u0302ce\ncafe\u0301,café.png,cre\u0300me,e\u0301,e\u0301\n"),
    ):
        (tmp_path / name).write_bytes(content.encode("utf-8"))
        (record,) = load_collection(tmp_path / name)
        assert (record["id"], record["label"], record["plâce"]) == ("café", "é", "é")
        assert record["text"] in (["crème"], "crème") and record["image"].is_file()


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_byte_order_marks_are_dropped_also_between_files_that_were_joined(tmp_path, name):
    one, two = (
        ('{"id": "a", "text": "x"}', '{"id": "b", "text": "y"}')
        if name == "a.jsonl"
        else ("id,text\na,x", "b,y")
    )
    (tmp_path / name).write_bytes(
        f"\ufeff\ufeff{one}\r\n\ufeff{two}\r\n".replace("\ufeff\ufeff", "\ufeff").encode()
    )
    assert load_collection(tmp_path / name).ids == ["a", "b"]
    (tmp_path / name).write_text(f"{one}\n{two}\n", encoding="utf-16")
    with pytest.raises(CollectionError, match="is UTF-16 text, not UTF-8; save the manifest as UTF-8"):
        load_collection(tmp_path / name)


@pytest.mark.parametrize("depth", [60, 900, 100_000])
@pytest.mark.parametrize("brackets", ["[]", ('{"a":', "}")])
def test_deep_json_is_one_line(tmp_path, depth, brackets):
    left, right = brackets
    value = left * depth + ("1" if left != "[" else "") + right * depth
    (tmp_path / "a.jsonl").write_text(
        f'{{"id": "a", "text": "x", "own": {value}}}\n{{"id": "b", "text": "y"}}\n'
    )
    with pytest.raises(CollectionError, match=r"line 1: not usable JSON .*over 50 lists") as caught:
        load_collection(tmp_path / "a.jsonl")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert load_collection(tmp_path / "a.jsonl", on_error="skip").ids == ["b"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_has_not(tmp_path, number):
    (tmp_path / "a.jsonl").write_text(f'{{"id": "a", "text": "x", "own": {number}}}\n')
    with pytest.raises(CollectionError, match=f"line 1: not usable JSON .*{number} is no number of JSON"):
        load_collection(tmp_path / "a.jsonl")


def test_manifests_are_read_within_bounds(tmp_path):
    with open(tmp_path / "a.jsonl", "wb") as file:
        file.truncate(6 << 30)
    with pytest.raises(CollectionError, match="is over 512 MB; split the collection"):
        load_collection(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_bytes(b'{"id": "a", "text": "' + b"x" * (33 << 20) + b'"}\n')
    with pytest.raises(CollectionError, match="line 1: over 32 MB long; write one object per line"):
        load_collection(tmp_path / "b.jsonl")
    os.mkfifo(tmp_path / "c.jsonl")
    with pytest.raises(CollectionError, match="is no regular file"):
        load_collection(tmp_path / "c.jsonl")
