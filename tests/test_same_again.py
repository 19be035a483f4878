"""Every public estimator twice: equal to the bit, in another process too, and with two threads equal to rounding.

Aligners, text extractors and encoders are compared in `tests/alignment/test_reproducible.py` and `tests/test_fits.py`;
here are all others that the public names hold, and all of them together in processes of different hash seeds.
"""

import hashlib
import os
import subprocess
import sys
import warnings

import cv2
import numpy as np
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from classicxm import CrossModalRetriever, media
from classicxm.alignment import CCA, AlignerSearch, SemanticMatching
from classicxm.audio import MFCC, LogMelBands
from classicxm.base import Extractor, LocalExtractor
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks, FisherVector, RandomConvolutions
from classicxm.image import HOG, ColorHistogram, DenseSIFT
from classicxm.search import ExactIndex, FaissIndex, ShardedIndex
from classicxm.text import TfidfText
from tests.test_fits import ALIGNERS, CLASSES, ENCODERS, INDEXES, TEXT, TEXTS, VIEWS, kinds, quietly

RANDOM = np.random.default_rng(7)
TEXTURE = cv2.GaussianBlur(RANDOM.integers(0, 256, (96, 160, 3)).astype(np.uint8), (0, 0), 2)
TEXTURE = cv2.normalize(TEXTURE, None, 0, 255, cv2.NORM_MINMAX)
FRAMES = np.stack([TEXTURE[n : n + 64, 2 * n : 2 * n + 80] for n in range(18)])  # a camera that moves
MOVING = np.stack([TEXTURE[:64, :80]] * 18)  # a thing that moves before a still one
for n, frame in enumerate(MOVING):
    frame[20:44, 2 * n : 2 * n + 30] = TEXTURE[60:84, 90:120]
IMAGES = [np.ascontiguousarray(TEXTURE[3 * n : 3 * n + 48, 5 * n : 5 * n + 64]) for n in range(12)]
SOUNDS = [(0.4 * np.sin(np.arange(4000) * (n + 2) / 30), 16000) for n in range(12)]
ITEMS = {"image": IMAGES, "audio": SOUNDS, "video": [FRAMES, MOVING], "text": TEXTS[:12]}
OTHERS = {
    n: e for n, e in kinds(Extractor).items() if n not in TEXT and e.modality in ITEMS and n != "WordVectors"
}
LOCAL = {n: e for n, e in kinds(LocalExtractor).items() if n != "WordVectors"}  # which has no file here
LEARNED_INDEXES = {
    **{name: index for name, index in INDEXES.items() if name != "FaissIndex"},
    "ShardedIndex": ShardedIndex([ExactIndex(), ExactIndex()]),
    **{f"FaissIndex {how}": FaissIndex(how, **more) for how, more in {
        "flat": {}, "ivf": {"n_lists": 4}, "hnsw": {}, "pq": {"n_subquantizers": 3},
        "ivfpq": {"n_lists": 2, "n_subquantizers": 3}, "lsh": {"n_bits": 16}, "binary": {},
    }.items()},
}  # fmt: skip


def described(extractor):
    return clone(extractor).fit(ITEMS[extractor.modality]).transform(ITEMS[extractor.modality])


def located(extractor):
    fitted = clone(extractor).fit()
    items = [media.decode(extractor.modality, item) for item in ITEMS[extractor.modality][:3]]
    return np.vstack([np.hstack(fitted.describe_located(item)) for item in items])


def answered(index):
    rows = (VIEWS["image"] > 1).astype(np.uint8) if type(index).__name__ == "HammingIndex" else VIEWS["image"]
    ids, scores = clone(index).add(rows, range(len(rows))).search(rows[:9] * 1.0, 5)
    return np.hstack([np.where(ids == None, -1, ids).astype(float), np.nan_to_num(scores, neginf=-9)])  # noqa: E711


def encoded_by(local, encoder):
    return lambda: described(Encoded(local, encoder, random_state=0))


def searched():
    grid = {"C": [0.1, 1]}
    search = AlignerSearch(SemanticMatching(), grid, "AP", n_folds=2, random_state=0).fit(VIEWS, CLASSES)
    return search.transform_view("image", VIEWS["image"])


def retrieved():
    texts, images = TEXTS[:12], IMAGES
    made = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    return made.fit({"text": texts, "image": images}, CLASSES[:12]).project("image", images)


PARTS = {
    **{name: lambda e=e: described(e) for name, e in OTHERS.items()},
    **{f"{name} located": lambda e=e: located(e) for name, e in LOCAL.items()},
    **{name: lambda i=i: answered(i) for name, i in LEARNED_INDEXES.items()},
    "Encoded words": encoded_by(DenseSIFT(), BagOfWords(n_words=8, random_state=0)),
    "Encoded mixture": encoded_by(DenseSIFT(), FisherVector(n_components=3, n_pca=6, random_state=0)),
    "Encoded sound": encoded_by(MFCC(), BagOfWords(n_words=8, random_state=0)),
    "RandomConvolutions": lambda: described(RandomConvolutions(LogMelBands(), dilations=(1, 4))),
    "FeatureBlocks": lambda: described(FeatureBlocks([("colours", ColorHistogram()), ("edges", HOG())])),
    "AlignerSearch": searched,
    "CrossModalRetriever": retrieved,
}


def under(threads, make):
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        with threadpool_limits(threads), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make()
    finally:
        cv2.setNumThreads(before)


def made(name):
    try:
        return under(1, PARTS[name])
    except ImportError as error:
        pytest.skip(str(error))


def test_parts_of_every_room_are_found():
    assert len(OTHERS) >= 5 and len(LOCAL) >= 9 and len(LEARNED_INDEXES) >= 10


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in ("GIST", "AlignerSearch") else n for n in PARTS]
)
def test_fits_agree(name):
    one = made(name)
    again, two = under(1, PARTS[name]), under(2, PARTS[name])
    assert one.size and np.isfinite(one).all() and one.std()
    np.testing.assert_array_equal(one, again)
    assert one.shape == two.shape
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-6 * max(1.0, np.abs(one).max()))


def digests():
    """What everything gives, as one line a part."""
    found = {name: made for name, made in PARTS.items() if not name.startswith(("Faiss", "NearPy"))}
    for name, aligner in ALIGNERS.items():
        found[name] = lambda a=aligner: clone(a).fit(VIEWS, CLASSES).transform_view("image", VIEWS["image"])
    for name, extractor in TEXT.items():
        found[f"text {name}"] = lambda e=extractor: clone(e).fit(TEXTS).transform(TEXTS)
    for name, encoder in ENCODERS.items():
        found[f"encoder {name}"] = lambda e=encoder: clone(e).fit(VIEWS["image"]).encode(VIEWS["image"])
    return {
        name: hashlib.sha256(np.ascontiguousarray(under(1, make)).tobytes()).hexdigest()
        for name, make in found.items()
    }


@pytest.mark.slow
def test_every_process_learns_the_same():
    code = (
        "import json; from tests.test_same_again import digests; print(json.dumps(digests(), sort_keys=True))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "OMP_NUM_THREADS": threads,
                "OPENBLAS_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        ).stdout.splitlines()[-1]
        for seed, threads in (("1", "1"), ("2", "1"))
    ]
    assert told[0] == told[1]


def test_fits_are_quiet():
    assert quietly(PARTS["CrossModalRetriever"]).shape == (12, 2)
