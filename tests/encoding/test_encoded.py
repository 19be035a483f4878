import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from classicxm.base import LocalExtractor
from classicxm.encoding import BagOfWords, Encoded, encoded
from classicxm.errors import EmptyDescriptionWarning, ItemError
from classicxm.parameters import Integer


class Pixels(LocalExtractor):
    """Every `step`-th pixel's colour as a descriptor."""

    modality = "image"
    parameter_ranges = {"step": Integer(1)}

    def __init__(self, *, step=1):
        self.step = step

    def describe_located(self, item):
        if item.shape[0] == 3:
            return np.zeros((0, 3), np.float32), np.zeros((0, 2), np.float32)
        rows, columns = np.indices(item.shape[:2])
        positions = np.stack([(columns + 0.5) / item.shape[1], (rows + 0.5) / item.shape[0]], axis=-1)
        pixels = item.reshape(-1, 3).astype(np.float32)
        return pixels[:: self.step], positions.reshape(-1, 2)[:: self.step].astype(np.float32)


def images(n, seed=0):
    return list(np.random.default_rng(seed).integers(0, 256, (n, 8, 10, 3), dtype=np.uint8))


def make(**parameters):
    return Encoded(Pixels(), BagOfWords(n_words=4, random_state=0), **parameters)


def test_describes_as_its_parts_do():
    items = images(5)
    fitted = make().fit(items)
    features = fitted.transform(items)
    assert features.shape == (5, fitted.n_features_out_) == (5, 4)
    assert features.dtype == np.float32
    expected = fitted.encoder_.encode(*Pixels().describe_located(items[3]))
    np.testing.assert_array_equal(features[3], expected)


def test_the_sample_is_bounded_and_spread_over_the_items():
    fitted = make(sample_size=50)
    fitted.local_ = fitted.local
    descriptors, owners = fitted._sample(images(10))
    assert descriptors.shape == (50, 3)
    counts = np.bincount(owners, minlength=10)
    assert counts.min() >= 1
    assert counts.max() <= 8


def test_a_small_collection_is_sampled_whole():
    fitted = make(sample_size=1000)
    fitted.local_ = fitted.local
    assert len(fitted._sample(images(2))[0]) == 160


def test_at_most_so_many_items_are_visited(monkeypatch):
    monkeypatch.setattr(encoded, "MOST_ITEMS", 3)
    fitted = make(sample_size=30)
    fitted.local_ = fitted.local
    descriptors, owners = fitted._sample(images(20))
    assert len(np.unique(owners)) == 3
    assert len(descriptors) == 30


def test_the_sample_depends_on_the_seed_alone():
    items = images(9)
    first, again, parallel = (make(sample_size=60, n_jobs=n).fit(items).transform(items) for n in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, parallel)
    other = make(sample_size=60, random_state=1).fit(items).transform(items)
    assert not np.array_equal(first, other)


def test_descriptors_come_with_the_item_they_are_from():
    encoder = BagOfWords(n_words=2, tfidf=True, hellinger=False, norm="l1", random_state=0)
    dark, half = np.zeros((8, 10, 3), np.uint8), np.zeros((8, 10, 3), np.uint8)
    half[4:] = 255
    fitted = Encoded(Pixels(), encoder).fit([dark, dark, half])
    np.testing.assert_allclose(np.sort(fitted.encoder_.idf_), [1, np.log(4 / 2) + 1])


def test_pyramids_get_positions():
    top = np.zeros((8, 10, 3), np.uint8)
    top[:4] = 255
    fitted = Encoded(Pixels(), BagOfWords(n_words=2, pyramid=((1, 2),), random_state=0)).fit([top])
    upper, lower = fitted.transform([top]).reshape(2, 2)
    np.testing.assert_allclose(upper, lower[::-1])
    assert set(upper) == {0, upper.max()}


def test_an_item_without_descriptors_is_zero_and_warned_of():
    fitted = make().fit(images(3))
    with pytest.warns(EmptyDescriptionWarning):
        features = fitted.transform([images(1)[0], np.zeros((3, 5, 3), np.uint8)])
    assert features.any(axis=1).tolist() == [True, False]


def test_bad_items_follow_the_policy(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no image")
    items = [*images(3), str(broken)]
    with pytest.raises(ItemError, match=r"broken\.jpg"):
        make().fit(items)
    skipped = make(on_error="skip").fit(items)
    assert skipped.transform(items).shape == (3, 4)
    assert len(skipped.error_report_.failures) == 1


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(ValueError, match="none of the 2 items has a descriptor to fit the encoder on"):
        make().fit([np.zeros((3, 5, 3), np.uint8)] * 2)
    with pytest.raises(ValueError, match="none of the 0 items"):
        make().fit([])


def test_parameters_reach_the_parts():
    whole = clone(make()).set_params(local__step=5, encoder__n_words=7)
    assert whole.modality == "image"
    fitted = whole.fit(images(4))
    assert fitted.local_.step == 5
    assert fitted.n_features_out_ == 7
    assert not hasattr(fitted.local, "fitted_")
    assert not hasattr(fitted.encoder, "words_")


def test_not_fitted():
    with pytest.raises(NotFittedError):
        make().transform(images(1))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"local": BagOfWords()}, "local must be LocalExtractor"),
        ({"encoder": Pixels()}, "encoder must be Encoder"),
        ({"sample_size": 0}, "sample_size must be an integer of at least 1"),
        ({"on_error": "ignore"}, "on_error must be one of"),
        ({"local__step": 0}, "step must be"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        make().set_params(**parameters).fit(images(2))


LEARN = """
import sys, zlib
from pathlib import Path
from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.encoding import Encoded, FisherVector
from classicxm.estimator_state import write_state
from classicxm.image import DenseSIFT
from classicxm.text import TopicsText

scenes = make_scenes(16, modalities=("text", "image"))
images, texts = ([record[name] for record in scenes] for name in ("image", "text"))
sight = Encoded(DenseSIFT(), FisherVector(n_components=8), sample_size=8000)
topics = TopicsText(method="lsa", n_topics="auto")
views = {"image": sight.fit_transform(images), "text": topics.fit_transform(texts)}
for part in ([sight, topics], CCA(4).fit(views)):
    path = Path(sys.argv[1])
    write_state(part, path)
    print(zlib.crc32(path.read_bytes()))
"""


@pytest.mark.slow
def test_what_is_learned_is_the_same_file_in_every_process(tmp_path):
    # Matrix products of an alignment use all cores, so its last digits may follow the number of threads.
    first, second, one_thread = [
        subprocess.run(
            [sys.executable, "-c", LEARN, str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed} | threads,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed, threads in (("1", {}), ("2", {}), ("3", {"OMP_NUM_THREADS": "1"}))
    ]
    assert first == second
    assert first[0] == one_thread[0]
