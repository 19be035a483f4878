"""The two collections of the search benchmark: a real common subspace, and Gaussian clusters."""

import re

import numpy as np

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError

DIMENSIONS = 64
NOISE, CLUSTER_NOISE, N_CLUSTERS = 0.5, 0.7, 1000


def cca_sampler(data):
    """A function (random, n) -> vectors (n, 64) around the items of the Wikipedia collection's CCA subspace."""
    from scipy.io import loadmat
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    from classicxm.alignment import CCA

    if not (data / "raw_features.mat").is_file():
        raise BenchmarkError(f"no raw_features.mat in {data}; give --data the wikipedia folder")
    features = loadmat(data / "raw_features.mat")
    images = np.sqrt(np.concatenate([features["I_tr"], features["I_te"]]))
    texts = []
    for split in ("trainset", "testset"):
        for line in (data / f"{split}_txt_img_cat.list").read_text(encoding="utf-8").splitlines():
            xml = (data / "texts" / f"{line.split()[0]}.xml").read_text(encoding="utf-8", errors="replace")
            texts.append(re.sub(r"<[^>]*>", " ", xml))
    weights = TfidfVectorizer(max_features=5000, stop_words="english", sublinear_tf=True).fit_transform(texts)
    words = TruncatedSVD(128, random_state=SEED).fit_transform(weights)
    views = CCA(DIMENSIONS, ridge=0.1).fit_transform({"image": images, "text": words})
    items = np.concatenate([np.asarray(view) for view in views.values()])

    def draw(random, n):
        chosen = items[random.integers(0, len(items), n)]
        noise = random.standard_normal(chosen.shape) * (NOISE * items.std(axis=0))
        return (chosen + noise).astype(np.float32)

    return draw


def clustered_sampler():
    """A function (random, n) -> vectors (n, 64) in Gaussian clusters."""
    centres = np.random.default_rng(SEED + 1).standard_normal((N_CLUSTERS, DIMENSIONS))

    def draw(random, n):
        chosen = centres[random.integers(0, N_CLUSTERS, n)]
        return (chosen + CLUSTER_NOISE * random.standard_normal(chosen.shape)).astype(np.float32)

    return draw
