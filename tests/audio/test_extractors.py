"""What every description of sound frames has to do, whichever it is."""

import numpy as np
import pytest
from sklearn.base import clone

from classicxm import audio
from classicxm.errors import MediaDecodeError
from classicxm.media.audio import Audio, as_audio

RATE = 16000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, RATE)
EXTRACTORS = {
    "mfcc-htk": audio.MFCC("htk"),
    "mfcc-slaney": audio.MFCC("slaney"),
    "mfcc-psf": audio.MFCC("psf"),
    "plp-htk": audio.PLP("htk"),
    "plp-rastamat": audio.PLP("rastamat"),
    "rasta-htk": audio.RastaPLP("htk"),
    "rasta-rastamat": audio.RastaPLP("rastamat"),
    "gammatone": audio.GammatoneCepstra(),
    "gammatone-cube-root": audio.GammatoneCepstra(compression="cube-root"),
    "spectral": audio.SpectralStatistics(),
}


@pytest.fixture(params=EXTRACTORS)
def extractor(request):
    return clone(EXTRACTORS[request.param])


def width(extractor):
    return 5 if isinstance(extractor, audio.SpectralStatistics) else 13


def test_one_descriptor_a_frame(extractor):
    descriptors, positions = extractor.describe_located(as_audio(NOISE, RATE))
    n_frames = 99 if getattr(extractor, "preset", None) == "psf" else 98
    assert descriptors.shape == (n_frames, width(extractor)) and descriptors.dtype == np.float32
    assert positions.shape == (n_frames, 1) and positions.dtype == np.float32
    assert positions[0, 0] == pytest.approx(0.0125) and positions[1, 0] == pytest.approx(0.0225)
    assert (np.diff(positions[:, 0]) > 0).all() and positions.max() <= 1


@pytest.mark.parametrize("order", [1, 2])
def test_deltas_follow_the_descriptors(extractor, order):
    plain = extractor.describe((NOISE, RATE))
    longer = extractor.set_params(deltas=order).fit().describe((NOISE, RATE))
    assert longer.shape == (len(plain), (order + 1) * plain.shape[1])
    np.testing.assert_array_equal(longer[:, : plain.shape[1]], plain)
    slope = (2 * (plain[4] - plain[0]) + plain[3] - plain[1]) / 10
    np.testing.assert_allclose(longer[2, plain.shape[1] : 2 * plain.shape[1]], slope, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("n_samples", [1, 2, 100, 399])
def test_sounds_shorter_than_a_frame_have_one(extractor, n_samples):
    descriptors, positions = extractor.set_params(deltas=2).describe_located((NOISE[:n_samples], RATE))
    assert descriptors.shape == (1, 3 * width(extractor)) and np.isfinite(descriptors).all()
    assert 0 <= positions[0, 0] <= 1


@pytest.mark.parametrize("n_samples", [1, 399, 400, 20000])
def test_silence_has_no_descriptors(extractor, n_samples):
    descriptors, positions = extractor.describe_located((np.zeros(n_samples), RATE))
    assert descriptors.shape == (0, width(extractor)) and positions.shape == (0, 1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "samples",
    [
        np.r_[np.zeros(8000), NOISE, np.zeros(8000)],
        np.full(RATE, 0.5),
        np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE),
        np.sign(NOISE),
        NOISE * 1e-7,
        np.r_[1.0, np.zeros(RATE)],
    ],
    ids=["silent ends", "constant", "tone", "full scale", "faint", "click"],
)
def test_odd_sounds_stay_finite(extractor, samples):
    assert np.isfinite(extractor.set_params(deltas=2).describe((samples, RATE))).all()


@pytest.mark.parametrize("rate", [4000, 11025, 22050, 44100, 96000])
def test_every_sample_rate(extractor, rate):
    descriptors = extractor.describe((NOISE, rate))
    assert np.isfinite(descriptors).all() and len(descriptors) == pytest.approx(100 * RATE / rate, abs=4)


def test_no_frame_is_cut_at_high_rates(extractor):
    """A click near the end of a frame of 44.1 kHz is heard, though it lies beyond 512 samples."""
    samples = 1e-3 * NOISE[:1103]
    clicked = samples.copy()
    clicked[900:920] = 0.9
    before, after = (extractor.describe((x, 44100)) for x in (samples, clicked))
    if not isinstance(extractor, audio.RastaPLP):  # whose first four frames are empty
        assert np.abs(before - after).max() > 0.1


def test_stereo_is_mixed_down_and_16_bits_are_full_scale(extractor):
    mono = extractor.describe((NOISE, RATE))
    np.testing.assert_allclose(extractor.describe((np.c_[NOISE, NOISE], RATE)), mono, rtol=1e-4, atol=1e-3)
    integers = np.round(NOISE * 32768).astype(np.int16)
    np.testing.assert_array_equal(
        extractor.describe((integers, RATE)), extractor.describe((integers / 32768, RATE))
    )


def test_sample_rate_brings_recordings_to_one_rate(extractor):
    tone = [0.4 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate) + 0.01 for rate in (8000, 16000)]
    extractor.set_params(sample_rate=8000).fit()
    low, high = extractor.describe((tone[0], 8000)), extractor.describe((tone[1], 16000))
    assert low.shape == high.shape
    np.testing.assert_allclose(low[20:-20, 0], high[20:-20, 0], rtol=0.05, atol=0.05)


def test_blocks_do_not_show(extractor, monkeypatch):
    whole = extractor.describe((NOISE, RATE))
    monkeypatch.setattr("classicxm.audio.frames.CACHED_BYTES", 3 * 8 * 512)
    np.testing.assert_allclose(extractor.describe((NOISE, RATE)), whole, rtol=1e-4, atol=1e-3)


def test_collections_are_described_one_by_one(extractor, tmp_path):
    import soundfile

    path = tmp_path / "noise.wav"
    soundfile.write(path, NOISE, RATE, subtype="FLOAT")
    described = list(extractor.fit().transform([path, (NOISE, RATE), Audio(NOISE.astype(np.float32), RATE)]))
    for other in described[1:]:
        np.testing.assert_array_equal(described[0], other)
    (tmp_path / "text.wav").write_text("not a sound")
    with pytest.raises(MediaDecodeError, match="it holds text"):
        next(extractor.transform([tmp_path / "text.wav"]))


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("frame_length", 0, "frame_length must be a number above 0, got 0"),
        ("frame_step", -0.01, "frame_step must be a number above 0, got -0.01"),
        ("frame_step", float("nan"), "frame_step must be a number above 0, got nan"),
        ("deltas", 3, "deltas must be one of 0, 1, 2, got 3"),
        ("delta_width", 0, "delta_width must be an integer of at least 1, got 0"),
        ("sample_rate", 0, "sample_rate must be None or an integer of at least 1, got 0"),
    ],
)
def test_bad_shared_parameters(extractor, parameter, value, message):
    with pytest.raises(ValueError, match=message):
        extractor.set_params(**{parameter: value}).fit()


@pytest.mark.parametrize(
    ("extractor", "message"),
    [
        (audio.MFCC("kaldi"), "preset must be one of 'htk', 'slaney', 'psf', got 'kaldi'"),
        (audio.MFCC(n_mfcc=27), r"n_mfcc must be at most n_filters \(26\), got 27"),
        (audio.MFCC(n_mfcc=0), "n_mfcc must be an integer of at least 1, got 0"),
        (audio.MFCC(pre_emphasis=1.5), "pre_emphasis must be None or a number from 0 to 1, got 1.5"),
        (audio.MFCC(lifter=-1), "lifter must be None or a number of at least 0, got -1"),
        (audio.MFCC(zeroth="c1"), "zeroth must be one of None, 'c0', 'energy', got 'c1'"),
        (audio.MFCC(warp=3), "warp must be a number from 0.5 to 2, got 3"),
        (audio.MFCC(warp_cutoffs=(7500, 100)), "warp_cutoffs must be two rising frequencies above 0 Hz, got"),
        (audio.MFCC("slaney", warp=1.1), "warp is the preset 'htk' alone"),
        (audio.PLP("kaldi"), "preset must be one of 'htk', 'rastamat', got 'kaldi'"),
        (audio.PLP(order=0), "order must be an integer of at least 1, got 0"),
        (audio.PLP(compression=0), "compression must be a number above 0, got 0"),
        (audio.RastaPLP("rastamat", low_frequency=100), "RastaPLP: low_frequency and high_frequency are"),
        (audio.GammatoneCepstra(n_cepstra=41), r"n_cepstra must be at most n_filters \(40\), got 41"),
        (audio.GammatoneCepstra(compression="none"), "compression must be one of 'log', 'cube-root'"),
        (audio.SpectralStatistics(roll_off=1.1), "roll_off must be a number from 0 to 1, got 1.1"),
    ],
)
def test_bad_parameters(extractor, message):
    with pytest.raises(ValueError, match=message):
        extractor.fit()


@pytest.mark.parametrize(
    ("extractor", "message"),
    [
        (audio.MFCC(high_frequency=9000), "high_frequency 9000 Hz lies above half the sample rate, 8000 Hz"),
        (audio.MFCC("psf", high_frequency=9000), "high_frequency 9000 Hz lies above half the sample rate"),
        (audio.PLP(low_frequency=8000), "low_frequency must lie between 0 and 8000 Hz, got 8000"),
        (audio.PLP(order=25), "order must be below the 25 points of the loudness spectrum, got 25"),
    ],
)
def test_parameters_that_do_not_suit_the_recording(extractor, message):
    with pytest.raises(ValueError, match=message):
        extractor.fit().describe((NOISE, RATE))
