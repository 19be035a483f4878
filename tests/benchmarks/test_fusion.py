"""The protocol of the fusion benchmark: the query's own image never stands in a list, and weights are as told."""

import numpy as np

from benchmarks.fusion import evaluated, other_images, others
from classicxm.retrieval import FUSIONS
from classicxm.search import ExactIndex
from tests.retrieval.plain_vectors import Identity


def test_the_querys_own_image_is_taken_out():
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    ids, scores = other_images(ExactIndex().add(vectors, range(6)), vectors)
    assert ids.shape == scores.shape == (6, 5) and (np.diff(scores, axis=1) <= 0).all()
    assert [sorted(row) for row in ids.tolist()] == [[j for j in range(6) if j != i] for i in range(6)]
    assert others(np.arange(9).reshape(3, 3)).tolist() == [[1, 2], [3, 5], [6, 7]]


def test_precisions_of_rules_and_modalities_alone():
    labels = [0, 0, 0, 1, 1, 1]
    images = np.random.default_rng(0).normal(size=(6, 2))
    classes = np.array([[1.0, 0.0], [0.0, 1.0]])[labels]
    aligner = Identity().fit({"image": images, "text": classes})
    names = {(rule, share): share for rule in FUSIONS for share in (0.0, 1.0)}
    found = evaluated(aligner, [classes, -classes], images, labels, names)
    for rule in FUSIONS:
        np.testing.assert_allclose(found[rule, 0.0], found["image"])
        np.testing.assert_allclose(found[rule, 1.0], found["text"])
    perfect = evaluated(aligner, [classes], classes, labels, {"early": 0.5})
    assert all(values.tolist() == [1.0] * 6 for values in perfect.values())
