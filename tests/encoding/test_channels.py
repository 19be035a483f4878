"""One encoder a channel."""

import numpy as np
import pytest
from sklearn.base import clone

from classicxm import persistence
from classicxm.encoding import BagOfWords, FisherVector
from classicxm.encoding.channels import Channels

SAMPLE = np.random.default_rng(0).normal(size=(300, 7)).astype(np.float32)
RANGES = {"shape": (0, 2), "colour": (3, 7)}


def words(**parameters):
    return BagOfWords(n_words=5, random_state=0, **parameters)


def test_each_channel_is_what_its_own_encoder_says():
    encoder = Channels(words(), RANGES).fit(SAMPLE)
    found = encoder.encode(SAMPLE[:20])
    assert found.dtype == np.float32
    assert encoder.slices_ == {"shape": (0, 5), "colour": (5, 10)}
    for name, (start, stop) in RANGES.items():
        alone = words().fit(SAMPLE[:, start:stop]).encode(SAMPLE[:20, start:stop])
        np.testing.assert_allclose(found[slice(*encoder.slices_[name])], alone / np.sqrt(2), atol=1e-6)


def test_channels_count_alike_whatever_the_norm():
    encoder = Channels(words(norm="l1"), RANGES).fit(SAMPLE)
    found = encoder.encode(SAMPLE[:20])
    halves = [np.linalg.norm(found[slice(*place)]) for place in encoder.slices_.values()]
    np.testing.assert_allclose(halves, np.sqrt(0.5), rtol=1e-5)


def test_columns_outside_the_channels_do_not_matter():
    encoder = Channels(words(), RANGES).fit(SAMPLE)
    other = SAMPLE[:20].copy()
    other[:, 2] += 100
    assert np.array_equal(encoder.encode(other), encoder.encode(SAMPLE[:20]))


def test_pyramids_and_documents_reach_the_encoders():
    encoder = Channels(words(pyramid=((2, 1),), tfidf=True), RANGES).fit(SAMPLE, np.arange(300) // 10)
    positions = np.zeros((20, 2))
    found = encoder.encode(SAMPLE[:20], positions)
    assert found.shape == (20,)
    assert not found[5:10].any()


def test_no_descriptors_are_zeros():
    encoder = Channels(FisherVector(n_components=2, n_pca=2, random_state=0), RANGES).fit(SAMPLE)
    empty = encoder.encode(np.empty((0, 7)))
    assert empty.shape == (encoder.n_features_out_,) == (16,)
    assert not empty.any()


def test_clone_and_saving(tmp_path):
    encoder = clone(Channels(words(), RANGES)).fit(SAMPLE)
    loaded = persistence.load(persistence.save(encoder, tmp_path / "encoder"))
    assert np.array_equal(loaded.encode(SAMPLE[:9]), encoder.encode(SAMPLE[:9]))


@pytest.mark.parametrize(
    "channels", [{}, {"a": (2, 2)}, {"a": (-1, 2)}, {"a": (0, 1, 2)}, {"a": slice(0, 2)}, [(0, 2)]]
)
def test_ranges_that_are_none(channels):
    with pytest.raises(
        ValueError, match=r"Channels: channels must be a dict of names and pairs \(start, stop\)"
    ):
        Channels(words(), channels).fit(SAMPLE)


def test_bad_arguments():
    with pytest.raises(ValueError, match="encoder must be Encoder, got 'bow'"):
        Channels("bow", RANGES).fit(SAMPLE)
    with pytest.raises(ValueError, match="channel 'colour' ends at column 7, but the descriptors have 6"):
        Channels(words(), RANGES).fit(SAMPLE[:, :6])
    with pytest.raises(ValueError, match=r"shape \(n, d\), got \(7,\)"):
        Channels(words(), RANGES).fit(SAMPLE[0])
    with pytest.raises(ValueError, match=r"shape \(n, 7\) as when fitted, got \(300, 6\)"):
        Channels(words(), RANGES).fit(SAMPLE).encode(SAMPLE[:, :6])
