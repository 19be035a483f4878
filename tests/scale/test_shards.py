import json

import numpy as np
import pytest

from classicxm.errors import DamagedFileError
from classicxm.scale import read_shard, write_shard
from classicxm.scale.shards import is_whole, shard_names

VIEWS = {
    "text": (np.arange(6, dtype=np.float32).reshape(3, 2), np.array([0, 1, 3])),
    "image": (np.ones((2, 3), np.float32), np.array([1, 3])),
}
IDS = ["a", "b", "ü", "d"]
PAYLOAD = [{"split": "train"}, {"split": "train"}, {"split": "test"}, {"split": "test", "label": "x"}]


def test_a_shard_comes_back_as_it_was_written(tmp_path):
    content = write_shard(tmp_path / "00003", IDS, VIEWS, PAYLOAD, plan="p", skipped=["item 'x': broken"])
    shard = read_shard(tmp_path / "00003")
    assert (shard.name, shard.ids, shard.payload, shard.skipped) == (
        "00003",
        IDS,
        PAYLOAD,
        ["item 'x': broken"],
    )
    assert shard.hash == content
    for modality, (vectors, rows) in VIEWS.items():
        np.testing.assert_array_equal(shard.views[modality], vectors)
        np.testing.assert_array_equal(shard.rows[modality], rows)


def test_items_with_every_modality_in_a_split(tmp_path):
    write_shard(tmp_path / "00000", IDS, VIEWS, PAYLOAD)
    shard = read_shard(tmp_path / "00000")
    assert shard.complete(["text", "image"]).tolist() == [1, 3]
    assert shard.complete(["text", "image"], "test").tolist() == [3]
    assert shard.complete(["text", "audio"]).tolist() == []
    assert shard.view("text", np.array([1, 3])).tolist() == [[2, 3], [4, 5]]


def test_equal_content_has_equal_hashes_and_other_content_another(tmp_path):
    one = write_shard(tmp_path / "a" / "00000", IDS, VIEWS, PAYLOAD)
    assert write_shard(tmp_path / "b" / "00000", IDS, VIEWS, PAYLOAD) == one
    assert write_shard(tmp_path / "b" / "00000", IDS[::-1], VIEWS, PAYLOAD) != one


@pytest.mark.parametrize("name", ["ids.jsonl", "payload.jsonl", "text.npy", "image-rows.npy", "shard.json"])
def test_an_altered_file_is_named(tmp_path, name):
    write_shard(tmp_path / "00000", IDS, VIEWS, PAYLOAD)
    path = tmp_path / "00000" / name
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match=name):
        read_shard(tmp_path / "00000")


def test_a_cut_file_is_no_whole_shard(tmp_path):
    write_shard(tmp_path / "00000", IDS, VIEWS, PAYLOAD, plan="p")
    assert is_whole(tmp_path / "00000", "p")
    assert not is_whole(tmp_path / "00000", "another plan")
    assert not is_whole(tmp_path / "00001", "p")
    path = tmp_path / "00000" / "text.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert not is_whole(tmp_path / "00000", "p")
    with pytest.raises(DamagedFileError, match="missing or cut"):
        read_shard(tmp_path / "00000", verify=False)


def test_a_record_that_lies_about_the_files_is_refused(tmp_path):
    write_shard(tmp_path / "00000", IDS, VIEWS, PAYLOAD)
    record = json.loads((tmp_path / "00000" / "shard.json").read_text())
    record["files"]["text.npy"]["bytes"] += 1
    (tmp_path / "00000" / "shard.json").write_text(json.dumps(record))
    with pytest.raises(DamagedFileError, match="record of a shard"):
        read_shard(tmp_path / "00000")


def test_names_are_in_the_order_of_numbers(tmp_path):
    for name in ("00010", "00002", "100000", "plan", "x"):
        (tmp_path / name).mkdir()
    assert shard_names(tmp_path) == ["00002", "00010", "100000"]
