"""Features of texts, pictures and sounds, from their definitions.

Complete the five functions. Run the file to see what your code reaches on your own data.
"""

# %% setup
import numpy as np

SEED = 0
SAMPLE_RATE, N_FFT, N_FILTERS = 8000, 512, 24


# %% data
def texts(seed=SEED):
    """Word counts (90, 200) of texts on three topics, and the topics; half of all words say nothing."""
    rng = np.random.default_rng(seed)
    topics = np.repeat([0, 1, 2], 30)
    frequent = np.r_[np.full(100, 8.0), np.full(100, 1.0)] * rng.gamma(1.0, size=200)
    chances = np.stack([np.r_[frequent[:100], frequent[100:] * rng.gamma(0.3, size=100)] for _ in range(3)])
    chances /= chances.sum(axis=1, keepdims=True)
    return np.stack([rng.multinomial(80, chances[topic]) for topic in topics]), topics


def stripes(seed=SEED):
    """Twenty noisy pictures (24, 24) of stripes, and the directions of their gradients in degrees, 0 to 180."""
    rng = np.random.default_rng(seed + 1)
    angles = rng.uniform(0, 180, size=20)
    y, x = np.mgrid[:24, :24]
    waves = [np.sin(0.5 * (x * np.cos(a) + y * np.sin(a)) + rng.uniform(0, 6)) for a in np.radians(angles)]
    return [wave + 0.1 * rng.normal(size=wave.shape) for wave in waves], angles


def sounds(seed=SEED):
    """Power spectra (60, 257) of sounds with three different resonances, at very different volumes; and which it is."""
    rng = np.random.default_rng(seed + 2)
    kinds = np.repeat([0, 1, 2], 20)
    hz = np.arange(N_FFT // 2 + 1) * SAMPLE_RATE / N_FFT
    centres = np.array([[500, 1500], [700, 1200], [400, 2200]])[kinds] * rng.uniform(0.9, 1.1, size=(60, 2))
    envelope = np.exp(-(((hz - centres[:, :, None]) / 150) ** 2)).sum(axis=1) + 1e-3
    volume = 10.0 ** rng.uniform(-3, 3, size=(60, 1))
    return volume * envelope * rng.exponential(size=envelope.shape), kinds


# %% tfidf
def tfidf(counts):
    """Weights (n, m) of counts (n, m) of m terms in n texts, rows of length 1.

    (1 + ln count) * (1 + ln((1 + n) / (1 + texts with the term))), 0 where the count is 0.
    """
    weights = np.zeros(counts.shape)
    ### BEGIN SOLUTION
    rarity = 1 + np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0)))
    weights = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0) * rarity
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    weights = weights / np.where(length > 0, length, 1)
    ### END SOLUTION
    return weights


# %% orientation_histogram
def orientation_histogram(grey, n_bins):
    """Gradient magnitude (n_bins,) of a picture (h, w) per direction from 0 to 180 degrees, divided by h * w."""
    histogram = np.zeros(n_bins)
    ### BEGIN SOLUTION
    dy, dx = np.zeros(grey.shape), np.zeros(grey.shape)
    dy[1:-1] = grey[2:] - grey[:-2]
    dx[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    bins = np.floor(np.arctan2(dy, dx) / np.pi * n_bins).astype(int) % n_bins
    histogram = np.bincount(bins.ravel(), np.hypot(dx, dy).ravel(), n_bins) / grey.size
    ### END SOLUTION
    return histogram


# %% mel_filters
def mel_filters(n_filters, n_fft, sample_rate):
    """Triangles (n_filters, n_fft // 2 + 1) of height 1, even on the Mel scale from 0 to half the sample rate."""
    filters = np.zeros((n_filters, n_fft // 2 + 1))
    ### BEGIN SOLUTION
    mel = 1127 * np.log(1 + np.arange(n_fft // 2 + 1) * sample_rate / n_fft / 700)
    edges = np.linspace(0, 1127 * np.log(1 + sample_rate / 2 / 700), n_filters + 2)
    rising = (mel - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mel) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    ### END SOLUTION
    return filters


# %% cepstra
def cepstra(energies, n_cepstra):
    """The first n_cepstra coefficients (n, n_cepstra) of the orthonormal DCT-II of ln(max(energies, 1e-10)), (n, m)."""
    coefficients = np.zeros((len(energies), n_cepstra))
    ### BEGIN SOLUTION
    m = energies.shape[1]
    cosines = np.cos(np.pi / m * np.outer(np.arange(m) + 0.5, np.arange(n_cepstra)))
    scale = np.full(n_cepstra, np.sqrt(2 / m))
    scale[0] = np.sqrt(1 / m)
    coefficients = np.log(np.maximum(energies, 1e-10)) @ cosines * scale
    ### END SOLUTION
    return coefficients


# %% hellinger
def hellinger(histograms):
    """Rows of histograms (n, m) of sum 1, then square roots; rows of zeros stay."""
    rows = np.zeros(histograms.shape)
    ### BEGIN SOLUTION
    total = histograms.sum(axis=1, keepdims=True)
    rows = np.sqrt(histograms / np.where(total > 0, total, 1))
    ### END SOLUTION
    return rows


# %% report
def same_class(features, classes):
    """Share of items whose nearest other item is of their class."""
    distances = np.square(features[:, None] - features[None]).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(classes[distances.argmin(axis=1)] == classes))


def report(seed=SEED):
    """How well your features tell topics, directions and sounds."""
    counts, topics = texts(seed)
    pictures, angles = stripes(seed)
    spectra, kinds = sounds(seed)
    found = np.array([orientation_histogram(picture, 9).argmax() * 20 + 10 for picture in pictures])
    apart = np.abs(found - angles)
    energies = spectra @ mel_filters(N_FILTERS, N_FFT, SAMPLE_RATE).T
    return {
        "texts: nearest of the same topic, tf-idf": same_class(tfidf(counts), topics),
        "texts: nearest of the same topic, hellinger": same_class(hellinger(counts), topics),
        "stripes: mean error in degrees": float(np.minimum(apart, 180 - apart).mean()),
        "sounds: nearest of the same kind": same_class(cepstra(energies, 13)[:, 1:], kinds),
    }


if __name__ == "__main__":
    print("by chance: about 0.33 of the nearest, and 45 degrees")
    for name, value in report().items():
        print(f"{name}: {value:.4f}")
