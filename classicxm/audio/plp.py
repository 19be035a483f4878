"""Perceptual linear prediction (Hermansky 1990) as HTK and rastamat define it."""

import math
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from classicxm.audio.cepstra import lifter, linear_prediction, lpc_cepstra
from classicxm.audio.filterbanks import bark_filterbank, bark_to_hz, hz_to_bark, mel_centres, mel_filterbank
from classicxm.audio.frame_extractor import FrameExtractor, check_band
from classicxm.audio.frames import FULL_SCALE, Framing, band_energies, fft_length, samples_in
from classicxm.parameters import Choice, Either, Integer, Real

__all__ = ["PLP", "PLP_PRESETS", "critical_bands", "equal_loudness", "loudness", "plp_cepstra"]

#: What parameters left at None mean.
PLP_PRESETS: dict[str, dict[str, Any]] = {
    "htk": {"n_filters": 23, "lifter": 22.0, "lifter_shape": "sine"},
    "rastamat": {"n_filters": None, "lifter": 0.6, "lifter_shape": "power"},
}


def equal_loudness(hz: ArrayLike) -> np.ndarray:
    """The ear's sensitivity at a frequency at about 40 dB (Hermansky 1990, eq. 7, as both toolkits simplify it).

    >>> equal_loudness(1000).round(3).tolist()
    0.171
    """
    squared = np.asarray(hz, float) ** 2
    return (squared / (squared + 1.6e5)) ** 2 * (squared + 1.44e6) / (squared + 9.61e6)


def critical_bands(
    samples: np.ndarray,
    sample_rate: int,
    preset: str = "htk",
    *,
    n_filters: int | None = None,
    low_frequency: float = 0.0,
    high_frequency: float | None = None,
    frame_length: float = 0.025,
    frame_step: float = 0.01,
) -> tuple[np.ndarray, np.ndarray]:
    """Energy in critical bands and the bands' centres; parameters as in `PLP`.

    Parameters
    ----------
    samples : array (n,) in [-1, 1]
    preset : {"htk", "rastamat"}
        "htk": Hamming window, triangles on the Mel scale, energies of 16-bit samples at least 1. "rastamat": Hann
        window, the power of noise of one 16-bit step added, Hermansky's bands on the Bark scale.

    Returns
    -------
    energies : float64 array (n_frames, n_bands), positive
    centres : (n_bands,) Hz
    """
    low, high = check_band(low_frequency, high_frequency, sample_rate)
    length, step = samples_in(frame_length, sample_rate), samples_in(frame_step, sample_rate)
    n_fft = fft_length(length)
    if preset == "htk":
        n_filters = n_filters or PLP_PRESETS["htk"]["n_filters"]
        framing = Framing(length, step, "hamming", n_fft, scale=FULL_SCALE, precision=np.float32)
        weights = mel_filterbank(n_filters, n_fft, sample_rate, low, high)
        return np.maximum(band_energies(samples, framing, weights), 1), mel_centres(n_filters, low, high)
    n_filters = n_filters or math.ceil(hz_to_bark(sample_rate / 2)) + 1
    framing = Framing(length, step, "hann", n_fft, scale=FULL_SCALE, offset=length)
    energies = band_energies(samples, framing, bark_filterbank(n_filters, n_fft, sample_rate))
    return energies, bark_to_hz(np.linspace(0, hz_to_bark(sample_rate / 2), n_filters))


def loudness(
    energies: np.ndarray, centres: np.ndarray, preset: str = "htk", compression: float = 0.33
) -> np.ndarray:
    """Perceived loudness: bands weighed by `equal_loudness`, raised to ``compression``, outermost bands repeated.

    Parameters
    ----------
    energies : array (n_frames, n_bands)
    centres : array (n_bands,) in Hz
    preset : {"htk", "rastamat"}
        rastamat's first and last band lie at 0 Hz and half the sample rate and give way to their neighbours; HTK
        adds a band at either end.

    Returns
    -------
    float64 array (n_frames, n_bands) or, in "htk", (n_frames, n_bands + 2)
    """
    compressed = (energies * equal_loudness(centres)) ** compression
    if preset == "rastamat":
        compressed = compressed[:, 1:-1]
    return np.concatenate([compressed[:, :1], compressed, compressed[:, -1:]], axis=1)


def plp_cepstra(
    loud: np.ndarray, order: int, n_cepstra: int, lifter_shape: str = "sine", lifter_amount: float = 22.0
) -> np.ndarray:
    """Liftered cepstra (n_frames, n_cepstra) of all-pole models of loudness spectra (n_frames, n_points)."""
    cepstra = lpc_cepstra(*linear_prediction(loud, order), n_cepstra)
    return cepstra * lifter(n_cepstra, lifter_shape, lifter_amount)


class PLP(FrameExtractor):
    """Cepstra of an all-pole model of each frame's loudness spectrum.

    Column 0 is the logarithm of the model's gain, columns 1 to ``n_cepstra - 1`` are the cepstra; HTK writes the
    same numbers with the zeroth last.

    Parameters
    ----------
    preset : {"htk", "rastamat"}, default="htk"
        "htk": HTK's HCopy, bands even on the Mel scale. "rastamat": Ellis' rastamat, Hermansky's critical bands on
        the Bark scale from 0 Hz to half the sample rate. Parameters that are None take the preset's values.
    n_cepstra : int, default=13
        The zeroth among them.
    order : int, default=12
        Poles of the model; at most the points of the loudness spectrum less one.
    n_filters : int or None
        htk 23, rastamat one band per Bark.
    low_frequency : float, default=0
    high_frequency : float or None
        Band of the preset "htk", Hz; None ends it at half the sample rate.
    compression : float, default=0.33
        Exponent from intensity to loudness.
    lifter : float or None
        htk 22 (sine lifter), rastamat 0.6 (exponent); 0 for none.
    frame_length, frame_step, deltas, delta_width, sample_rate
        As in `FrameExtractor`; 0.025 s, 0.01 s, 0, 2 and None.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 10), 16000
    >>> PLP("rastamat", order=8, n_cepstra=9).describe_located(tone)[0].shape
    (98, 9)
    """

    parameter_ranges = {
        "preset": Choice("htk", "rastamat"),
        "n_cepstra": Integer(1),
        "order": Integer(1),
        "n_filters": Either(None, Integer(4)),
        "low_frequency": Real(0),
        "high_frequency": Either(None, Real(0, above=True)),
        "compression": Real(0, above=True),
        "lifter": Either(None, Real(0)),
    }

    def __init__(
        self,
        preset: Literal["htk", "rastamat"] = "htk",
        *,
        n_cepstra: int = 13,
        order: int = 12,
        n_filters: int | None = None,
        low_frequency: float = 0.0,
        high_frequency: float | None = None,
        compression: float = 0.33,
        lifter: float | None = None,
        frame_length: float = 0.025,
        frame_step: float = 0.01,
        deltas: Literal[0, 1, 2] = 0,
        delta_width: int = 2,
        sample_rate: int | None = None,
    ) -> None:
        self.preset = preset
        self.n_cepstra = n_cepstra
        self.order = order
        self.n_filters = n_filters
        self.low_frequency = low_frequency
        self.high_frequency = high_frequency
        self.compression = compression
        self.lifter = lifter
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.deltas = deltas
        self.delta_width = delta_width
        self.sample_rate = sample_rate

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned."""
        super().fit(items, y)
        if self.preset == "rastamat" and (self.low_frequency or self.high_frequency is not None):
            raise ValueError(
                f"{type(self).__name__}: low_frequency and high_frequency are the preset 'htk' alone; "
                "rastamat's bands always reach from 0 Hz to half the sample rate"
            )
        return self

    def describe_frames(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """Cepstra (n_frames, n_cepstra), float64."""
        energies, centres = critical_bands(
            samples,
            sample_rate,
            self.preset,
            n_filters=self.n_filters,
            low_frequency=self.low_frequency,
            high_frequency=self.high_frequency,
            frame_length=self.frame_length,
            frame_step=self.frame_step,
        )
        loud = loudness(self._filtered(energies), centres, self.preset, self.compression)
        if self.order >= loud.shape[1]:
            raise ValueError(
                f"order must be below the {loud.shape[1]} points of the loudness spectrum, got {self.order}; "
                "lower it or add filters"
            )
        settings = PLP_PRESETS[self.preset]
        amount = settings["lifter"] if self.lifter is None else self.lifter
        return plp_cepstra(loud, self.order, self.n_cepstra, settings["lifter_shape"], amount)

    def _filtered(self, energies: np.ndarray) -> np.ndarray:
        return energies
