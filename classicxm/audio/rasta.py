"""RASTA: band energies filtered over time so that constant colouring is forgotten (Hermansky and Morgan 1994)."""

import numpy as np
from scipy.signal import lfilter

from classicxm.audio.plp import PLP

__all__ = ["RastaPLP", "rasta_filter"]

NUMERATOR = np.array([0.2, 0.1, 0.0, -0.1, -0.2])
POLE = 0.94
WARM_UP = 4  # frames that fill the filter's memory and come out as zero


def rasta_filter(logarithms: np.ndarray) -> np.ndarray:
    """Band-pass filter of each band over time: 0.1 (2 + z^-1 - z^-3 - 2 z^-4) / (1 - 0.94 z^-1).

    Parameters
    ----------
    logarithms : array (n_frames, n_bands)

    Returns
    -------
    float64 array (n_frames, n_bands)
        The first four frames are zero, as in rastamat.

    >>> rasta_filter(np.full((6, 1), 7.0)).round(9).ravel().tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    filtered = np.zeros(logarithms.shape)
    if len(logarithms) > WARM_UP:
        memory = np.zeros((WARM_UP, logarithms.shape[1]))
        _, memory = lfilter(NUMERATOR, 1, logarithms[:WARM_UP], axis=0, zi=memory)
        filtered[WARM_UP:], _ = lfilter(NUMERATOR, [1, -POLE], logarithms[WARM_UP:], axis=0, zi=memory)
    return filtered


class RastaPLP(PLP):
    """PLP of band energies whose logarithms went through `rasta_filter`.

    What stays constant for a second or more, such as the colouring of a microphone, is taken away. Parameters as
    in `PLP`.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 10), 16000
    >>> RastaPLP().describe_located(tone)[0].shape
    (98, 13)
    """

    def _filtered(self, energies: np.ndarray) -> np.ndarray:
        return np.exp(rasta_filter(np.log(energies)))
