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
    assert again == PAYLOADS and list(again) == list(PAYLOADS) and list(saved[0].hashes) == list(PAYLOADS)
    saved_into(tmp_path / "b", {})
    assert read_payloads(tmp_path / "b")[0] == {}


def test_additions_are_a_segment_and_the_rest_is_linked(tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    _, saved = read_payloads(tmp_path / "a")
    save = saved_into(tmp_path / "b", PAYLOADS | {"new": {}}, tmp_path / "a", saved)
    assert (
        sorted(os.listdir(tmp_path / "b")) == ["items-1.jsonl", "items.jsonl"] and "items.jsonl" in save.kept
    )
    assert os.path.samefile(tmp_path / "a" / "items.jsonl", tmp_path / "b" / "items.jsonl")
    assert list(read_payloads(tmp_path / "b")[0]) == [*PAYLOADS, "new"]


def test_what_changed_is_written_anew(tmp_path):
    saved_into(tmp_path / "a", PAYLOADS)
    _, saved = read_payloads(tmp_path / "a")
    changed = PAYLOADS | {"item 3": {"n": 33}}
    assert saved_into(tmp_path / "b", changed, tmp_path / "a", saved).kept == {}
    assert read_payloads(tmp_path / "b")[0] == changed


@pytest.mark.parametrize("line", ["{", json.dumps({"id": "a"}), "[1]", json.dumps({"id": [], "payload": {}})])
def test_damaged_lines(line, tmp_path):
    (tmp_path / "items.jsonl").write_text(line + "\n")
    with pytest.raises(DamagedFileError, match="is not a list of payloads"):
        read_payloads(tmp_path)
