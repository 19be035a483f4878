"""How fast media become vectors, and in how much memory, on photographs and one thread.

Dense SIFT is timed beside ``cv2.SIFT.compute`` on the same grid of the same photographs, with spatial bins as wide, at
two widths: OpenCV's time grows with the pixels under a descriptor, that of sampled maps hardly does. The two are
compared by cosine as well, so that it is plain that they describe the same thing. Every image extractor
and encoder is timed alone; peak memory is that of a process which describes a growing number of photographs.
"""

import contextlib
import time

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, row
from benchmarks.timing import best_seconds, child_peak
from classicxm import media
from classicxm.datasets import load_collection
from classicxm.encoding import VLAD, BagOfWords, Encoded, FisherVector
from classicxm.image import GIST, HOG, LBP, SIFT, ColorHistogram, DenseColor, DenseSIFT, Mirrored
from classicxm.image.dense_grid import grid_points
from classicxm.image.dense_sift import dense_sift
from classicxm.image.pixels import as_grey

DATA = "pascal_sentence"
STEP = 4
BIN_SIZES = (8, 30)  # pixels; keypoints of OpenCV's usual size 20 have bins of 30
CV2_BIN_PER_SIZE = 1.5  # OpenCV's bins are 3 scales wide, and a keypoint's size is 2 scales
CV2_SMOOTHING = (1.6**2 - 0.5**2) ** 0.5  # OpenCV blurs to 1.6 px, taking the image to be blurred by .5 px
PYRAMID = ((1, 1), (2, 2), (1, 3))
MEMORY_SIZES = (1000, 2000, 4000)
GROWING = (
    "Encoded(DenseSIFT(step=12), BagOfWords)"  # the one described so often: quick, and as any other in memory
)
SAMPLE = 20_000  # descriptors the encoders are fitted on

GLOBAL = {"HOG": HOG(), "ColorHistogram": ColorHistogram(), "GIST": GIST(), "LBP": LBP()}
LOCAL = {
    "DenseSIFT": DenseSIFT(),
    "DenseSIFT-gaussian": DenseSIFT(window="gaussian"),
    "DenseColor": DenseColor(),
    "SIFT": SIFT(),
    "Mirrored(DenseSIFT)": Mirrored(DenseSIFT()),
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
    paths = [str(path) for path in load_collection(data).column("image") if path is not None]
    if not paths:
        raise BenchmarkError(f"no photographs in {data}")
    return paths[:: max(1, len(paths) // count)][:count]


def run(data, quick):
    """Rows of every extractor and encoder."""
    paths = photographs(data, 6 if quick else 20)
    with one_thread():
        images = [media.decode("image", path) for path in paths]
        for bin_size in BIN_SIZES:
            yield from _grid_rows(images[: 2 if quick else 10], bin_size, repeats=1 if quick else 5)
        yield from _single_rows(images, quick)
        yield from _encoder_rows(images)
    yield from _fitting_rows(images, quick)
    yield from _memory_rows(data, quick)


def _grid_rows(images, bin_size, repeats):
    """Microseconds a descriptor on one grid of the same grey images, and how much OpenCV agrees with us."""
    greys = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    grids = [grid_points(*grey.shape, bin_size, STEP) for grey in greys]
    keypoints = [_keypoints(grid, bin_size) for grid in grids]
    computer = cv2.SIFT_create()
    systems = {
        "cv2-sift-compute": ("gaussian", lambda i: computer.compute(greys[i], keypoints[i])),
        "dense-sift": ("flat", lambda i: dense_sift(as_grey(greys[i]), bin_size, STEP, "flat", True)),
        "dense-sift-gaussian": (
            "gaussian",
            lambda i: dense_sift(as_grey(greys[i]), bin_size, STEP, "gaussian", True),
        ),
    }
    settings = {"bin_size": bin_size, "step": STEP, "threads": 1, "n": sum(map(len, grids))}
    taken = {}
    for system, (window, describe) in systems.items():
        own = {"window": window, **settings}
        if system == "cv2-sift-compute":
            own["keypoint_size"] = bin_size / CV2_BIN_PER_SIZE
        else:
            cosines = map(_cosines, greys, keypoints, [bin_size] * len(greys), [window] * len(greys))
            cosine = np.median(np.concatenate(list(cosines)))
            yield row("extraction", system, "median_cosine_to_cv2", cosine, "cosine", **own)
        taken[system] = 1e6 * sum(_seconds(describe, i, repeats) for i in range(len(greys))) / settings["n"]
        yield row("extraction", system, "microseconds_per_descriptor", taken[system], "us", **own)
        if system != "cv2-sift-compute":
            ratio = taken["cv2-sift-compute"] / taken[system]
            yield row("extraction", system, "times_faster_than_cv2", ratio, "x", **own)


def _seconds(describe, i, repeats):
    """Processor seconds for one photograph, which other work on the machine hardly touches."""
    return best_seconds(lambda: describe(i), repeats, budget=2, warm_up=True, clock=time.process_time)


def _keypoints(grid, bin_size):
    return [cv2.KeyPoint(float(x), float(y), bin_size / CV2_BIN_PER_SIZE, 0.0) for x, y in grid]


def _cosines(grey, keypoints, bin_size, window):
    """Cosine (n,) between OpenCV's descriptors and ours of an image smoothed as OpenCV smooths it."""
    kept, theirs = cv2.SIFT_create().compute(grey, keypoints)
    if len(kept) != len(keypoints):
        raise BenchmarkError(
            f"cv2.SIFT.compute left out {len(keypoints) - len(kept)} of {len(keypoints)} keypoints"
        )
    smooth = cv2.GaussianBlur(as_grey(grey), (0, 0), CV2_SMOOTHING)
    ours = dense_sift(smooth, bin_size, STEP, window)[0].reshape(-1, 16, 8)
    ours = ours[..., -np.arange(8) % 8].reshape(-1, 128)  # OpenCV counts angles with y upwards
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return (ours * theirs).sum(axis=1) / np.maximum(lengths, 1e-9)


def _single_rows(images, quick):
    """Items a processor second of every extractor; decoding, timed by itself, is not part of it."""
    repeats = 1 if quick else 3
    encoded = [cv2.imencode(".jpg", image[..., ::-1])[1].tobytes() for image in images]
    decoding = best_seconds(
        lambda: [media.decode("image", data) for data in encoded],
        repeats,
        warm_up=True,
        clock=time.process_time,
    )
    yield row("extraction", "decode-jpeg", "items_per_second", len(images) / decoding, "1/s", n=len(images))
    for name, extractor in {**GLOBAL, **LOCAL}.items():
        extractor.fit()
        seconds = best_seconds(
            lambda extractor=extractor: [extractor.describe(image) for image in images],
            repeats,
            warm_up=True,
            clock=time.process_time,
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
    """Items a processor second of every encoder on dense SIFT descriptors already there."""
    located = [LOCAL["DenseSIFT"].describe_located(image) for image in images[:20]]
    joined = np.concatenate([descriptors for descriptors, _ in located])
    chosen = np.random.default_rng(SEED).permutation(len(joined))[:SAMPLE]
    sample, per_item = joined[chosen], len(joined) / len(located)
    for name, encoder in ENCODERS.items():
        encoder.fit(sample)
        seconds = best_seconds(
            lambda encoder=encoder: [encoder.encode(*pair) for pair in located],
            3,
            budget=10,
            warm_up=True,
            clock=time.process_time,
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
            ("Mirrored(DenseSIFT)", "FisherVector"),
        )
    }
    coarse = Encoded(DenseSIFT(step=12), ENCODERS["BagOfWords"], sample_size=SAMPLE)
    return {**GLOBAL, **encoded, GROWING: coarse}


def describe_repeated(system, paths, count):
    """Fit on the photographs, then describe ``count`` of them in turn; called in a process of its own."""
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        extractor = memory_systems()[system].fit(paths)
        features = extractor.transform([paths[i % len(paths)] for i in range(count)])
    return {"megabytes": features.nbytes / 2**20, "shape": list(features.shape)}


def _memory_rows(data, quick):
    paths = photographs(data, 20)
    sizes = dict.fromkeys(memory_systems(), (100,))
    if not quick:
        sizes[GROWING] = MEMORY_SIZES
    for system, counts in sizes.items():
        for count in counts:
            alone = child_peak(
                "benchmarks.extraction", "describe_repeated", system=system, paths=paths, count=count
            )
            settings = {"n": count, "threads": 1, "imports_mb": alone["imports_mb"]}
            result = alone["answer"]["megabytes"]
            yield row("extraction", system, "peak_mb", alone["peak_mb"], "MB", result_mb=result, **settings)
