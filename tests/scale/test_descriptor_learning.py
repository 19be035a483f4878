"""Encoders learned by adding up over drawn descriptors are what a direct computation of all descriptors gives."""

import numpy as np
import pytest
from sklearn.base import clone

from classicxm.base import Encoder
from classicxm.encoding import VLAD, BagOfWords, Channels, Encoded, FisherVector, Statistics
from classicxm.encoding.encoded import SPARE
from classicxm.errors import ItemError
from classicxm.image import DenseSIFT
from classicxm.scale.descriptor_learning import Descriptors, learn_encoder
from classicxm.scale.engines import SerialEngine
from classicxm.scale.learning import learn_extractor
from tests.scale.memory import Backwards, HeldSample, ended

RANDOM = np.random.default_rng(0)
CENTRES = RANDOM.normal(size=(4, 6)) * 8
ROWS = (CENTRES[RANDOM.integers(0, 4, 300)] + RANDOM.normal(size=(300, 6))).astype(np.float32)
OWNERS = np.sort(RANDOM.integers(0, 30, 300)).astype(np.uint64)
CUT = int(np.searchsorted(OWNERS, 12))  # items lie in one part each
BOUNDS = [0, CUT, CUT, 300]  # the second part has no descriptors
PARTS = [f"sample-{n:05d}" for n in range(3)]


@pytest.fixture
def drawn(tmp_path):
    for n, part in enumerate(PARTS):
        np.save(tmp_path / f"{part}.npy", ROWS[BOUNDS[n] : BOUNDS[n + 1]])
        np.save(tmp_path / f"{part}-owners.npy", OWNERS[BOUNDS[n] : BOUNDS[n + 1]])
    return Descriptors(tmp_path, 0, 6)


def learned(encoder, drawn, engine=None):
    sample = HeldSample(range(3), (1, 2))
    assert sample.plan.sample_parts == PARTS
    return ended(learn_encoder(clone(encoder), drawn, 6, sample), PARTS, engine)


def nearest(words):
    return ((ROWS[:, None] - words[None]) ** 2).sum(axis=2).argmin(axis=1)


@pytest.mark.parametrize("encoder", [BagOfWords(n_words=4), VLAD(n_words=4)])
def test_words_are_the_means_of_what_is_nearest_to_them(drawn, encoder):
    found = learned(encoder, drawn)
    cells = nearest(found.words_)
    expected = np.stack([ROWS[cells == word].mean(axis=0) for word in range(4)])
    np.testing.assert_allclose(found.words_, expected, rtol=1e-4, atol=1e-4)
    assert found.encode(ROWS[:20]).shape == clone(encoder).fit(ROWS, OWNERS).encode(ROWS[:20]).shape


def test_weights_of_words_count_items(drawn):
    found = learned(BagOfWords(n_words=4, tfidf=True), drawn)
    cells = nearest(found.words_)
    held = np.array([len(set(OWNERS[cells == word].tolist())) for word in range(4)])
    n_items = len(set(OWNERS.tolist()))
    np.testing.assert_allclose(found.idf_, np.log((1 + n_items) / (1 + held)) + 1, rtol=1e-12)


def test_a_mixture_of_one_is_mean_and_variance(drawn):
    found = learned(FisherVector(n_components=1, n_pca=None), drawn)
    np.testing.assert_allclose(found.mean_, ROWS.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.means_[0] + found.mean_, ROWS.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(found.variances_[0], ROWS.var(axis=0), rtol=1e-3)
    assert found.weights_.tolist() == [1.0]


def test_principal_directions_are_those_of_the_covariance(drawn):
    found = learned(FisherVector(n_components=2, n_pca=3), drawn)
    expected = np.linalg.svd(ROWS - ROWS.mean(axis=0), full_matrices=False)[2][:3].T
    np.testing.assert_allclose(abs(found.projection_.T @ expected), np.eye(3), atol=1e-4)


def test_channels_learn_from_their_columns(drawn):
    found = learned(Channels(Statistics(), {"low": (0, 2), "high": (2, 6)}), drawn)
    np.testing.assert_allclose(found.encoders_["low"].mean_, ROWS[:, :2].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.encoders_["high"].scale_, ROWS[:, 2:].std(axis=0), rtol=1e-5)
    with pytest.raises(ValueError, match="channel 'high' ends at column 7, but the descriptors have 6"):
        learned(Channels(Statistics(), {"high": (2, 7)}), drawn)


def test_results_are_equal_to_the_bit_whatever_the_order_of_arrival(drawn):
    for encoder in (VLAD(n_words=4), FisherVector(n_components=2, n_pca=3), Statistics()):
        one, other = learned(encoder, drawn), learned(encoder, drawn, Backwards())
        np.testing.assert_array_equal(one.encode(ROWS[:9]), other.encode(ROWS[:9]))


class Count(Encoder):
    """Knows how many descriptors and items it was fitted on."""

    def fit(self, X, groups=None):
        self.seen_ = X, groups
        self.n_features_in_, self.n_features_out_ = X.shape[1], 1
        return self

    def encode(self, descriptors, places=None):
        return np.float32([len(descriptors)])


def test_other_encoders_get_everything_at_once(drawn):
    rows, owners = learned(Count(), drawn).seen_
    np.testing.assert_array_equal(rows, ROWS)
    np.testing.assert_array_equal(owners, OWNERS)


def test_too_few_descriptors_are_said(drawn):
    with pytest.raises(
        ValueError, match="n_words=301 needs at least 301 descriptors, got 300; lower it or give"
    ):
        learned(BagOfWords(n_words=301), drawn)


SIFT = DenseSIFT(step=8, bin_sizes=(4,))
IMAGES = [RANDOM.integers(0, 255, (40, 40, 3), np.uint8) for _ in range(6)]


def from_images(encoded, folder, cuts, images=IMAGES, **settings):
    return learn_extractor(encoded, HeldSample(images, cuts, "image", folder, **settings), SerialEngine())


def test_what_is_drawn_does_not_depend_on_the_parts(tmp_path):
    encoded = Encoded(SIFT, Statistics(), sample_size=12, random_state=5)
    one, other = from_images(encoded, tmp_path / "a", ()), from_images(encoded, tmp_path / "b", (1, 4))
    np.testing.assert_allclose(one.encoder_.mean_, other.encoder_.mean_, rtol=1e-6)
    per_item = int(np.ceil(SPARE * 12 / 6))
    counts = [len(np.load(path)) for path in sorted((tmp_path / "b").rglob("*[0-9].npy"))]
    assert counts == [per_item, 3 * per_item, 2 * per_item]


def test_an_item_that_cannot_be_described_stops_or_is_left_out(tmp_path):
    images = [*IMAGES[:2], tmp_path / "gone.png"]
    encoded = Encoded(SIFT, Statistics())
    with pytest.raises(ItemError, match="item 'item-2': "):
        from_images(encoded, tmp_path / "a", (2,), images)
    found = from_images(encoded, tmp_path / "b", (2,), images, on_error="skip")
    expected = from_images(encoded, tmp_path / "c", (), IMAGES[:2])
    np.testing.assert_array_equal(found.encoder_.mean_, expected.encoder_.mean_)
    with pytest.raises(ValueError, match="none of the sample's image items has a descriptor to learn from"):
        from_images(encoded, tmp_path / "d", (), images[2:], on_error="skip")
