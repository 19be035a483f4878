"""
From a wave to cepstra
======================

The road of a sound, step by step: power spectrum of short frames, energies in Mel bands, their logarithm, and the
cosine transform that makes MFCC of them.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import chirp, spectrogram

from classicxm.audio import MFCC, SpectralStatistics
from classicxm.audio.filterbanks import mel_filterbank

# %%
# A tone that rises, a silence, and noise that fades.

rate = 16000
time = np.arange(rate) / rate
noise = np.random.default_rng(0).normal(size=rate) * np.exp(-3 * time)
wave = np.concatenate([chirp(time, 200, 1, 4000), np.zeros(rate // 2), 0.2 * noise])
wave = 0.9 * wave / np.abs(wave).max()  # samples lie between -1 and 1
hertz, seconds, power = spectrogram(wave, rate, nperseg=400, noverlap=240, nfft=512)
mel = mel_filterbank(26, 512, rate, 0, rate / 2) @ power

figure, axes = plt.subplots(4, 1, figsize=(8, 7.6), sharex=True, height_ratios=(0.7, 1, 1, 1))
axes[0].plot(np.arange(len(wave)) / rate, wave, lw=0.4)
axes[0].set(title="wave")
axes[1].pcolormesh(seconds, hertz / 1000, 10 * np.log10(power + 1e-10), vmin=-90, rasterized=True)
axes[1].set(title="power spectrum, dB", ylabel="kHz")
axes[2].pcolormesh(seconds, range(26), 10 * np.log10(mel + 1e-9), vmin=-80, rasterized=True)
axes[2].set(title="energies in 26 Mel bands, dB: narrow below, wide above", ylabel="band")
cepstra, places = MFCC(n_mfcc=13).describe_located((wave, rate))
axes[3].pcolormesh(
    places[:, 0] * len(wave) / rate, range(13), cepstra.T, cmap="RdBu_r", vmin=-40, vmax=40, rasterized=True
)
axes[3].set(title="13 MFCC of each frame", ylabel="coefficient", xlabel="seconds")
plt.show()

# %%
# Five simple curves say much already: a tone has a centroid at its pitch and hardly any flux.

values, places = SpectralStatistics().describe_located((wave, rate))
names = ["energy", "zero crossings", "centroid", "flux", "roll-off"]
figure, axes = plt.subplots(5, 1, figsize=(8, 5), sharex=True)
for axis, name, curve in zip(axes, names, values.T, strict=True):
    axis.plot(places[:, 0] * len(wave) / rate, curve)
    axis.set_ylabel(name, rotation=0, ha="right", va="center")
axes[-1].set_xlabel("seconds")
plt.show()
