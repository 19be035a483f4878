"""Probes: sets of alternatives in the order of their cost, and buckets that are the cheapest of all tables."""

import itertools

import numpy as np

from classicxm.search.hash_keys import tabled
from classicxm.search.hyperplanes import Hyperplanes
from classicxm.search.multiprobe import NO_KEY, membership, perturbation_sets, probes
from classicxm.search.p_stable import StableProjections


def test_sets_come_in_the_order_of_their_expected_cost():
    sets = [tuple(i for i in row if i < 5) for row in perturbation_sets(5, 32).tolist()]
    assert sets[0] == () and len(set(sets)) == 32  # all subsets of 5
    costs = [sum((i + 1) ** 2 for i in members) for members in sets]
    assert costs == sorted(costs)
    matrix = membership(5, 32)
    assert matrix.shape == (5, 32) and [tuple(np.flatnonzero(column)) for column in matrix.T] == sets


def test_no_alternatives():
    assert perturbation_sets(0, 10).tolist() == [[0]]


def test_probes_of_one_table_are_the_cheapest_flips():
    family = Hyperplanes(np.eye(3, dtype=np.float32), 1, 3)
    query = np.array([[0.5, -0.1, 2.0]], np.float32)
    costs = {
        sum(1 << i for i in flipped): sum(query[0, i] ** 2 for i in flipped)
        for n in range(4)
        for flipped in itertools.combinations(range(3), n)
    }
    expected = [0b101 ^ flips for flips in sorted(costs, key=costs.get)]
    assert probes(family, query, 8, ordered=True)[0].tolist() == expected
    assert probes(family, query, 1).tolist() == family.keys(query).tolist()


def test_the_own_buckets_come_first_and_nothing_is_probed_twice():
    family = Hyperplanes.drawn(np.random.RandomState(0), 6, 3, 10)
    queries = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    found = probes(family, queries, 30, ordered=True)
    for row, own in zip(found, family.keys(queries), strict=True):
        assert set(own) == set(row[:3]) and len(set(row.tolist())) == 30
    assert probes(family, queries[:0], 5).size == 0


def test_two_walls_of_one_slot_are_never_crossed_together():
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    family = StableProjections.drawn(np.random.RandomState(0), vectors, 1, 2)
    found = probes(family, vectors[:1], 50)[0]
    slots = np.floor(family.project(vectors[:1]))
    reachable = {
        int(tabled(family.hashes(slots + np.array([a, b])))[0, 0]) for a in (-1, 0, 1) for b in (-1, 0, 1)
    }
    assert {int(key) for key in found if key != NO_KEY} <= reachable
