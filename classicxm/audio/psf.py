"""python_speech_features does the work, kept from cutting frames and from empty input."""

import numpy as np
import python_speech_features

from classicxm.audio.frame_extractor import check_band
from classicxm.audio.frames import fft_length, samples_in

__all__ = ["psf_mfcc"]

SHORTEST_FFT = 512  # python_speech_features' own default


def psf_mfcc(
    samples: np.ndarray,
    sample_rate: int,
    *,
    n_mfcc: int = 13,
    lifter_amount: float = 22,
    zeroth: str = "energy",
    n_filters: int = 26,
    low_frequency: float = 0.0,
    high_frequency: float | None = None,
    pre_emphasis: float = 0.97,
    frame_length: float = 0.025,
    frame_step: float = 0.01,
) -> np.ndarray:
    """What ``python_speech_features.mfcc`` returns, with an FFT of at least 512 that cuts no frame.

    Parameters
    ----------
    samples : array (n,)
        One channel; with none at all the answer has no rows.

    Returns
    -------
    float64 array (n_frames, n_mfcc); a last frame that is not whole is filled up with zeros.
    """
    if not len(samples):
        return np.zeros((0, n_mfcc))
    low, high = check_band(low_frequency, high_frequency, sample_rate)
    return python_speech_features.mfcc(
        np.asarray(samples, np.float64),
        samplerate=sample_rate,
        winlen=frame_length,
        winstep=frame_step,
        numcep=n_mfcc,
        nfilt=n_filters,
        nfft=max(SHORTEST_FFT, fft_length(samples_in(frame_length, sample_rate))),
        lowfreq=low,
        highfreq=high,
        preemph=pre_emphasis,
        ceplifter=lifter_amount,
        appendEnergy=zeroth == "energy",
    )
