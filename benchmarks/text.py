"""How fast texts become vectors, and in how much memory, beside scikit-learn's ``TfidfVectorizer`` in the same run.

Words are drawn by Zipf's law, captions of ten and one long text. Both systems get the same settings: no stop words,
and 1 + log(count) for counts. Learning a vocabulary and describing are timed apart, sparse to the end, as processor
time; memory is that of a process of its own above its imports, the text included.
"""

import statistics
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.environment import SEED
from benchmarks.rows import row
from benchmarks.timing import child_peak
from classicxm.text import TfidfText

__all__ = ["captions", "describe_long_text", "run"]

N_CAPTIONS = 100_000
MEGABYTES = 50
WORDS_PER_CAPTION = 10
N_WORDS = 30_000
MB = 1_000_000

SYSTEMS = {
    "TfidfVectorizer": lambda: TfidfVectorizer(sublinear_tf=True),
    "TfidfText": lambda: TfidfText(stop_words=None),
}


def captions(count, seed=SEED):
    """Captions of ten words each; the word of rank r is drawn with a probability of about 1 / r."""
    ranks = np.random.default_rng(seed).zipf(1.3, size=(count, WORDS_PER_CAPTION)) % N_WORDS
    letters = "etaoinshrd"
    words = ["".join(letters[int(digit)] for digit in f"{rank:03d}") for rank in range(N_WORDS)]
    return [" ".join(words[rank] for rank in line).capitalize() + "." for line in ranks]


def described(system, texts):
    """Sparse descriptions by a fitted system."""
    return system.sparse_batch(texts) if isinstance(system, TfidfText) else system.transform(texts)


def describe_long_text(system_name, megabytes):
    """Seconds of processor time and entries of the description of one long text."""
    some = captions(20_000)
    system = SYSTEMS[system_name]().fit(some)
    line = "\n".join(some)
    text = (line + "\n") * (megabytes * MB // len(line) + 1)
    del some, line
    start = time.process_time()
    found = described(system, [text[: megabytes * MB]])
    return {"seconds": time.process_time() - start, "entries": int(found.nnz)}


def _caption_rows(count, turns):
    texts = captions(count)
    taken = {(name, step): [] for name in SYSTEMS for step in ("fit", "describe")}
    for _ in range(turns):
        for name, make in SYSTEMS.items():
            start = time.process_time()
            system = make().fit(texts)
            middle = time.process_time()
            found = described(system, texts)
            taken[name, "fit"].append(middle - start)
            taken[name, "describe"].append(time.process_time() - middle)
    for (name, step), seconds in taken.items():
        yield row("text", name, f"captions_{step}", statistics.median(seconds), "s", n=count, turns=turns)
        if name == "TfidfText":
            peers = taken["TfidfVectorizer", step]
            ratio = statistics.median(ours / peer for ours, peer in zip(seconds, peers, strict=True))
            yield row("text", name, f"captions_{step}_ratio", ratio, "x", n=count, turns=turns)
    megabytes = (found.data.nbytes + found.indices.nbytes + found.indptr.nbytes) / MB
    yield row("text", "TfidfText", "captions_sparse", megabytes, "MB", n=count, n_terms=found.shape[1])


def run(data, quick=False):
    """Rows of captions and of one long text; ``data`` is not needed."""
    yield from _caption_rows(5_000 if quick else N_CAPTIONS, 1 if quick else 5)
    megabytes = 2 if quick else MEGABYTES
    seconds = {}
    for name in SYSTEMS:
        found = child_peak("benchmarks.text", "describe_long_text", system_name=name, megabytes=megabytes)
        seconds[name] = found["answer"]["seconds"]
        settings = {"megabytes": megabytes, "entries": found["answer"]["entries"]}
        yield row("text", name, "long_text", seconds[name], "s", **settings)
        yield row("text", name, "long_text_memory", found["peak_mb"] - found["imports_mb"], "MB", **settings)
    ratio = seconds["TfidfText"] / seconds["TfidfVectorizer"]
    yield row("text", "TfidfText", "long_text_ratio", ratio, "x", megabytes=megabytes)
