"""Payloads in segments: read back in order, and taken over where they did not change."""

import json
import os

import pytest

from classicxm.errors import DamagedFileError
from classicxm.kept_files import Save, saving
from classicxm.retrieval.payload_files import read_payloads, write_payloads

PAYLOADS = {f"item {n}": {"n": n, "text": "é\ud800"} for n in range(9)}


def saved_into(folder, payloads, replaced=None, saved=()):
    folder.mkdir()
    if replaced is None:
        return write_payloads(payloads, folder)
    listed = {path.name: {} for path in replaced.iterdir()}
    with saving(Save(replaced, folder, listed)) as save:
        write_payloads(payloads, folder, saved)
    return save


def test_what_is_read_is_what_was_written(tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    again, saved = read_payloads(tmp_path / "a")
    assert again == PAYLOADS and list(again) == list(PAYLOADS) and saved[0].keys == list(PAYLOADS)
    saved_into(tmp_path / "b", {})
    assert read_payloads(tmp_path / "b")[0] == {}


def test_additions_are_a_segment_and_the_rest_is_linked(tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    _, saved = read_payloads(tmp_path / "a")
    save = saved_into(tmp_path / "b", PAYLOADS | {"new": {}}, tmp_path / "a", saved)
    assert sorted(os.listdir(tmp_path / "b")) == [
        "item-ids-1.jsonl",
        "item-ids.jsonl",
        "items-1.jsonl",
        "items.jsonl",
    ]
    assert set(save.kept) == {"items.jsonl", "item-ids.jsonl"}
    for name in save.kept:
        assert os.path.samefile(tmp_path / "a" / name, tmp_path / "b" / name)
    assert list(read_payloads(tmp_path / "b")[0]) == [*PAYLOADS, "new"]


def test_what_changed_is_written_anew(tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    _, saved = read_payloads(tmp_path / "a")
    changed = PAYLOADS | {"item 3": {"n": 33}}
    assert saved_into(tmp_path / "b", changed, tmp_path / "a", saved).kept == {}
    assert read_payloads(tmp_path / "b")[0] == changed


def test_what_was_only_looked_at_is_linked_and_what_was_changed_in_place_is_not(tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    payloads, saved = read_payloads(tmp_path / "a")
    assert list(payloads.values()) == list(PAYLOADS.values())  # all are parsed now
    assert set(saved_into(tmp_path / "b", payloads, tmp_path / "a", saved).kept) == {
        "items.jsonl",
        "item-ids.jsonl",
    }
    payloads["item 3"]["n"] = 33
    assert saved_into(tmp_path / "c", payloads, tmp_path / "a", saved).kept == {}
    assert read_payloads(tmp_path / "c")[0] == PAYLOADS | {"item 3": {"n": 33, "text": "é\ud800"}}


@pytest.mark.parametrize(
    "gone", [["item 0"], ["item 4", "item 5"], ["item 8", "new"], ["new"], [*PAYLOADS], []]
)
def test_segments_after_removals_and_returns(gone, tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    payloads, saved = read_payloads(tmp_path / "a")
    payloads.update({"new": {"n": 1}, "newer": {}})
    (tmp_path / "b").mkdir()
    saved = write_payloads(payloads, tmp_path / "b", saved)
    fewer = payloads.without(set(gone))
    fewer.update({key: {"back": True} for key in gone})  # at the end now
    (tmp_path / "c").mkdir()
    write_payloads(fewer, tmp_path / "c", saved)
    again = read_payloads(tmp_path / "c")[0]
    assert again == fewer and list(again) == list(fewer)


def test_lines_that_hold_their_ids_are_read_as_earlier_versions_wrote_them(tmp_path):
    for n, (key, payload) in enumerate(PAYLOADS.items()):
        name = "items.jsonl" if n < 6 else "items-1.jsonl"
        with open(tmp_path / name, "a", encoding="utf-8", errors="surrogatepass") as file:
            file.write(json.dumps({"id": key, "payload": payload}, ensure_ascii=False) + "\n")
    payloads, saved = read_payloads(tmp_path)
    assert payloads == PAYLOADS and list(payloads) == list(PAYLOADS) and saved == ()


@pytest.mark.parametrize("line", ["{", json.dumps({"id": "a"}), "[1]", json.dumps({"id": [], "payload": {}})])
def test_damaged_lines_of_earlier_versions(line, tmp_path):
    (tmp_path / "items.jsonl").write_text(line + "\n")
    with pytest.raises(DamagedFileError, match="is not a list of payloads"):
        read_payloads(tmp_path)


@pytest.mark.parametrize(
    ("lines", "ids"),
    [("{}\n", '"a"\n"b"\n'), ("{}\n{}\n", '"a"\n'), ("{}", '"a"\n'), ("{}\n", "[]\n"), ("", "")],
)
def test_lines_that_do_not_fit_their_ids(lines, ids, tmp_path):
    (tmp_path / "items.jsonl").write_text(lines)
    (tmp_path / "item-ids.jsonl").write_text(ids)
    if not ids:
        (tmp_path / "items.jsonl").write_bytes(b"\xff")
    with pytest.raises(DamagedFileError, match="is not a list of payloads"):
        read_payloads(tmp_path)
