import numpy as np
import pytest

from benchmarks import search
from benchmarks.rows import BenchmarkError, row
from benchmarks.search_data import cca_sampler, clustered_sampler
from benchmarks.search_plot import frontier
from benchmarks.search_systems import index_megabytes, load_faiss
from classicxm.search import ExactIndex, HammingIndex, LSHIndex


def test_the_frontier_leaves_out_what_is_beaten_in_both():
    assert frontier([(0.5, 10), (0.9, 20), (0.95, 5), (0.95, 4)]) == [(0.9, 20), (0.95, 5)]


def test_memory_counts_vectors_tables_and_codes():
    vectors = np.random.default_rng(0).standard_normal((100, 64))
    exact, lsh, codes = (make.add(vectors, range(100)) for make in (ExactIndex(), LSHIndex(), HammingIndex()))
    assert index_megabytes(exact) == 100 * 64 * 4 / 1e6
    assert index_megabytes(codes) == 100 * 8 / 1e6
    assert index_megabytes(lsh) > index_megabytes(exact) + 100 * (16 * 4 + 64 + 8) / 1e6


def test_samples_are_fresh_and_repeatable():
    draw = clustered_sampler()
    one, other = np.random.default_rng(0), np.random.default_rng(0)
    vectors, queries = draw(one, 50), draw(one, 20)
    assert vectors.shape == (50, 64)
    assert not set(map(bytes, queries)) & set(map(bytes, vectors))
    assert (draw(other, 50) == vectors).all()


def test_missing_data_are_named(tmp_path):
    with pytest.raises(BenchmarkError, match=r"no raw_features\.mat in .*; give --data the wikipedia folder"):
        cca_sampler(tmp_path)


@pytest.mark.slow
def test_rows_of_a_small_comparison_and_their_picture(monkeypatch, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    monkeypatch.setattr(search, "N_SINGLE", 2)
    monkeypatch.setattr(search, "RECALLS", (0.9,))
    random, draw = np.random.default_rng(0), clustered_sampler()
    rows = list(search._compared("clustered", draw(random, 600), draw(random, 20), load_faiss(), every=False))
    measures = {(row["system"], row["measure"]) for row in rows}
    for system in ("ExactIndex", "LSHIndex", "NearPyIndex", "HammingIndex", "sklearn-brute"):
        for measure in ("recall_at_10", "queries_per_second", "build_seconds", "megabytes"):
            assert (system, measure) in measures
    exact = [
        row["value"]
        for row in rows
        if row["system"] in ("ExactIndex", "sklearn-brute", "faiss-flat") and row["measure"] == "recall_at_10"
    ]
    assert min(exact) == 1
    (above,) = [row["value"] for row in rows if row["measure"] == "recall_above_target"]
    assert abs(above) < 0.1
    peers = {row["settings"]["peer"] for row in rows if row["measure"] == "speed_ratio"}
    assert {"NearPyIndex", "ExactIndex", "sklearn-brute"} <= peers
    stored = {"data": "stores", "n": 50, "d": 64, "filter": 0.05, "passing": "any"}
    rows += [row("search", "ExactIndex", "recall_at_10", 1, "", batch=one, **stored) for one in (1, 200)]
    search.plot(rows, tmp_path / "frontier.png")
    assert (tmp_path / "frontier.png").stat().st_size > 5000


def test_ratios_are_to_the_fastest_of_no_less_recall():
    shared = {"n": 9, "data": "x"}
    rows = []
    for system, recall, speed, bits in (
        ("NearPyIndex", 0.8, 10, 1),
        ("LSHIndex", 0.7, 900, 2),
        ("LSHIndex", 0.8, 70, 3),
    ):
        for measure, value in (("recall_at_10", recall), ("queries_per_second", speed)):
            rows.append(row("search", system, measure, value, "", batch=5, n_bits=bits, **shared))
        rows.append(row("search", system, "queries_per_second", 1, "", batch=1, n_bits=bits, **shared))
    (ratio,) = search._ratio_rows(rows, shared)
    assert (ratio["system"], ratio["value"], ratio["settings"]["recall"]) == ("LSHIndex", 7, 0.8)


@pytest.mark.slow
def test_every_index_stands_in_the_comparison_of_stores():
    from benchmarks import search_stores
    from classicxm import search as room

    draw = clustered_sampler()
    random = np.random.default_rng(0)
    rows = list(search_stores.store_rows(draw(random, 1000), draw(random, 200)))
    systems = {one["system"].partition("-")[0] for one in rows}
    assert systems == set(room.__all__) - {"StoredIndex", "VectorStore"}
    for name in {one["system"] for one in rows}:
        mine = [one for one in rows if one["system"] == name]
        speeds = [one["settings"] for one in mine if one["measure"] == "queries_per_second"]
        asked = {(one["batch"], one.get("filter"), one.get("passing")) for one in speeds}
        filters = ((None, None), *search_stores.FILTERS.values())
        assert asked == {(batch, *one) for batch in (1, 200) for one in filters}
        found = {
            (one["settings"].get("filter"), one["settings"].get("passing")): one["value"]
            for one in mine
            if one["measure"] == "recall_at_10"
        }
        if not name.endswith(("-codes", "-binary")):
            assert min(found.values()) >= min(0.95, found[None, None])
        if "exact" in name.lower() or name in ("FaissIndex-flat", "PgVectorIndex"):
            assert all(one["value"] == 1 for one in mine if one["measure"] == "recall_at_10"), name
