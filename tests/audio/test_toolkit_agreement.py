"""Numbers that HTK 3.4 and rastamat wrote for the same recordings."""

import struct

import numpy as np
import pytest

from classicxm.audio import MFCC, PLP, RastaPLP
from classicxm.audio.cepstra import deltas, linear_prediction
from classicxm.audio.filterbanks import bark_filterbank
from classicxm.audio.frames import Framing, power_spectra
from classicxm.audio.mfcc import mel_energies, mfcc
from classicxm.audio.plp import critical_bands, loudness
from classicxm.audio.rasta import rasta_filter
from classicxm.media.audio import decode

pytestmark = pytest.mark.data
HTK_TOLERANCE = 1e-3
RASTAMAT_TOLERANCE = 1e-6
WAVES = {"htk_test": ("htk", "test.wav"), "0_jackson_0": ("rastamat", "0_jackson_0.wav")}


def read_htk(path):
    n_frames, _, n_bytes, _ = struct.unpack(">iihh", path.read_bytes()[:12])
    return np.frombuffer(path.read_bytes()[12:], ">f4").reshape(n_frames, n_bytes // 4)


def read_configuration(path):
    pairs = (line.split("#")[0].split("=") for line in path.read_text().splitlines())
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def band_settings(options):
    return {
        "n_filters": int(options["NUMCHANS"]),
        "low_frequency": float(options["LOFREQ"]),
        "high_frequency": float(options["HIFREQ"]),
        "pre_emphasis": float(options["PREEMCOEF"]),
        "warp": float(options.get("WARPFREQ", 1)),
    }


def zeroth_last(descriptors, n_cepstra=13):
    """The order in which HTK writes: cepstra 1 to 12, then the zeroth, in each of statics, deltas, accelerations."""
    blocks = descriptors.reshape(len(descriptors), -1, n_cepstra)
    return np.roll(blocks, -1, axis=2).reshape(len(descriptors), -1)


@pytest.fixture
def htk(shared_reference):
    return shared_reference("htk")


@pytest.fixture(params=WAVES)
def rastamat(request, shared_reference):
    folder, name = WAVES[request.param]
    with np.load(shared_reference("rastamat") / f"{request.param}.npz") as stored:
        expected = {key: value.T for key, value in stored.items()}
    return decode(shared_reference(folder) / name), expected


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_htk_filterbanks(htk, number):
    settings = band_settings(read_configuration(htk / f"fbank{number}.conf"))
    energies = mel_energies(*decode(htk / "test.wav"), **settings)
    np.testing.assert_allclose(
        np.log(energies), read_htk(htk / f"test.wav.fbank_htk.{number}"), rtol=0, atol=HTK_TOLERANCE
    )


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_htk_mfcc_with_deltas_and_accelerations(htk, number):
    options = read_configuration(htk / f"hcopy{number}.conf")
    zeroth = {"E": "energy", "0": "c0"}[options["TARGETKIND"][-1]]
    extractor = MFCC(
        "htk", zeroth=zeroth, lifter=float(options["CEPLIFTER"]), deltas=2, **band_settings(options)
    )
    found = zeroth_last(extractor.fit().describe(decode(htk / "test.wav")))
    np.testing.assert_allclose(
        found, read_htk(htk / f"test.wav.fea_htk.{number}"), rtol=0, atol=HTK_TOLERANCE
    )


def test_htk_plp_with_deltas_and_accelerations(htk):
    found = zeroth_last(PLP("htk", deltas=2).fit().describe(decode(htk / "test.wav")))
    np.testing.assert_allclose(found, read_htk(htk / "test.wav.plp_htk.1"), rtol=0, atol=1e-5)


def test_rastamat_spectra(rastamat):
    (samples, rate), expected = rastamat
    n_fft = 2 * (expected["pspec"].shape[1] - 1)
    length = round(0.025 * rate)
    framing = Framing(length, round(0.01 * rate), "hann", n_fft, scale=32768.0, offset=length)
    power = np.concatenate([power.copy() for _, power in power_spectra(samples, framing)])
    np.testing.assert_allclose(power, expected["pspec"], rtol=RASTAMAT_TOLERANCE)
    weights = bark_filterbank(expected["aspec"].shape[1], n_fft, rate)
    np.testing.assert_allclose(weights, expected["barkmx"].T[:, : n_fft // 2 + 1], rtol=RASTAMAT_TOLERANCE)


def test_rastamat_plp(rastamat):
    audio, expected = rastamat
    energies, centres = critical_bands(*audio, "rastamat")
    np.testing.assert_allclose(energies, expected["aspec"], rtol=RASTAMAT_TOLERANCE)
    loud = loudness(energies, centres, "rastamat")
    np.testing.assert_allclose(loud, expected["post"], rtol=RASTAMAT_TOLERANCE)
    coefficients, errors = linear_prediction(loud, 12)
    np.testing.assert_allclose(coefficients / errors[:, None], expected["plp12_lpc"], rtol=RASTAMAT_TOLERANCE)
    cepstra = PLP("rastamat").describe_frames(*audio)
    np.testing.assert_allclose(cepstra, expected["plp12_cep"], rtol=RASTAMAT_TOLERANCE)
    np.testing.assert_allclose(60 * deltas(cepstra, 4), expected["d_"], rtol=RASTAMAT_TOLERANCE, atol=1e-9)


def test_rastamat_rasta_plp(rastamat):
    audio, expected = rastamat
    energies, centres = critical_bands(*audio, "rastamat")
    filtered = rasta_filter(np.log(energies))
    np.testing.assert_allclose(filtered, expected["rfilt"], rtol=RASTAMAT_TOLERANCE, atol=1e-12)
    coefficients, errors = linear_prediction(loudness(np.exp(filtered), centres, "rastamat"), 8)
    np.testing.assert_allclose(coefficients / errors[:, None], expected["rplp8_lpc"], rtol=RASTAMAT_TOLERANCE)
    for order in (8, 12):
        cepstra = RastaPLP("rastamat", order=order, n_cepstra=order + 1).describe_frames(*audio)
        np.testing.assert_allclose(cepstra, expected[f"rplp{order}_cep"], rtol=RASTAMAT_TOLERANCE, atol=1e-12)


def test_rastamat_mfcc_is_the_slaney_preset_up_to_4_khz(rastamat):
    audio, expected = rastamat
    cepstra = mfcc(*audio, "slaney", high_frequency=4000)
    np.testing.assert_allclose(cepstra, expected["mfcc_default"], rtol=RASTAMAT_TOLERANCE, atol=1e-9)
