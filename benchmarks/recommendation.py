"""Recommending photos of Pascal Sentence to made-up people: profiles against popularity and chance.

Every person has a taste for two of the twenty classes and likes eight test items, popular ones more often
(`make_histories`). One is left out and has to be among the first ten recommended from the other seven. Popularity is
counted from all histories without what was left out. The retriever learns from the training split, its recipe as it
is; nothing is chosen by these figures.
"""

import tempfile
from pathlib import Path

from benchmarks.environment import SEED
from benchmarks.pascal import few
from benchmarks.rows import row
from benchmarks.seeds import seeded
from classicxm.datasets import Collection, load_collection, make_histories
from classicxm.evaluation import at_random, bootstrap_interval, by_popularity, by_retriever, hit_rates
from classicxm.retrieval import make_retriever

DATA = "pascal_sentence"
SEEDS = 5
RECIPE = "baseline"
#: Where descriptions of the photos are kept for the next run.
CACHE = Path(tempfile.gettempdir()) / "classicxm-benchmark-descriptions"
K = 10
DIVERSITY = 0.3
BASELINES = ("popularity", "random")


def run(data, quick):
    """Hit rates of profiles answered with images, with whole items, with variety, and of both baselines."""
    collection = load_collection(data)
    if quick:
        parts = few(collection.split("train"), 4, 10), few(collection.split("test"), 4, 8)
        collection = Collection([*parts[0].records, *parts[1].records], name="few")
    test = collection.split("test")
    settings = {"n_people": 100 if quick else 500, "length": 8, "n_tastes": 2, "loyalty": 0.9, "skew": 0.5}
    histories = make_histories(test.labels, test.ids, random_state=SEED, **settings)
    retriever = seeded(make_retriever(RECIPE, cache=CACHE, n_jobs=-1)).fit_collection(collection)
    rates = hit_rates(histories, recommenders(retriever, test.ids), k=K, random_state=SEED)
    for name, rate in rates.items():
        yield row(
            "recommendation", name, f"hit_rate_at_{K}", rate.value, "share", rate.low, rate.high,
            items=len(test), recipe=RECIPE, **settings,
        )  # fmt: skip
    for name in rates:
        for baseline in () if name in BASELINES else BASELINES:
            gain = rates[name].hits.astype(float) - rates[baseline].hits
            low, high = bootstrap_interval(gain, random_state=SEED)
            yield row(
                "recommendation", name, f"gain_over_{baseline}", gain.mean(), "share", low, high, paired=True
            )


def recommenders(retriever, items):
    """Ways to recommend some items, each made from the histories that it may learn from."""
    return {
        "random": lambda histories: at_random(items, SEED),
        "popularity": lambda histories: by_popularity(histories, items),
        "profile/image": lambda histories: by_retriever(retriever, "image", allowed=items),
        "profile/any": lambda histories: by_retriever(retriever, "any", allowed=items),
        "profile/any/diverse": lambda histories: by_retriever(
            retriever, "any", allowed=items, diversity=DIVERSITY
        ),
    }
