"""The parts of the sound benchmark that do not need its data."""

import numpy as np
import pytest

from benchmarks.audio import chosen_matching, digit_sound, matched, some_of_each
from benchmarks.audio_classifiers import CLASSIFIERS, predictions
from classicxm.alignment import CCA
from classicxm.datasets import Collection
from classicxm.media.audio import as_audio

RANDOM = np.random.default_rng(0)
LABELS = np.repeat(np.array(["dog", "rain"]), 30)
FOLDS = np.tile([1, 2, 3], 20)


def sounds(n, rate=22050):
    return [as_audio(RANDOM.uniform(-0.5, 0.5, rate // 2) * (i + 1) / n, rate) for i in range(n)]


def points(spread):
    return RANDOM.normal(0, spread, (60, 2)) + np.where(LABELS == "dog", 3, 0)[:, None]


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_classes_that_lie_apart_are_told_apart(classifier):
    predicted, settings = predictions(classifier, points(0.3), LABELS, FOLDS, points(0.3))
    assert (predicted == LABELS).all() and settings["kernel"] == classifier.split("-")[0]


def test_a_ring_needs_the_kernel():
    angle = RANDOM.uniform(0, 2 * np.pi, 60)
    radius = np.where(LABELS == "dog", 1.0, 3.0)
    ring = np.c_[radius * np.cos(angle), radius * np.sin(angle)]
    accuracy = {
        name: (predictions(name, ring, LABELS, FOLDS, ring)[0] == LABELS).mean() for name in CLASSIFIERS
    }
    assert accuracy["rbf-svm"] == 1 and accuracy["linear-svm"] < 0.9


def test_matching_finds_the_class_in_the_other_view():
    views = {"audio": points(0.5), "text": points(0.5) @ [[0, 1], [-1, 0]]}
    for aligner in (chosen_matching(views, LABELS, FOLDS), CCA(1).fit(views)):
        found = matched(aligner, views, LABELS, "audio", "text")
        assert set(found) == {"map_a2t", "map_t2a"}
        assert min(precisions.mean() for precisions in found.values()) > 0.9


def test_digit_sound_knows_when():
    low, high = (np.sin(hz * np.arange(4000) / 8000) * 0.5 for hz in (2000, 9000))
    items = [
        as_audio(np.r_[a, b] + 0.01 * RANDOM.uniform(-1, 1, 8000), 8000)
        for a, b in ((low, high), (high, low))
    ]
    features = digit_sound().fit(items).transform(items)
    whole = features.shape[1] // 5
    orders = features[:, whole:]
    assert orders[0] @ orders[1] < 0.5 * np.linalg.norm(orders[0]) * np.linalg.norm(orders[1])


def test_some_of_each_class_and_fold():
    records = [{"id": str(i), "label": str(i % 2), "fold": i % 3} for i in range(60)]
    assert len(some_of_each(Collection(records))) == 3 * 2 * 3
