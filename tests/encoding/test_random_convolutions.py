"""Random convolutions: shares by a plain convolution, what does not change them, and their division over time."""

import numpy as np
import pytest

from classicxm.audio import LogMelBands
from classicxm.encoding import RandomConvolutions
from classicxm.encoding.random_convolutions import HIGH, LENGTH, convolved
from classicxm.errors import ItemError

RATE = 8000
RNG = np.random.default_rng(0)
SOUNDS = [(RNG.uniform(-0.4, 0.4, 6000 + 800 * n).astype(np.float32) * (1 + n) / 8, RATE) for n in range(6)]


@pytest.fixture(scope="module")
def fitted():
    return RandomConvolutions(LogMelBands(n_filters=12), dilations=(1, 3), n_thresholds=2).fit(SOUNDS)


def plainly(rows, dilation):
    """Every kernel written out with its zeros, by NumPy's own convolution."""
    out = []
    for row, high in zip(rows, HIGH, strict=True):
        kernel = np.zeros((LENGTH - 1) * dilation + 1)
        kernel[::dilation] = -1
        kernel[high * dilation] = 2
        held = np.pad(row, (len(kernel) // 2,) * 2, mode="edge")
        out.append(np.correlate(held, kernel, "valid"))
    return np.array(out)


@pytest.mark.parametrize(("n_steps", "dilation"), [(30, 1), (30, 4), (1, 1), (5, 16)])
def test_kernels_by_a_plain_correlation(n_steps, dilation):
    rows = RNG.normal(size=(len(HIGH), n_steps))
    np.testing.assert_allclose(convolved(rows, dilation), plainly(rows, dilation), atol=1e-9)


def test_there_are_84_kernels_and_each_adds_up_to_nothing():
    assert len({tuple(high) for high in HIGH}) == 84
    assert np.abs(convolved(np.full((84, 20), 5.0), 2)).max() == 0


def test_features_are_shares_of_steps_above_quantiles(fitted):
    sequence = fitted.local_.describe(SOUNDS[2])
    expected = []
    for channels, thresholds, dilation in zip(
        fitted.channels_, fitted.thresholds_, fitted.dilations, strict=True
    ):
        given = plainly(channels @ sequence.T, dilation)
        expected += [np.mean(row > t) for row, ts in zip(given, thresholds, strict=True) for t in ts]
    np.testing.assert_allclose(fitted.shares(sequence), expected, atol=0.02)
    assert fitted.n_features_out_ == len(expected) == 84 * 2 * 2
    assert set(np.unique(fitted.channels_.sum(axis=2))) <= {1, 2, 4, 9}


def test_quantiles_split_what_they_were_learned_from_evenly(fitted):
    shares = [fitted.shares(fitted.local_.describe(sound)) for sound in SOUNDS]
    steps = [len(fitted.local_.describe(sound)) for sound in SOUNDS]
    pooled = np.average(shares, axis=0, weights=steps).reshape(2, 84, 2)
    np.testing.assert_allclose(pooled, np.broadcast_to([0.75, 0.25], pooled.shape), atol=0.01)


def test_scaled_to_mean_0_and_deviation_1(fitted):
    features = fitted.transform(SOUNDS)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)
    spread = features.std(axis=0)
    assert np.all((np.abs(spread - 1) < 1e-3) | (spread < 1))


def test_loudness_does_not_matter(fitted):
    samples, rate = SOUNDS[3]
    np.testing.assert_allclose(
        *(fitted.describe(fitted.decode((samples * factor, rate))) for factor in (1, np.float32(0.25))),
        atol=0.2,
    )


def test_time_is_what_a_description_is_divided_over(fitted):
    weights = RNG.normal(size=fitted.n_features_out_)
    item = fitted.decode(SOUNDS[4])
    parts = fitted.divide(item, weights)
    assert parts.contributions.sum() == pytest.approx(
        weights @ fitted.describe(item).astype(np.float64), rel=1e-5
    )
    assert len(parts.contributions) == len(fitted.local_.describe(item)) and np.ptp(parts.contributions) > 0


def test_silence_is_zeros_and_is_not_learned_from():
    silent = np.zeros(4000, np.float32), RATE
    convolutions = RandomConvolutions(LogMelBands(), dilations=(1,), n_thresholds=1).fit([*SOUNDS, silent])
    assert not convolutions.describe(convolutions.decode(silent)).any()
    assert convolutions.divide(convolutions.decode(silent), np.ones(84)).contributions.sum() == 0
    np.testing.assert_allclose(convolutions.transform(SOUNDS).mean(axis=0), 0, atol=1e-4)
    with pytest.raises(ValueError, match=r"none of the 1 items has a descriptor .* not silent"):
        RandomConvolutions(LogMelBands()).fit([silent])


def test_items_that_fail_stop_or_are_passed_over(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"no sound")
    items = [*SOUNDS, tmp_path / "a.wav"]
    with pytest.raises(ItemError, match=r"a\.wav"):
        RandomConvolutions(LogMelBands(), dilations=(1,)).fit(items)
    convolutions = RandomConvolutions(LogMelBands(), dilations=(1,), on_error="skip").fit(items)
    assert len(convolutions.transform(items)) == len(SOUNDS)


@pytest.mark.parametrize("dilations", [(), (0,), (1.5,), "12"])
def test_dilations_are_whole_numbers(dilations):
    with pytest.raises(ValueError, match="dilations must be whole numbers of at least 1"):
        RandomConvolutions(LogMelBands(), dilations=dilations).fit(SOUNDS)


def test_workers_learn_the_same():
    one, two = (RandomConvolutions(LogMelBands(), dilations=(1,), n_jobs=n).fit(SOUNDS) for n in (1, 2))
    assert one.thresholds_.tobytes() == two.thresholds_.tobytes()
    assert one.transform(SOUNDS).tobytes() == two.transform(SOUNDS).tobytes()


def test_what_was_learned_is_kept_in_the_cache(tmp_path, monkeypatch):
    settings = {"dilations": (1,), "n_thresholds": 1, "cache": tmp_path}
    first = RandomConvolutions(LogMelBands(n_filters=6), **settings).fit(SOUNDS)
    plain = RandomConvolutions(LogMelBands(n_filters=6), dilations=(1,), n_thresholds=1).fit(SOUNDS)
    monkeypatch.setattr(
        LogMelBands, "describe_located", lambda self, item: pytest.fail("described once more")
    )
    again = RandomConvolutions(LogMelBands(n_filters=6), **settings).fit(SOUNDS)
    monkeypatch.undo()
    for one in (first, again):
        np.testing.assert_array_equal(one.transform(SOUNDS), plain.transform(SOUNDS))
    with pytest.raises(pytest.fail.Exception), monkeypatch.context() as patched:
        patched.setattr(
            LogMelBands, "describe_located", lambda self, item: pytest.fail("described once more")
        )
        RandomConvolutions(LogMelBands(n_filters=6), random_state=1, **settings).fit(SOUNDS)
