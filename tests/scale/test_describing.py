import shutil

import numpy as np
import pytest

from classicxm.errors import ClassicXMError
from classicxm.image import ColorHistogram
from classicxm.scale import ProcessEngine, SerialEngine, describe_collection, fit_shards, read_shard
from classicxm.scale.shards import shard_names
from classicxm.text import TfidfText, TopicsText
from tests.scale.collections import write_collection

EXTRACTORS = {"text": TopicsText("lsa", n_topics=4), "image": ColorHistogram()}


def describe(collection, shards, **settings):
    return describe_collection(collection, shards, extractors=EXTRACTORS, **{"shard": 16, **settings})


def hashes(shards):
    return {name: read_shard(shards / name).hash for name in shard_names(shards)}


@pytest.fixture
def collection(tmp_path):
    return write_collection(tmp_path / "collection", 50)


def test_shards_hold_what_a_retriever_would_describe(collection, tmp_path):
    done = describe(collection, tmp_path / "shards")
    assert (done.n_items, done.n_found, done.skipped, done.problems) == (50, 0, [], [])
    shard = read_shard(tmp_path / "shards" / "00003")
    assert shard.ids == ["item-48", "item-49"]
    assert shard.payload[1]["split"] == "test" and shard.payload[1]["image"] == "49.png"
    expected = ColorHistogram().fit().transform([collection / "48.png", collection / "49.png"])
    np.testing.assert_array_equal(shard.views["image"], expected)
    assert not (tmp_path / "shards" / "work").exists()


@pytest.mark.slow
def test_every_engine_writes_the_same_bytes(collection, tmp_path):
    for name, engine in (("one", SerialEngine()), ("two", ProcessEngine(2))):
        describe(collection, tmp_path / name, engine=engine)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert len(hashes(tmp_path / "one")) == 4


def test_a_second_run_goes_on_from_finished_shards(collection, tmp_path):
    describe(collection, tmp_path / "shards")
    before = hashes(tmp_path / "shards")
    shutil.rmtree(tmp_path / "shards" / "00001")
    (tmp_path / "shards" / "00002" / "text.npy").write_bytes(b"cut")
    done = describe(collection, tmp_path / "shards")
    assert (done.n_found, done.n_items) == (2, 32)
    assert hashes(tmp_path / "shards") == before


def test_extractors_are_learned_once(collection, tmp_path, monkeypatch):
    describe(collection, tmp_path / "shards")
    shutil.rmtree(tmp_path / "shards" / "00000")
    monkeypatch.setattr(
        "classicxm.scale.describing.learn_extractor", lambda *given: pytest.fail("learned again")
    )
    assert describe(collection, tmp_path / "shards").n_found == 3


def test_a_broken_item_stops_or_is_left_out_with_a_line(collection, tmp_path):
    (collection / "20.png").write_bytes(b"not a picture")
    (collection / "21.png").unlink()
    with pytest.raises(ClassicXMError, match=r"item-2[01]"):
        describe(collection, tmp_path / "shards")
    done = describe(collection, tmp_path / "shards", on_error="skip")
    assert len(done.skipped) == 2
    assert any("item-20" in line and "image" in line for line in done.skipped)
    assert any("item-21" in line and "does not exist" in line for line in done.skipped)
    ids = [
        key for name in shard_names(tmp_path / "shards") for key in read_shard(tmp_path / "shards" / name).ids
    ]
    assert "item-21" not in ids and "item-20" in ids  # its text is there
    shard = read_shard(tmp_path / "shards" / "00001")
    assert shard.ids.index("item-20") not in shard.rows["image"].tolist()


def test_an_unknown_recipe_leaves_nothing_behind(collection, tmp_path):
    with pytest.raises(ValueError, match="unknown recipe 'quick'; choose one of"):
        describe_collection(collection, tmp_path / "shards", recipe="quick")
    assert not (tmp_path / "shards").exists()


@pytest.mark.slow
def test_a_shard_may_hold_one_item_or_none(collection, tmp_path):
    for number in range(16, 32):  # the whole of the second shard
        (collection / f"{number}.png").unlink()
    done = describe(collection, tmp_path / "shards", on_error="skip")
    assert len(done.skipped) == 16
    empty = read_shard(tmp_path / "shards" / "00001")
    assert (empty.ids, dict(empty.views)) == ([], {})
    assert describe(collection, tmp_path / "shards", on_error="skip").n_found == 4
    assert fit_shards(tmp_path / "shards")[1].n_items == 27
    single = describe(collection, tmp_path / "single", on_error="skip", shard=1)
    assert single.plan.n_parts == 50
    one, many = (fit_shards(tmp_path / name)[0] for name in ("single", "shards"))
    assert one.indexes_["image"].ids() == many.indexes_["image"].ids()
    query = {"text": "a plain red sheet number 3"}
    assert [hit.id for hit in one.search(query, "image", k=9)] == [
        hit.id for hit in many.search(query, "image", k=9)
    ]


def test_a_small_sample_does(collection, tmp_path):
    describe_collection(
        collection, tmp_path / "shards", extractors={"text": TfidfText(), "image": ColorHistogram()}, sample=5
    )
    shard = read_shard(tmp_path / "shards" / "00000")
    assert shard.views["text"].shape[1] < 20


def test_progress_is_told(collection, tmp_path):
    lines = []
    describe(collection, tmp_path / "shards", told=lines.append)
    assert lines[0] == "50 items in 4 shards of text, image"
    assert lines[-1].endswith("4 of 4")
