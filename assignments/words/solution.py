"""Bags of visual words: pictures as histograms of what their patches look like.

Complete the five functions. Run the file to see what your code reaches on your own data.
"""

# %% setup
import cv2
import numpy as np
from sklearn.cluster import MiniBatchKMeans

from classicxm.datasets import make_scenes

SEED = 0
N_PICTURES, N_WORDS, SIDE = 300, 24, 48


# %% data
def data(seed=SEED):
    """Grey pictures (48, 48) around the large shape of 300 drawn scenes, and its name ("circle", "star", ...)."""
    rng = np.random.default_rng(seed)
    pictures, labels = [], []
    for scene in make_scenes(N_PICTURES, size=96, random_state=seed, modalities=("image",)):
        shape = scene["shapes"][0]
        x0, y0, x1, y1 = 96 * np.array(shape["box"])
        grey = np.pad(scene["image"].mean(axis=2), SIDE, mode="edge")
        x, y = (np.array([x0 + x1, y0 + y1]) / 2 + rng.uniform(-8, 8, size=2) + SIDE / 2).astype(int)
        picture = grey[y : y + SIDE, x : x + SIDE]
        picture = 255 - picture if rng.random() < 0.5 else picture
        pictures.append(np.clip(picture + rng.normal(0, 20, picture.shape), 0, 255))
        labels.append(shape["shape"])
    return pictures, labels


def describe(picture, patch=12, step=4):
    """Descriptors (n, 32) of overlapping patches, four cells of eight gradient directions; and their places (n, 2)."""
    dy, dx = np.gradient(picture)
    bins = ((np.arctan2(dy, dx) / np.pi + 1) * 4).astype(int) % 8
    maps = np.hypot(dx, dy)[:, :, None] * (bins[:, :, None] == np.arange(8))
    sums = np.pad(maps, ((1, 0), (1, 0), (0, 0))).cumsum(axis=0).cumsum(axis=1)
    half, corners = patch // 2, range(0, SIDE - patch + 1, step)
    cells = sums[half:, half:] - sums[:-half, half:] - sums[half:, :-half] + sums[:-half, :-half]
    rows = [
        np.concatenate([cells[y + i, x + j] for i in (0, half) for j in (0, half)])
        for y in corners
        for x in corners
    ]
    places = [((x + half) / SIDE, (y + half) / SIDE) for y in corners for x in corners]
    rows = np.array(rows)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 50), np.array(places)


# %% sample
def sample(descriptors, n, seed):
    """At most n random rows of each array (n_i, d) in descriptors, none twice, stacked in the order of the arrays."""
    rows = np.zeros((0, descriptors[0].shape[1]))
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    rows = np.concatenate([D[rng.permutation(len(D))[:n]] for D in descriptors])
    ### END SOLUTION
    return rows


# %% assign
def assign(descriptors, words):
    """Numbers (n,) of the nearest of words (w, d), by Euclidean distance, for descriptors (n, d)."""
    numbers = np.zeros(len(descriptors), dtype=int)
    ### BEGIN SOLUTION
    distances = np.square(words).sum(axis=1) - 2 * descriptors @ words.T
    numbers = distances.argmin(axis=1)
    ### END SOLUTION
    return numbers


# %% histogram
def histogram(numbers, n_words):
    """Share (n_words,) of each word among numbers (n,); zeros where there are none."""
    shares = np.zeros(n_words)
    ### BEGIN SOLUTION
    shares = np.bincount(numbers, minlength=n_words) / max(1, len(numbers))
    ### END SOLUTION
    return shares


# %% pyramid
def pyramid(numbers, places, n_words):
    """Counts (5 * n_words,) of words in the picture and its quarters, all divided by twice the number of words.

    places (n, 2) are x and y from 0 to 1. First the whole picture, then top left, top right, bottom left, bottom
    right; a place at 0.5 or beyond is right, or below.
    """
    shares = np.zeros(5 * n_words)
    ### BEGIN SOLUTION
    quarter = 2 * (places[:, 1] >= 0.5) + (places[:, 0] >= 0.5)
    parts = [numbers] + [numbers[quarter == q] for q in range(4)]
    counts = [np.bincount(part, minlength=n_words) for part in parts]
    shares = np.concatenate(counts) / max(1, 2 * len(numbers))
    ### END SOLUTION
    return shares


# %% nearest_class
def nearest_class(train, labels, test):
    """List of labels, one per row of test (m, d): the class whose mean row of train (n, d) is nearest."""
    predicted = [""] * len(test)
    ### BEGIN SOLUTION
    classes = sorted(set(labels))
    means = np.stack([train[np.array(labels) == c].mean(axis=0) for c in classes])
    distances = np.square(test[:, None] - means).sum(axis=2)
    predicted = [classes[i] for i in distances.argmin(axis=1)]
    ### END SOLUTION
    return predicted


# %% report
def tiny(picture):
    """The picture at 8 by 8 pixels, without its mean and contrast: what a bag of words should beat."""
    small = cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA).ravel()
    return (small - small.mean()) / small.std()


def report(seed=SEED):
    """Share of the last 100 pictures whose shape is recognised after learning from the first 200."""
    pictures, labels = data(seed)
    described = [describe(picture) for picture in pictures]
    learned = sample([rows for rows, _ in described[:200]], 30, seed)
    if len(learned) < N_WORDS:
        learned = np.zeros((N_WORDS, 32))
        words = learned
    else:
        words = MiniBatchKMeans(N_WORDS, random_state=seed, n_init=3).fit(learned).cluster_centers_
    numbers = [assign(rows, words) for rows, _ in described]
    features = {
        "tiny pictures": [tiny(picture) for picture in pictures],
        "words": [np.sqrt(histogram(row, N_WORDS)) for row in numbers],
        "pyramid": [
            np.sqrt(pyramid(row, places, N_WORDS))
            for row, (_, places) in zip(numbers, described, strict=True)
        ],
    }
    right = {}
    for name, rows in features.items():
        rows = np.array(rows)
        predicted = nearest_class(rows[:200], labels[:200], rows[200:])
        right[name] = float(np.mean([p == label for p, label in zip(predicted, labels[200:], strict=True)]))
    return right


if __name__ == "__main__":
    print("by chance, with five shapes: 0.2")
    for name, value in report().items():
        print(f"{name}: {value:.4f}")
