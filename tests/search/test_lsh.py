from itertools import pairwise

import numpy as np
import pytest

from classicxm import persistence
from classicxm.errors import DamagedFileError
from classicxm.search import ExactIndex, LSHIndex
from classicxm.search.argsort import ranked
from classicxm.search.candidates import candidates
from classicxm.search.cross_polytope import CrossPolytopes
from classicxm.search.hash_keys import KEY_BITS, keyed, tabled
from classicxm.search.hyperplanes import Hyperplanes, orthogonal_directions, packed_bits
from classicxm.search.multiprobe import NO_KEY, perturbation_sets, probes
from classicxm.search.p_stable import StableProjections
from classicxm.search.segments import Segment, appended, merged, read_segment, renumbered, write_segment
from classicxm.search.tuning import recall_of


def clustered(n, seed=0, d=16):
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((100, d))
    return centres[rng.integers(0, 100, n)] + 0.4 * rng.standard_normal((n, d))


@pytest.fixture(params=["hyperplanes", "stable", "cross_polytope"])
def family(request):
    random, vectors = np.random.RandomState(0), clustered(500).astype(np.float32)
    if request.param == "hyperplanes":
        return Hyperplanes.drawn(random, 16, 3, 7)
    if request.param == "stable":
        return StableProjections.drawn(random, vectors, 3, 7)
    return CrossPolytopes.drawn(random, 16, 3, 7)


def test_hyperplane_keys_by_hand():
    family = Hyperplanes(np.array([[1, 0], [0, 1], [1, 1], [-1, 0]], np.float32), 2, 2)
    keys = family.keys(np.array([[2, -1]], np.float32))
    assert keys.tolist() == [[0b01, 0b01 | 1 << KEY_BITS]]


def test_stable_slots_by_hand():
    multipliers = np.array([[1, 10]], np.uint64)
    family = StableProjections(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), multipliers, 1, 2)
    assert family.keys(np.array([[2.5, 3.9]], np.float32)).tolist() == [[32]]
    _, costs, steps, groups = family.alternatives(np.array([[2.5, 3.9]], np.float32))
    np.testing.assert_allclose(costs[0, 0], [0.01, 0.25, 0.25, 0.81], rtol=1e-4)
    assert steps[0, 0, 0] == 10
    assert groups[0, 0].tolist() == [1, 0, 0, 1]


def test_cross_polytope_corners_by_hand():
    family = CrossPolytopes(np.eye(4, dtype=np.float32), 1, [3])
    keys = family.keys(np.array([[0, 2, 0, 0], [0, 0, -3, 1], [1, 0, 0, 0]], np.float32))
    assert keys.ravel().tolist() == [1, 2 + 4, 0]


def test_directions_of_a_table_are_orthogonal():
    directions = orthogonal_directions(np.random.RandomState(0), 10, 6)
    np.testing.assert_allclose(directions[:6] @ directions[:6].T, np.eye(6), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, rtol=1e-6)


def test_long_runs_of_bits_are_packed():
    bits = np.zeros((1, 40), bool)
    bits[0, [0, 39]] = True
    assert packed_bits(bits).tolist() == [1 | 1 << 39]


def test_perturbation_sets_are_different_and_ordered_by_expected_cost():
    sets = [tuple(one[one < 6]) for one in perturbation_sets(6, 64)]
    assert len(set(sets)) == len(sets) == 64
    costs = [sum((position + 1) ** 2 for position in one) for one in sets]
    assert costs == sorted(costs)


def test_probes_begin_with_the_own_buckets_and_never_repeat(family):
    queries = clustered(20, seed=1).astype(np.float32)
    keys = probes(family, queries, 60, ordered=True)
    for row in keys:
        taken = row[row != NO_KEY]
        assert len(set(taken)) == len(taken) > 40
    for row, own in zip(keys, family.keys(queries), strict=True):
        assert set(own) <= set(row[:3])


def test_a_perturbed_key_is_the_key_of_a_vector_moved_across():
    family = Hyperplanes.drawn(np.random.RandomState(0), 4, 2, 3)
    query = np.random.default_rng(0).standard_normal((1, 4)).astype(np.float32)
    projected = family.project(query)[0]
    table, bit = np.unravel_index(np.abs(projected).argmin(), projected.shape)
    moved = query - 2 * projected[table, bit] * family.directions[table * 3 + bit]
    assert family.keys(moved)[0, table] == probes(family, query, 3, ordered=True)[0, 2]


def test_all_probes_meet_all_buckets_of_hyperplanes():
    family = Hyperplanes.drawn(np.random.RandomState(0), 8, 2, 4)
    keys = probes(family, np.ones((1, 8), np.float32), 1000)
    every = tabled(np.repeat(np.arange(16, dtype=np.uint64)[:, None], 2, axis=1))
    assert sorted(keys[0]) == sorted(every.ravel())


def test_segments_find_what_was_put_in(family):
    vectors = clustered(300).astype(np.float32)
    keys = keyed(family, vectors)
    segments = ()
    for start, stop in ((0, 100), (100, 101), (101, 150), (150, 300)):
        segments = appended(segments, Segment.built(keys[start:stop], start))
    sizes = [len(segment.members) for segment in segments]
    assert all(one > 2 * other for one, other in pairwise(sizes))
    for query, rows in zip(keys[:40], candidates(segments, keys[:40]), strict=True):
        expected = np.concatenate([np.flatnonzero(keys[:, table] == key) for table, key in enumerate(query)])
        assert rows.tolist() == sorted(set(expected))


def test_a_directory_finds_what_sorted_keys_find(monkeypatch):
    keys = tabled(np.random.default_rng(0).integers(0, 50, (200, 3)).astype(np.uint64))
    segment, asked = Segment.built(keys, 0), tabled(np.arange(0, 300, 3, dtype=np.uint64).reshape(-1, 2))
    unknown = np.array([NO_KEY, 7 << KEY_BITS, 2**47], np.uint64)
    asked = np.concatenate([asked.ravel(), keys.ravel(), unknown])
    assert segment.directory is not None
    monkeypatch.setattr("classicxm.search.segments.DIRECTORY_FACTOR", 0)
    by_search = Segment.built(keys, 0)
    assert by_search.directory is None
    (begins, sizes), (expected, expected_sizes) = (one.find(asked) for one in (segment, by_search))
    assert (sizes == expected_sizes).all()
    assert (begins[sizes > 0] == expected[sizes > 0]).all()


def test_ranks_are_those_of_sorting():
    costs = np.random.default_rng(0).random((50, 3, 37)).astype(np.float32)
    assert (ranked(costs) == np.argsort(costs, axis=2)).mean() > 0.999
    assert ranked(np.array([[0.0, -0.0, 0.0]], np.float32)).tolist() == [[0, 1, 2]]
    assert ranked(np.array([[5.0]], np.float32)).tolist() == [[0]]


def test_segments_are_merged_and_renumbered():
    one, other = (
        Segment.built(np.array(keys, np.uint64)[:, None], row) for keys, row in (([5, 3, 5], 0), ([3, 9], 3))
    )
    both = merged(one, other)
    assert both.keys.tolist() == [3, 5, 9]
    assert both.starts.tolist() == [0, 2, 4, 5]
    assert sorted(both.members[:2]) == [1, 3]
    (packed,) = renumbered((one, other), np.array([1, 2, 4]))
    assert (packed.keys.tolist(), packed.members.tolist()) == ([3, 5, 9], [0, 1, 2])
    assert renumbered((one,), np.array([], int)) == ()


def test_single_additions_keep_few_segments():
    index = LSHIndex(n_tables=2, n_bits=4)
    vectors = clustered(300)
    for key, vector in enumerate(vectors):
        index.add(vector[None], [key])
    assert len(index.structure[0]) <= 9
    whole = LSHIndex(n_tables=2, n_bits=4).add(vectors, range(300))
    assert (index.search(vectors, 5)[0] == whole.search(vectors, 5)[0]).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"n_bits": 10},
        {"n_bits": 10, "center": True},
        {"n_bits": 10, "hashing": "cross_polytope"},
        {"n_bits": 10, "metric": "correlation"},
        {"n_bits": 8, "metric": "euclidean"},
        {"n_bits": 8, "hashing": "stable"},
    ],
)
def test_most_neighbours_are_found_among_few_candidates(settings):
    vectors, queries = clustered(5000), clustered(100, seed=1)
    index = LSHIndex(scan="never", n_tables=8, n_probes=40, **settings).add(vectors, range(5000))
    truth, _ = ExactIndex(index.metric).add(vectors, range(5000)).search(queries, 10)
    assert recall_of(index.search(queries, 10)[0], truth) > 0.8
    keys = probes(index.family_, index.hashed(index.prepare(queries.astype(np.float32))), 40)
    assert np.mean([len(set(rows)) for rows in candidates(index.structure[0], keys)]) < 1500


def test_more_probes_find_more():
    vectors, queries = clustered(5000), clustered(100, seed=1)
    truth, _ = ExactIndex().add(vectors, range(5000)).search(queries, 10)
    index = LSHIndex(scan="never", n_tables=4, n_bits=14).add(vectors, range(5000))
    recalls = []
    for index.n_probes in (20, 100, 500):
        recalls.append(recall_of(index.search(queries, 10)[0], truth))
    assert recalls[0] < recalls[1] < recalls[2]


def test_centring_helps_data_that_lie_to_one_side():
    vectors, queries = clustered(5000) + 5, clustered(100, seed=1) + 5
    truth, _ = ExactIndex().add(vectors, range(5000)).search(queries, 10)
    sizes, recalls = [], []
    for center in (False, True):
        index = LSHIndex(scan="never", n_bits=12, n_tables=4, n_probes=30, center=center).add(
            vectors, range(5000)
        )
        recalls.append(recall_of(index.search(queries, 10)[0], truth))
        sizes.append(np.diff(index.structure[0][0].starts).max())
    assert sizes[1] < sizes[0] / 3
    assert recalls[1] > 0.6


def test_short_answers_are_widened_then_scanned(tables_always):
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((3000, 32))
    index = LSHIndex(n_tables=1, n_bits=40, n_probes=1).add(vectors, range(3000))
    ids, _ = index.search(rng.standard_normal((5, 32)), k=20)
    assert (ids != None).all()  # noqa: E711
    ids, _ = index.search(vectors[:5], k=2, allowed=range(1000, 1003))
    assert (ids != None).all()  # noqa: E711


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "dot"}, "metric must be one of 'cosine', 'correlation', 'euclidean', got 'dot'"),
        ({"n_bits": 0}, "n_bits must be an integer from 1 to 48, got 0"),
        ({"n_tables": 0}, "n_tables must be an integer from 1 to 65535, got 0"),
        ({"n_probes": 0}, "n_probes must be an integer of at least 1, got 0"),
        (
            {"hashing": "x"},
            "hashing must be one of 'auto', 'hyperplanes', 'stable', 'cross_polytope', got 'x'",
        ),
        ({"metric": "euclidean", "hashing": "hyperplanes"}, "hyperplanes hashes angles; for euclidean take"),
        ({"center": 1}, "center must be True or False, got 1"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        LSHIndex(**settings).add(np.eye(3), ["a", "b", "c"])


def test_constant_and_huge_data():
    for scale in (1e-30, 1, 1e30):
        index = LSHIndex("euclidean", n_bits=4).add(np.full((3000, 4), scale), range(3000))
        assert index.search(np.full((1, 4), scale), k=3)[0].tolist() == [[0, 1, 2]]


def test_loaded_tables_stay_on_disk_until_changed(tmp_path):
    vectors = clustered(3000)
    index = LSHIndex(n_tables=3).add(vectors, range(3000))
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    assert isinstance(loaded.structure[0][0].members, np.memmap)
    assert isinstance(loaded.store_.snapshot().vectors, np.memmap)
    assert (loaded.search(vectors[:50], 5)[0] == index.search(vectors[:50], 5)[0]).all()
    loaded.add(vectors[:1], ["new"])
    assert loaded.search(vectors[:1], 2)[0].tolist() == [[0, "new"]]


def test_parameters_changed_after_adding_wait_for_the_next_index(tmp_path):
    vectors = clustered(3000)
    index = LSHIndex(n_tables=3).add(vectors, range(3000)).set_params(n_tables=5, n_bits=4)
    expected = index.search(vectors[:20], 5)[0]
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    assert (loaded.search(vectors[:20], 5)[0] == expected).all()


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("members", np.zeros(5, np.int32), "does not fit 2 tables of 4 vectors"),
        ("members", np.full(8, 9, np.int32), "names rows outside the 4 vectors"),
        ("keys", np.zeros((2, 2), np.uint64), r"has shape \(2, 2\) of uint64"),
        ("starts", np.zeros(3), "has shape"),
        ("keys", None, "is not a readable array"),
    ],
)
def test_damaged_tables_are_named(name, array, message, tmp_path):
    write_segment((Segment.built(tabled(np.arange(8, dtype=np.uint64).reshape(4, 2)), 0),), tmp_path)
    if array is None:
        (tmp_path / f"{name}.npy").write_bytes(b"x")
    else:
        np.save(tmp_path / f"{name}.npy", array)
    with pytest.raises(DamagedFileError, match=f"{name}.npy: {message}"):
        read_segment(tmp_path, 4, 2)


def test_the_index_scans_exactly_where_scanning_is_faster_and_says_so():
    vectors, queries = clustered(5000), clustered(300, seed=1)
    exact = ExactIndex().add(vectors, range(5000))
    index = LSHIndex(n_bits=6, n_probes=400).add(vectors, range(5000))
    assert index.scans(1) and index.scans(300)
    assert (index.search(queries, 10)[0] == exact.search(queries, 10)[0]).all()
    few = LSHIndex(n_tables=2, n_bits=14, n_probes=1).add(np.tile(vectors, (20, 1)), range(100_000))
    assert not few.scans(1) and not few.scans(300)
    assert not index.set_params(scan="never").scans(300)


def test_the_more_queries_share_a_scan_the_sooner_it_wins():
    index = LSHIndex(n_tables=4, n_bits=10).add(clustered(60_000), range(60_000))
    wins = {
        n: max(p for p in (1, 10, 20, 40, 80, 160, 320, 640) if not index.set_params(n_probes=p).scans(n))
        for n in (1, 1000)
    }
    assert wins[1000] < wins[1]


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_one_query_is_answered_as_it_is_in_a_batch(metric):
    vectors, queries = clustered(5000).astype(np.float32), clustered(40, seed=1).astype(np.float32)
    index = LSHIndex(metric, scan="never", n_tables=4, n_bits=10, n_probes=60)
    for start in range(0, 5000, 1000):  # several segments
        index.add(vectors[start : start + 1000], range(start, start + 1000))
    index.remove(range(0, 5000, 7))
    for allowed in (None, range(1, 5000, 2)):
        ids, scores = index.search(queries, 10, allowed)
        for i in range(len(queries)):
            one = index.search(queries[i : i + 1], 10, allowed)
            assert one[0].tolist() == ids[i : i + 1].tolist()
            np.testing.assert_array_equal(one[1], scores[i : i + 1])


def test_indexes_that_were_saved_before_they_could_scan_load_and_answer():
    index = LSHIndex().add(np.eye(4), range(4))
    del index.scan
    assert index.scans() and index.search(np.eye(4)[:1], 1)[0].tolist() == [[0]]
