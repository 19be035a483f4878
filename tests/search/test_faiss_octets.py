"""A faiss index is the same after a file, another process, and being brought from disk."""

import pickle
import sys

import numpy as np
import pytest

from classicxm.errors import DamagedFileError, MissingExtraError
from classicxm.search.faiss_octets import (
    Backend,
    bring_to_memory,
    faiss_library,
    octets_of,
    read_lists,
    read_octets,
    write_lists,
)

faiss = pytest.importorskip("faiss", reason="faiss-cpu is an extra")
VECTORS = np.random.default_rng(0).standard_normal((300, 8)).astype(np.float32)
CODES = np.random.default_rng(1).integers(0, 256, (300, 8)).astype(np.uint8)


def flat():
    index = faiss.IndexFlatIP(8)
    index.add(VECTORS)
    return index, VECTORS[:5]


def binary():
    index = faiss.IndexBinaryFlat(64)
    index.add(CODES)
    return index, CODES[:5]


def lists():
    index = faiss.index_factory(8, "IVF4,Flat")
    index.train(VECTORS)
    index.add(VECTORS)
    index.nprobe = 4
    return index


def same(found, index, queries):
    for one, other in zip(found.search(queries, 3), index.search(queries, 3), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("made", [flat, binary])
def test_octets_hold_the_index(made, tmp_path):
    index, queries = made()
    np.save(tmp_path / "i.npy", octets_of(index))
    same(read_octets(tmp_path / "i.npy", made is binary, 300), index, queries)
    again = pickle.loads(pickle.dumps(Backend(index, True)))
    assert again.final
    same(again.index, index, queries)


def test_lists_are_searched_on_disk_and_grow_in_memory(tmp_path):
    index = lists()
    write_lists(index, tmp_path / "lists")
    found = read_lists(tmp_path / "lists", 300)
    same(found, index, VECTORS[:5])
    bring_to_memory(found)
    for one in (found, index):
        one.add(VECTORS[:50] + 1)
    assert found.ntotal == 350
    same(found, index, VECTORS[:50] + 1)
    before = found.invlists
    bring_to_memory(found)
    assert int(found.invlists.this) == int(before.this)  # is there already
    write_lists(read_lists(tmp_path / "lists", 300), tmp_path / "again")
    same(read_lists(tmp_path / "again", 300), lists(), VECTORS[:5])


def test_damage_and_another_number_of_items_are_named(tmp_path):
    octets = octets_of(flat()[0])
    np.save(tmp_path / "cut.npy", octets[:40])
    (tmp_path / "none.npy").write_bytes(b"no array")
    for name in ("cut.npy", "none.npy", "absent.npy"):
        with pytest.raises(DamagedFileError, match=rf"{name}: is not a readable faiss index \("):
            read_octets(tmp_path / name, False, 300)
    np.save(tmp_path / "whole.npy", octets)
    with pytest.raises(DamagedFileError, match="holds 300 items for 299 vectors"):
        read_octets(tmp_path / "whole.npy", False, 299)
    write_lists(lists(), tmp_path / "lists")
    with pytest.raises(DamagedFileError, match="holds 300 items for 7 vectors"):
        read_lists(tmp_path / "lists", 7)
    (tmp_path / "cut").write_bytes((tmp_path / "lists").read_bytes()[:30])
    with pytest.raises(DamagedFileError, match="is not a readable faiss index"):
        read_lists(tmp_path / "cut", 300)


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtraError, match="faiss-cpu is not installed"):
        faiss_library()
