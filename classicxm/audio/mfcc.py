"""Mel-frequency cepstral coefficients (Davis and Mermelstein 1980) as HTK, Slaney and others define them."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from classicxm.audio.cepstra import cosine_basis, lifter
from classicxm.audio.filterbanks import WARP_CUTOFFS, mel_filterbank, slaney_filterbank
from classicxm.audio.frame_extractor import FrameExtractor, check_band
from classicxm.audio.frames import (
    FULL_SCALE,
    Framing,
    band_energies,
    fft_length,
    frame_views,
    samples_in,
)
from classicxm.audio.psf import psf_mfcc
from classicxm.parameters import Choice, Either, Integer, Real

__all__ = ["MFCC", "MFCC_PRESETS", "log_energy", "mel_energies", "mfcc"]

#: What parameters left at None mean.
MFCC_PRESETS: dict[str, dict[str, Any]] = {
    "htk": {"n_filters": 26, "pre_emphasis": 0.97, "lifter": 22.0, "zeroth": "c0"},
    "slaney": {"n_filters": 40, "pre_emphasis": 0.97, "lifter": 0.6, "zeroth": "c0"},
    "psf": {"n_filters": 26, "pre_emphasis": 0.97, "lifter": 22.0, "zeroth": "energy"},
}

EPSILON = np.finfo(float).eps


def mel_energies(
    samples: np.ndarray,
    sample_rate: int,
    preset: str = "htk",
    *,
    n_filters: int | None = None,
    low_frequency: float = 0.0,
    high_frequency: float | None = None,
    pre_emphasis: float | None = None,
    warp: float = 1.0,
    warp_cutoffs: tuple[float, float] = WARP_CUTOFFS,
    frame_length: float = 0.025,
    frame_step: float = 0.01,
) -> np.ndarray:
    """Energy in Mel bands, frame by frame; parameters as in `MFCC`.

    Parameters
    ----------
    samples : array (n,) in [-1, 1]
    preset : {"htk", "slaney"}
        "htk": Hamming window, pre-emphasis within each frame, triangles on the Mel scale, energies of 16-bit
        samples at least 1. "slaney": Hann window, pre-emphasis of the whole sound, triangles of equal area.

    Returns
    -------
    float64 array (n_frames, n_filters), positive
    """
    settings = MFCC_PRESETS[preset]
    n_filters = settings["n_filters"] if n_filters is None else n_filters
    emphasis = float(settings["pre_emphasis"] if pre_emphasis is None else pre_emphasis)
    low, high = check_band(low_frequency, high_frequency, sample_rate)
    length, step = samples_in(frame_length, sample_rate), samples_in(frame_step, sample_rate)
    n_fft = fft_length(length)
    if preset == "slaney":
        framing = Framing(length, step, "hann", n_fft, emphasis, False, FULL_SCALE)
        weights = slaney_filterbank(n_filters, n_fft, sample_rate, low, high)
        return np.maximum(band_energies(samples, framing, weights), EPSILON)
    framing = Framing(length, step, "hamming", n_fft, emphasis, True, FULL_SCALE, precision=np.float32)
    weights = mel_filterbank(n_filters, n_fft, sample_rate, low, high, warp, tuple(warp_cutoffs))
    return np.maximum(band_energies(samples, framing, weights), 1)


def log_energy(
    samples: np.ndarray, sample_rate: int, frame_length: float = 0.025, frame_step: float = 0.01
) -> np.ndarray:
    """Logarithm of each frame's energy (n_frames,), in units of 16-bit samples, at least 0, before any window."""
    length, step = samples_in(frame_length, sample_rate), samples_in(frame_step, sample_rate)
    frames = frame_views(np.multiply(samples, FULL_SCALE, dtype=np.float64), length, step)
    return np.log(np.maximum(np.einsum("ij,ij->i", frames, frames), 1))


def mfcc(
    samples: np.ndarray,
    sample_rate: int,
    preset: str = "htk",
    *,
    n_mfcc: int = 13,
    lifter_amount: float | None = None,
    zeroth: Literal["c0", "energy"] | None = None,
    **band_settings: Any,
) -> np.ndarray:
    """Cepstra of the logarithms of Mel band energies.

    Parameters
    ----------
    samples : array (n,) in [-1, 1]
    preset : {"htk", "slaney"}
    n_mfcc, lifter_amount, zeroth
        As ``n_mfcc``, ``lifter`` and ``zeroth`` of `MFCC`.
    **band_settings
        As in `mel_energies`.

    Returns
    -------
    float64 array (n_frames, n_mfcc)

    >>> mfcc(np.sin(np.arange(16000) / 10), 16000).shape
    (98, 13)
    """
    settings = MFCC_PRESETS[preset]
    amount = settings["lifter"] if lifter_amount is None else lifter_amount
    zeroth = settings["zeroth"] if zeroth is None else zeroth
    logarithms = np.log(mel_energies(samples, sample_rate, preset, **band_settings))
    basis = cosine_basis(logarithms.shape[1], n_mfcc, preset != "htk")
    cepstra = logarithms @ (basis * lifter(n_mfcc, "sine" if preset == "htk" else "power", amount))
    if zeroth == "energy":
        framing = {key: band_settings[key] for key in ("frame_length", "frame_step") if key in band_settings}
        cepstra[:, 0] = log_energy(samples, sample_rate, **framing)
    return cepstra


class _Cutoffs:
    """Two rising frequencies."""

    def accepts(self, value: Any) -> bool:
        pair = isinstance(value, (tuple, list)) and len(value) == 2
        return pair and all(map(Real(0, above=True).accepts, value)) and value[0] < value[1]

    def __str__(self) -> str:
        return "two rising frequencies above 0 Hz"


class MFCC(FrameExtractor):
    """Mel-frequency cepstral coefficients of every frame.

    Column 0 is the zeroth cepstrum or the logarithm of the frame's energy, columns 1 to ``n_mfcc - 1`` are the
    cepstra; HTK writes the same numbers with the zeroth last.

    Parameters
    ----------
    preset : {"htk", "slaney", "psf"}, default="htk"
        "htk": HTK's HCopy with power spectra (where a frame is no whole number of samples HTK rounds down, this to
        the nearest). "slaney": Slaney's Auditory Toolbox (1998) as rastamat's ``melfcc`` computes it, up to half the
        sample rate. "psf": python_speech_features does the work, on samples in [-1, 1], so that its energy is
        ln(32768**2) below that of 16-bit integers. Parameters that are None take the preset's values.
    n_mfcc : int, default=13
        Coefficients, the zeroth among them; at most the filters.
    n_filters : int or None
        htk 26, slaney 40, psf 26.
    low_frequency : float, default=0
    high_frequency : float or None
        Band that the filters cover, Hz; None ends it at half the sample rate.
    pre_emphasis : float or None
        All presets 0.97; 0 for none.
    lifter : float or None
        htk and psf 22 (sine lifter), slaney 0.6 (exponent); 0 for none.
    zeroth : {"c0", "energy"} or None
        htk and slaney "c0", psf "energy".
    warp : float, default=1
        Vocal tract length normalisation of the preset "htk": frequencies are divided by it.
    warp_cutoffs : tuple of two floats, default=(100, 7500)
        Hz below and above which the warp is bent back to the ends of the band.
    frame_length, frame_step, deltas, delta_width, sample_rate
        As in `FrameExtractor`; 0.025 s, 0.01 s, 0, 2 and None.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 10), 16000
    >>> descriptors, positions = MFCC(deltas=2).describe_located(tone)
    >>> descriptors.shape, positions.shape
    ((98, 39), (98, 1))
    """

    parameter_ranges = {
        "preset": Choice("htk", "slaney", "psf"),
        "n_mfcc": Integer(1),
        "n_filters": Either(None, Integer(1)),
        "low_frequency": Real(0),
        "high_frequency": Either(None, Real(0, above=True)),
        "pre_emphasis": Either(None, Real(0, 1)),
        "lifter": Either(None, Real(0)),
        "zeroth": Choice(None, "c0", "energy"),
        "warp": Real(0.5, 2),
        "warp_cutoffs": _Cutoffs(),
    }

    def __init__(
        self,
        preset: Literal["htk", "slaney", "psf"] = "htk",
        *,
        n_mfcc: int = 13,
        n_filters: int | None = None,
        low_frequency: float = 0.0,
        high_frequency: float | None = None,
        pre_emphasis: float | None = None,
        lifter: float | None = None,
        zeroth: Literal["c0", "energy"] | None = None,
        warp: float = 1.0,
        warp_cutoffs: tuple[float, float] = WARP_CUTOFFS,
        frame_length: float = 0.025,
        frame_step: float = 0.01,
        deltas: Literal[0, 1, 2] = 0,
        delta_width: int = 2,
        sample_rate: int | None = None,
    ) -> None:
        self.preset = preset
        self.n_mfcc = n_mfcc
        self.n_filters = n_filters
        self.low_frequency = low_frequency
        self.high_frequency = high_frequency
        self.pre_emphasis = pre_emphasis
        self.lifter = lifter
        self.zeroth = zeroth
        self.warp = warp
        self.warp_cutoffs = warp_cutoffs
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.deltas = deltas
        self.delta_width = delta_width
        self.sample_rate = sample_rate

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned."""
        super().fit(items, y)
        n_filters = self._setting("n_filters")
        if self.n_mfcc > n_filters:
            raise ValueError(f"MFCC: n_mfcc must be at most n_filters ({n_filters}), got {self.n_mfcc}")
        if self.warp != 1 and self.preset != "htk":
            raise ValueError(
                f"MFCC: warp is the preset 'htk' alone, got warp={self.warp} with {self.preset!r}"
            )
        return self

    def at_least_a_frame(self, samples: np.ndarray, length: int) -> np.ndarray:
        """The samples; python_speech_features fills them up itself, after the pre-emphasis."""
        return samples if self.preset == "psf" else super().at_least_a_frame(samples, length)

    def describe_frames(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """Coefficients (n_frames, n_mfcc), float64."""
        settings = {name: self._setting(name) for name in ("n_filters", "pre_emphasis", "zeroth")} | {
            "n_mfcc": self.n_mfcc,
            "lifter_amount": self._setting("lifter"),
            "low_frequency": self.low_frequency,
            "high_frequency": self.high_frequency,
            "frame_length": self.frame_length,
            "frame_step": self.frame_step,
        }
        if self.preset == "psf":
            return psf_mfcc(samples, sample_rate, **settings)
        if self.preset == "htk":
            settings |= {"warp": self.warp, "warp_cutoffs": self.warp_cutoffs}
        return mfcc(samples, sample_rate, self.preset, **settings)

    def _setting(self, name: str) -> Any:
        value = getattr(self, name)
        return MFCC_PRESETS[self.preset][name] if value is None else value
