"""What would a deep model cost in place of these recipes? The arithmetic of CLIP's ViT-B/32 (Radford et al. 2021)
beside the recipes baseline, standard and strong, on the same photos and one thread.

The deep side is a lower bound: only the matrix products of the picture tower are made, in single precision and in
batches, of random numbers in matrices of the published sizes. Decoding, resizing, normalisations, softmax, the text
tower and the framework's own time are left out; its start is reading the matrices from a file that was just written.
The recipes do everything, decoding included. Rates are photos a second of processor time,
`peak_mb` the largest resident size of a process that describes the photos and does nothing else.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.extraction import one_thread, photographs
from benchmarks.rows import row
from benchmarks.startup import cpu_seconds
from benchmarks.timing import best_seconds, child_peak
from classicxm.datasets import make_scenes
from classicxm.persistence import load, save
from classicxm.retrieval.description import set_execution
from classicxm.retrieval.recipes import RECIPES, extractor_of

__all__ = ["DATA", "multiply_adds", "passed", "products", "run", "weights"]

DATA = "pascal_sentence"
DEEP = "transformer-products"
SIDE, PATCH, WIDTH, LAYERS, HEADS, HIDDEN, JOINT = 224, 32, 768, 12, 12, 3072, 512
PATCHES = (SIDE // PATCH) ** 2
TOKENS = PATCHES + 1  # and the one that stands for the picture
MB = 1_000_000


def products():
    """Rows, inner length and columns of every product of one picture, and how often it is made."""
    head = WIDTH // HEADS
    return [
        (PATCHES, 3 * PATCH**2, WIDTH, 1),
        (TOKENS, WIDTH, 3 * WIDTH, LAYERS),
        (TOKENS, head, TOKENS, LAYERS * HEADS),
        (TOKENS, TOKENS, head, LAYERS * HEADS),
        (TOKENS, WIDTH, WIDTH, LAYERS),
        (TOKENS, WIDTH, HIDDEN, LAYERS),
        (TOKENS, HIDDEN, WIDTH, LAYERS),
        (1, WIDTH, JOINT, 1),
    ]


def multiply_adds():
    """Multiplications and additions of one picture, counted as pairs."""
    return sum(rows * inner * columns * times for rows, inner, columns, times in products())


def shapes():
    """Of the four matrices of a layer."""
    return [(WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, HIDDEN), (HIDDEN, WIDTH)]


def weights():
    """Random matrices of the published sizes: patches, joint space and, for each layer, the four of a block."""
    rng = np.random.default_rng(SEED)

    def drawn(shape):
        return rng.standard_normal(shape, np.float32) / np.float32(shape[0] ** 0.5)

    return (
        drawn((3 * PATCH**2, WIDTH)),
        drawn((WIDTH, JOINT)),
        [[*map(drawn, shapes())] for _ in range(LAYERS)],
    )


def passed(patches, matrices):
    """The products for patches (n, PATCHES, 3 * PATCH**2) of n pictures: (n, JOINT)."""
    first, joint, layers = matrices
    n = len(patches)
    state = np.ones((n, TOKENS, WIDTH), np.float32)
    state[:, 1:] = (patches.reshape(-1, patches.shape[2]) @ first).reshape(n, PATCHES, WIDTH)
    state = state.reshape(-1, WIDTH)
    for inward, outward, widening, narrowing in layers:
        parts = (state @ inward).reshape(n, TOKENS, 3, HEADS, WIDTH // HEADS).transpose(2, 0, 3, 1, 4)
        shares = parts[0] @ parts[1].transpose(0, 1, 3, 2)
        attended = (shares @ parts[2]).transpose(0, 2, 1, 3).reshape(-1, WIDTH)
        state = ((attended @ outward) @ widening) @ narrowing
        state /= np.abs(state).max()  # stands for the normalisations, so that numbers stay in range
    return state.reshape(n, TOKENS, WIDTH)[:, 0] @ joint


def patches_of(n):
    """Patches (n, PATCHES, 3 * PATCH**2) of n pictures that never were."""
    return np.random.default_rng(SEED).random((n, PATCHES, 3 * PATCH**2), np.float32)


def multiply_file(weights_file, n):
    """The products for n pictures, of matrices from a file: what a process does whose memory is measured."""
    numbers, layer = np.fromfile(weights_file, np.float32), shapes()
    sizes = [(3 * PATCH**2, WIDTH), (WIDTH, JOINT), *LAYERS * layer]
    ends = np.cumsum([rows * columns for rows, columns in sizes])
    parts = [part.reshape(shape) for part, shape in zip(np.split(numbers, ends[:-1]), sizes, strict=True)]
    layers = [parts[start : start + len(layer)] for start in range(2, len(parts), len(layer))]
    return len(passed(patches_of(n), (parts[0], parts[1], layers)))


def drawn_photos():
    """Scenes in place of photos."""
    return make_scenes(3, modalities=("image",)).column("image")


def describe_photos(saved, photos):
    """Describe photos (drawn scenes for None) by a saved extractor: what a process does whose memory is measured."""
    return len(load(saved).transform(drawn_photos() if photos is None else photos))


def _deep_rows(folder, quick):
    matrices, n = weights(), 2 if quick else 16
    patches = patches_of(n)
    seconds = best_seconds(lambda: passed(patches, matrices), 2 if quick else 5, clock=time.process_time)
    settings = {
        "bound": "lower",
        "model": "ViT-B/32",
        "batch": n,
        "gigaflops": round(2 * multiply_adds() / 1e9, 2),
    }
    yield row("clip", DEEP, "photos_per_core_second", n / seconds, "1/s", **settings)
    file = Path(folder) / "weights.bin"
    with open(file, "wb") as opened:
        for matrix in (matrices[0], matrices[1], *(one for layer in matrices[2] for one in layer)):
            matrix.tofile(opened)
    yield _peak_row(DEEP, settings, "multiply_file", weights_file=str(file), n=n)
    yield row("clip", DEEP, "model_mb", file.stat().st_size / MB, "MB", **settings)
    read = "import sys, numpy; numpy.fromfile(sys.argv[1], numpy.float32)"
    start = _started([sys.executable, "-c", read, str(file)], quick)
    yield row("clip", DEEP, "start", start, "s", **settings)


def _recipe_rows(recipe, photos, folder, quick):
    extractor = extractor_of(recipe, "image")
    set_execution(extractor, n_jobs=1)
    # Describing takes as long whatever was learned from, so little is.
    sizes = {
        name: 500 if quick else 20_000 for name in extractor.get_params() if name.endswith("sample_size")
    }
    extractor.set_params(**sizes).fit(photos)
    seconds = best_seconds(lambda: extractor.transform(photos), 1 if quick else 3, clock=time.process_time)
    settings = {"photos": len(photos), "features": extractor.n_features_out_}
    yield row("clip", recipe, "photos_per_core_second", len(photos) / seconds, "1/s", **settings)
    saved = save(extractor, Path(folder) / recipe)
    drawn = None if quick else photos
    yield _peak_row(recipe, settings, "describe_photos", saved=str(saved), photos=drawn)
    size = sum(path.stat().st_size for path in saved.rglob("*") if path.is_file())
    yield row("clip", recipe, "model_mb", size / MB, "MB", **settings)
    loading = "import sys, classicxm; classicxm.load(sys.argv[1])"
    start = _started([sys.executable, "-c", loading, str(saved)], quick)
    yield row("clip", recipe, "start", start, "s", **settings)


def _peak_row(system, settings, name, **arguments):
    found = child_peak("benchmarks.clip", name, **arguments)
    return row(
        "clip",
        system,
        "peak_mb",
        found["peak_mb"],
        "MiB",
        **settings,
        imports_mb=round(found["imports_mb"], 1),
    )


def _started(command, quick):
    """Seconds of processor time of a process, its modules compiled but for quick runs."""
    with tempfile.TemporaryDirectory() as compiled:
        return min(cpu_seconds(command, compiled) for _ in range(1 if quick else 4))


def run(data, quick=False):
    """Rows of rate, size and start-up of the deep model's products and of every recipe.

    Quick runs take drawn scenes in place of photos.
    """
    with tempfile.TemporaryDirectory() as folder, one_thread(), threadpool_limits(1):
        photos = drawn_photos() if quick else photographs(data, 40)
        yield from _deep_rows(folder, quick)
        for recipe in RECIPES:
            yield from _recipe_rows(recipe, photos, folder, quick)
