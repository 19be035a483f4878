"""How fast media become vectors, and in how much memory, on photographs and one thread.

Dense SIFT is timed beside ``cv2.SIFT.compute`` on the same grid of the same photographs. Every image extractor
and encoder is timed alone; peak memory is that of a process which describes a growing number of photographs.
"""

import contextlib

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, row
from benchmarks.timing import best_seconds, child_peak
from classicxm import media
from classicxm.datasets import load_collection
from classicxm.encoding import VLAD, BagOfWords, Encoded, FisherVector
from classicxm.image import GIST, HOG, LBP, SIFT, ColorHistogram, DenseColor, DenseSIFT
from classicxm.image.dense_grid import grid_points
from classicxm.image.dense_sift import dense_sift
from classicxm.image.pixels import as_grey

DATA = "pascal_sentence"
BIN_SIZE, STEP = 8, 4
CV2_BINS_PER_SIZE = 2 / 3  # a keypoint of this many bins' size has bins as wide
PYRAMID = ((1, 1), (2, 2), (1, 3))
MEMORY_SIZES = (1000, 2000, 4000)
SAMPLE = 20_000  # descriptors the encoders are fitted on

GLOBAL = {"HOG": HOG(), "ColorHistogram": ColorHistogram(), "GIST": GIST(), "LBP": LBP()}
LOCAL = {
    "DenseSIFT": DenseSIFT(),
    "DenseSIFT-gaussian": DenseSIFT(window="gaussian"),
    "DenseColor": DenseColor(),
    "SIFT": SIFT(),
}
ENCODERS = {
    "BagOfWords": BagOfWords(n_words=256, random_state=SEED),
    "BagOfWords-soft": BagOfWords(n_words=256, assignment="soft", random_state=SEED),
    "BagOfWords-pyramid": BagOfWords(n_words=256, pyramid=PYRAMID, random_state=SEED),
    "VLAD": VLAD(n_words=64, random_state=SEED),
    "FisherVector": FisherVector(n_components=64, n_pca=64, random_state=SEED),
    "FisherVector-pyramid": FisherVector(n_components=64, n_pca=64, pyramid=PYRAMID, random_state=SEED),
}


@contextlib.contextmanager
def one_thread():
    """BLAS and OpenCV on a single thread."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(before)


def photographs(data, count):
    """Paths of the collection's first photographs, spread evenly over its classes."""
    paths = [str(path) for path in load_collection(data).column("image")]
    if not paths:
        raise BenchmarkError(f"no photographs in {data}")
    return paths[:: max(1, len(paths) // count)][:count]


def run(data, quick):
    """Rows of every extractor and encoder."""
    paths = photographs(data, 6 if quick else 40)
    with one_thread():
        images = [media.decode("image", path) for path in paths]
        yield from _grid_rows(images, quick)
        yield from _single_rows(images, quick)
        yield from _encoder_rows(images)
    yield from _fitting_rows(images, quick)
    yield from _memory_rows(data, quick)


def _grid_rows(images, quick):
    """Microseconds a descriptor on one grid of the same grey images."""
    n_slow = 2 if quick else 5  # the slow system needs seconds an image
    greys = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    n = sum(len(grid_points(*grey.shape, BIN_SIZE, STEP)) for grey in greys)
    seconds = {}
    for window in ("flat", "gaussian"):
        seconds[window] = best_seconds(
            lambda window=window: [dense_sift(as_grey(g), BIN_SIZE, STEP, window, root=True) for g in greys],
            repeats=5,
            budget=10,
            warm_up=True,
        )
    slow = greys[:n_slow]
    keypoints = [_keypoints(grey) for grey in slow]
    n_keypoints = sum(map(len, keypoints))
    computer = cv2.SIFT_create()
    cv2_seconds = best_seconds(
        lambda: [computer.compute(grey, points) for grey, points in zip(slow, keypoints, strict=True)], 1
    )
    settings = {"bin_size": BIN_SIZE, "step": STEP, "threads": 1}
    values = {
        ("dense-sift", "flat"): seconds["flat"] / n,
        ("dense-sift-gaussian", "gaussian"): seconds["gaussian"] / n,
        ("cv2-sift-compute", "gaussian"): cv2_seconds / n_keypoints,
    }
    counts = {"dense-sift": n, "dense-sift-gaussian": n, "cv2-sift-compute": n_keypoints}
    for (system, window), value in values.items():
        yield row(
            "extraction",
            system,
            "microseconds_per_descriptor",
            1e6 * value,
            "us",
            n=counts[system],
            window=window,
            **settings,
        )
        if system != "cv2-sift-compute":
            ratio = values["cv2-sift-compute", "gaussian"] / value
            yield row("extraction", system, "times_faster_than_cv2", ratio, "x", window=window, **settings)


def _keypoints(grey):
    points = grid_points(*grey.shape, BIN_SIZE, STEP)
    return [cv2.KeyPoint(float(x), float(y), BIN_SIZE * CV2_BINS_PER_SIZE, 0.0) for x, y in points]


def _single_rows(images, quick):
    """Items a second of every extractor; decoding, timed by itself, is not part of it."""
    repeats = 1 if quick else 3
    encoded = [cv2.imencode(".jpg", image[..., ::-1])[1].tobytes() for image in images]
    decoding = best_seconds(lambda: [media.decode("image", data) for data in encoded], repeats, warm_up=True)
    yield row("extraction", "decode-jpeg", "items_per_second", len(images) / decoding, "1/s", n=len(images))
    for name, extractor in {**GLOBAL, **LOCAL}.items():
        extractor.fit()
        seconds = best_seconds(
            lambda extractor=extractor: [extractor.describe(image) for image in images], repeats, warm_up=True
        )
        settings = {"n": len(images), "threads": 1}
        if name in LOCAL:
            n_descriptors = sum(len(extractor.describe(image)) for image in images)
            settings["descriptors_per_item"] = round(n_descriptors / len(images))
            yield row(
                "extraction",
                name,
                "microseconds_per_descriptor",
                1e6 * seconds / max(n_descriptors, 1),
                "us",
                **settings,
            )
        yield row("extraction", name, "items_per_second", len(images) / seconds, "1/s", **settings)


def _encoder_rows(images):
    """Items a second of every encoder on dense SIFT descriptors already there."""
    located = [LOCAL["DenseSIFT"].describe_located(image) for image in images[:20]]
    joined = np.concatenate([descriptors for descriptors, _ in located])
    chosen = np.random.default_rng(SEED).permutation(len(joined))[:SAMPLE]
    sample, per_item = joined[chosen], len(joined) / len(located)
    for name, encoder in ENCODERS.items():
        encoder.fit(sample)
        seconds = best_seconds(
            lambda encoder=encoder: [encoder.encode(*pair) for pair in located], 3, budget=10, warm_up=True
        )
        yield row(
            "extraction",
            name,
            "items_per_second",
            len(located) / seconds,
            "1/s",
            descriptors_per_item=round(per_item),
            n_features=encoder.n_features_out_,
            threads=1,
        )


def _fitting_rows(images, quick):
    """Seconds to learn a vocabulary and a mixture, with the threads the machine has."""
    n = 20_000 if quick else 150_000
    sample = np.concatenate([LOCAL["DenseSIFT"].describe(image) for image in images])
    sample = sample[np.random.default_rng(SEED).permutation(len(sample))[:n]]
    for name, encoder in {
        "BagOfWords": BagOfWords(n_words=1000, random_state=SEED),
        "VLAD": ENCODERS["VLAD"],
        "FisherVector": ENCODERS["FisherVector"],
    }.items():
        size = {"n_components": 64} if name == "FisherVector" else {"n_words": encoder.n_words}
        seconds = best_seconds(lambda encoder=encoder: encoder.fit(sample), 1)
        yield row("extraction", name, "fit_seconds", seconds, "s", n=len(sample), **size)


def memory_systems():
    """Name -> extractor of everything whose memory is measured, fresh."""
    encoded = {
        f"Encoded({local}, {encoder})": Encoded(LOCAL[local], ENCODERS[encoder], sample_size=SAMPLE)
        for local, encoder in (
            ("DenseSIFT", "BagOfWords"),
            ("DenseSIFT", "VLAD"),
            ("DenseSIFT", "FisherVector"),
            ("DenseColor", "FisherVector"),
            ("SIFT", "BagOfWords"),
        )
    }
    return {**GLOBAL, **encoded}


def describe_repeated(system, paths, count):
    """Fit on the photographs, then describe ``count`` of them in turn; called in a process of its own."""
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        extractor = memory_systems()[system].fit(paths)
        features = extractor.transform([paths[i % len(paths)] for i in range(count)])
    return {"megabytes": features.nbytes / 2**20, "shape": list(features.shape)}


def _memory_rows(data, quick):
    paths = photographs(data, 20)
    sizes = dict.fromkeys(memory_systems(), (100 if quick else 200,))
    if not quick:
        sizes["Encoded(DenseSIFT, BagOfWords)"] = MEMORY_SIZES
    for system, counts in sizes.items():
        for count in counts:
            alone = child_peak(
                "benchmarks.extraction", "describe_repeated", system=system, paths=paths, count=count
            )
            settings = {"n": count, "threads": 1, "imports_mb": alone["imports_mb"]}
            result = alone["answer"]["megabytes"]
            yield row("extraction", system, "peak_mb", alone["peak_mb"], "MB", result_mb=result, **settings)
