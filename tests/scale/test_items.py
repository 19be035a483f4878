"""Items of parts are those of the manifest, one stream; files and URLs are opened where they may be."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from classicxm.datasets import load_collection
from classicxm.datasets.manifest_rows import Row
from classicxm.errors import CollectionError, MissingExtraError
from classicxm.scale.items import fetched, opened_records
from classicxm.scale.plan import make_plan, part_rows
from tests.scale.collections import write_collection


@pytest.fixture
def planned(tmp_path):
    """A collection of 20 items, and its plan of 3 parts."""
    folder = write_collection(tmp_path / "collection", 20)
    return folder, make_plan(folder, tmp_path / "shards", shard=7)[0]


@pytest.fixture(scope="module", autouse=True)
def remote():
    """Two files of fsspec's file system in memory."""
    memory = fsspec.filesystem("memory")
    memory.pipe("/classicxm-items/a.png", b"picture")
    memory.pipe("/classicxm-items/b c.wav", b"sound" * 100)
    yield
    memory.rm("/classicxm-items", recursive=True)


def row(**fields):
    return Row(3, {"id": "x", **fields})


def test_parts_one_after_the_other_are_the_collection(planned, tmp_path):
    folder, plan = planned
    found = []
    for part in plan.parts:
        with opened_records(plan, part_rows(tmp_path / "shards", part), ["image"], "raise") as (records, _):
            found += records
    collection = load_collection(folder)
    assert [record["id"] for record in found] == list(collection.ids)
    for column in ("image", "text", "label", "split"):
        assert [record[column] for record in found] == list(collection.column(column))


def test_urls_of_what_is_described_are_fetched_and_gone_afterwards(planned):
    plan = replace(planned[1], remote=["memory"])
    urls = {"image": "memory://classicxm-items/a.png", "audio": "memory://classicxm-items/b c.wav"}
    with opened_records(plan, [row(**urls)], ["image"], "raise") as ([record], problems):
        assert record["image"].read_bytes() == b"picture" and record["image"].suffix == ".png"
        assert record["urls"] == urls and record["audio"] == Path(urls["audio"])
        assert "text" not in record and problems == []
    assert not record["image"].exists()


def test_a_file_url_is_a_path_like_any_other(planned, tmp_path):
    folder, plan = planned
    with opened_records(plan, [row(image=f"file://{folder}/3.png")], ["image"], "raise") as ([record], _):
        assert record == {"id": "x", "image": folder / "3.png"}
    (tmp_path / "secret.png").touch()
    for url in (f"file://{tmp_path}/secret.png", f"FILE://{folder}/%2e%2e/secret.png"):
        with (
            pytest.raises(CollectionError, match=r"line 3, item 'x': .*secret\.png"),
            opened_records(plan, [row(image=url)], ["image"], "raise"),
        ):
            pass


def test_what_cannot_be_had_stops_or_is_left_out(planned):
    rows = [row(image="memory://classicxm-items/a.png"), row(image="gone.png"), row(text="here")]
    message = (
        r"manifest.jsonl: line 3, item 'x': .*memory:// is not allowed; give --remote memory to fetch it"
    )
    with pytest.raises(CollectionError, match=message), opened_records(planned[1], rows, ["image"], "raise"):
        pass
    with opened_records(planned[1], rows, ["image"], "skip") as (records, problems):
        assert records == [{"id": "x", "text": "here"}]
    assert [problem.item for problem in problems] == ["x", "x"] and "gone.png" in str(problems[1])


@pytest.mark.parametrize(
    ("url", "most", "message"),
    [
        ("https://host/a.png", 99, "https:// is not allowed; give --remote https"),
        ("memory://classicxm-items/b c.wav", 99, "is over 0 MB"),
        ("memory://classicxm-items/none.png", 99, "cannot be fetched: FileNotFoundError"),
        ("strange://host/a.png", 99, "strange://host/a.png' cannot be fetched: ValueError"),
        ("a.png", 99, ":// is not allowed"),
    ],
)
def test_reasons_why_a_url_is_not_fetched(url, most, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        fetched(url, tmp_path, ["memory", "strange"], most)


def test_files_of_one_name_do_not_meet(tmp_path):
    urls = ["memory://classicxm-items/a.png"] * 2
    assert len({fetched(url, tmp_path, ["memory"]) for url in urls}) == len(list(tmp_path.iterdir())) == 2


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r'^fsspec is not installed; run: .*"classicxm\[remote\]"'):
        fetched("memory://classicxm-items/a.png", tmp_path, ["memory"])


def test_a_manifest_may_name_urls_alone(tmp_path):
    lines = [{"id": str(n), "image": "memory://classicxm-items/a.png"} for n in range(3)]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    plan, _ = make_plan(tmp_path, tmp_path / "shards", remote=("memory",))
    with opened_records(plan, part_rows(tmp_path / "shards", "00000"), ["image"], "raise") as (records, _):
        assert [record["image"].read_bytes() for record in records] == [b"picture"] * 3
