"""The tone sequence of a synthetic scene: pitch says the colour, timbre and length say the shape."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["PITCHES", "SAMPLE_RATE", "SECONDS", "tone", "tones"]

SAMPLE_RATE = 16_000
#: Fundamental frequency of each colour in Hz (the tones of a C major chord over two octaves).
PITCHES = {"red": 261.6, "orange": 329.6, "yellow": 392.0, "green": 523.3, "blue": 659.3, "purple": 784.0}
#: Length of each shape's tone in seconds.
SECONDS = {"circle": 0.45, "square": 0.3, "triangle": 0.38, "star": 0.22, "cross": 0.15}
_PAUSE = 0.06
_HARMONICS: dict[str, list[float]] = {
    "circle": [1],
    "square": [1, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7],
    "triangle": [1, 0, -1 / 9, 0, 1 / 25],
    "star": [1 / k for k in range(1, 9)],
    "cross": [0.2, 1, 0, 0.8, 0, 0.5],
}


def tone(colour: str, shape: str, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """One tone, peak 1, with short fades at both ends: float array (n_samples,).

    >>> tone("red", "circle").shape
    (7200,)
    """
    n_samples = round(SECONDS[shape] * sample_rate)
    turns = 2 * np.pi * PITCHES[colour] * np.arange(n_samples) / sample_rate
    wave = sum(weight * np.sin(k * turns) for k, weight in enumerate(_HARMONICS[shape], start=1))
    fade = np.minimum(1, np.minimum(np.arange(n_samples), np.arange(n_samples)[::-1]) / (0.01 * sample_rate))
    return fade * wave / np.abs(wave).max()


def tones(
    shapes: Sequence[Mapping[str, Any]], rng: np.random.Generator, sample_rate: int = SAMPLE_RATE
) -> np.ndarray:
    """The tones of several shapes one after the other, larger shapes louder, over faint noise.

    Parameters
    ----------
    shapes : sequence of dict
        "shape", "colour" and "radius".
    rng : numpy Generator
    sample_rate : int, default=16000
        Hz.

    Returns
    -------
    float32 array (n_samples,), within -1 to 1
    """
    pause = np.zeros(round(_PAUSE * sample_rate))
    parts = [pause]
    for shape in shapes:
        parts += [min(1.0, 3 * shape["radius"]) * tone(shape["colour"], shape["shape"], sample_rate), pause]
    wave = 0.8 * np.concatenate(parts)
    return np.clip(wave + rng.normal(0, 0.004, len(wave)), -1, 1).astype(np.float32)
