"""A brute-force index in a dict and plain NumPy, which every index is compared with."""

import numpy as np

from classicxm.distances import similarity


class BruteForce:
    """Insertion order is the dict's order; scores are computed pair by pair in double precision."""

    def __init__(self, metric="cosine"):
        self.metric, self.items = metric, {}

    def add(self, vectors, ids):
        self.items.update(zip(ids, np.asarray(vectors, np.float64), strict=True))

    def remove(self, ids):
        for key in ids:
            del self.items[key]

    def search(self, queries, k, allowed=None):
        ids = np.full((len(queries), k), None, object)
        scores = np.full((len(queries), k), -np.inf)
        known = [key for key in self.items if allowed is None or key in set(allowed)]
        for i, query in enumerate(np.asarray(queries, np.float64)):
            row = np.array(
                [similarity(query[None], self.items[key][None], self.metric)[0, 0] for key in known]
            )
            order = np.argsort(-row.round(9), kind="stable")[:k]
            for j, item in enumerate(order):
                ids[i, j], scores[i, j] = known[item], row[item]
        return ids, scores


def same_answers(index, oracle, queries, k, allowed=None, tolerance=1e-5):
    """Assert that both give the same scores, and the same ids wherever scores are apart."""
    ids, scores = index.search(queries, k, allowed)
    expected_ids, expected = oracle.search(queries, k, allowed)
    assert ids.shape == scores.shape == (len(queries), k)
    np.testing.assert_allclose(scores, expected, rtol=tolerance, atol=tolerance)
    valid_answers(ids, scores, oracle.items if allowed is None else set(allowed) & set(oracle.items))
    for row, (mine, theirs) in enumerate(zip(ids, expected_ids, strict=True)):
        gaps = np.abs(np.diff(np.maximum(expected[row], -1e9), prepend=1e10, append=-1e10))
        clear = (gaps[:-1] > 10 * tolerance) & (gaps[1:] > 10 * tolerance)
        clear[-1:] = False  # the item after the last may lie as near
        assert mine[clear].tolist() == theirs[clear].tolist()


def valid_answers(ids, scores, held):
    """Assert what holds of approximate answers too: held items only, none twice, sorted, padded at the end."""
    assert ids.dtype == object
    assert not np.isnan(scores).any()
    for row_ids, row_scores in zip(ids, scores, strict=True):
        found = [key for key in row_ids if key is not None]
        assert len(found) == len(set(found))
        assert all(key in held for key in found)
        assert row_ids[: len(found)].tolist() == found
        assert np.isneginf(row_scores[len(found) :]).all()
        assert (row_scores[: len(found)][:-1] >= row_scores[: len(found)][1:]).all()
