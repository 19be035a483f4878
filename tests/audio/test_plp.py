import numpy as np
import pytest

from classicxm.audio.plp import PLP, critical_bands, equal_loudness, loudness
from classicxm.audio.rasta import RastaPLP, rasta_filter

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 16000)


def test_the_ear_hears_4_khz_best_and_nothing_at_zero():
    hz = np.arange(0, 8001, 10)
    assert equal_loudness(0) == 0
    assert equal_loudness(hz[hz < 4000]).max() < equal_loudness(5000)
    assert (np.diff(equal_loudness(hz[:400])) > 0).all()


def test_loudness_by_hand():
    energies = np.array([[8.0, 27.0, 64.0, 125.0]])
    centres = np.array([0.0, 1000, 2000, 4000])
    weights = equal_loudness(centres)
    middle = np.cbrt(energies * weights)[0]
    adding, replacing = (loudness(energies, centres, preset, 1 / 3)[0] for preset in ("htk", "rastamat"))
    np.testing.assert_allclose(adding, [0, 0, *middle[1:], middle[-1]])
    np.testing.assert_allclose(replacing, [middle[1], middle[1], middle[2], middle[2]])


@pytest.mark.parametrize(("rate", "n_bands"), [(16000, 21), (8000, 17)])
def test_rastamat_has_a_band_a_bark(rate, n_bands):
    energies, centres = critical_bands(NOISE, rate, "rastamat")
    assert energies.shape[1] == len(centres) == n_bands
    assert centres[0] == 0 and centres[-1] == pytest.approx(rate / 2)


def test_model_of_flat_loudness_has_flat_cepstra():
    cepstra = PLP("rastamat", lifter=0).describe_frames(np.r_[1.0, np.zeros(15999)], 16000)
    assert np.isfinite(cepstra).all() and np.abs(cepstra[5:]).std(axis=0).max() < 1e-9


def test_rasta_impulse_response():
    impulse = np.zeros((12, 1))
    impulse[5] = 1
    expected, memory = [], 0.0
    for n in range(12):
        taps = [0.2, 0.1, 0, -0.1, -0.2]
        memory = 0.94 * memory + sum(tap * impulse[n - k, 0] for k, tap in enumerate(taps) if n >= k)
        expected.append(memory)
    np.testing.assert_allclose(rasta_filter(impulse)[:, 0], expected, atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 4, 5])
def test_rasta_of_few_frames(n):
    filtered = rasta_filter(np.random.default_rng(0).normal(size=(n, 3)))
    assert filtered.shape == (n, 3) and not filtered[:4].any()


@pytest.mark.parametrize("preset", ["htk", "rastamat"])
def test_rasta_forgets_the_colour_of_a_microphone(preset):
    """A first-order filter changes PLP, and RASTA-PLP much less."""
    coloured = NOISE - 0.8 * np.r_[0, NOISE[:-1]]
    coloured *= 0.5
    change = {
        kind: np.abs(
            kind(preset).describe_frames(NOISE, 16000) - kind(preset).describe_frames(coloured, 16000)
        )
        for kind in (PLP, RastaPLP)
    }
    assert change[RastaPLP][30:, 1:].mean() < 0.5 * change[PLP][30:, 1:].mean()
