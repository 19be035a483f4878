"""Cross-modal hashing on the Wikipedia set: 693 test items search the 2173 training items by Hamming distance.

Measured as the papers do: average precision over all relevant items, by Hamming level and then in gallery order. What
codes the database counts for as much as the method, so every row says it: "one view" maps the searched view alone,
as new items would be, though these were trained on; "shared" takes codes learned from both views of the training
items, "labels" codes that were learned from, or are, their labels. There a hash that learns codes has to beat the
code of the predicted class, and rows such as ``map_i2t_over_class-code`` say by how much, query by query. Floors are
random order, and orders that ignore the query: classes by their frequency in the database ("labels"), or class
prior times posterior ("one view").
"""

import time
import warnings
from dataclasses import dataclass, field

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.rows import row
from benchmarks.seeds import seeded
from classicxm.alignment import KernelRidgeMatching, SemanticMatching
from classicxm.alignment.two_stage_fit import finish, prepare, sharing_groups
from classicxm.base import Aligner
from classicxm.datasets import load_wikipedia
from classicxm.distances import similarity
from classicxm.evaluation import (
    average_precision,
    bootstrap_interval,
    class_relevance,
    evaluate,
    query_blind_scores,
    random_floor,
)
from classicxm.hashing import CCAITQ, CMFH, CVH, DLFH, IMH, ClassCodeHash, SCMHash

DATA = "wikipedia"
SEEDS = 5
BITS = (16, 32, 64, 128)
PRESET = "hashing"
DIRECTIONS = {"i2t": ("image", "text"), "t2i": ("text", "image")}
N_FOLDS = 3
CHOICE_BITS = 32
CHOSEN = f"{N_FOLDS}-fold mAP on train at {CHOICE_BITS} bits"
STRENGTHS = tuple(10.0**power for power in range(-2, 3))
RIDGES = tuple(10.0**power for power in range(-2, 2))
GAMMAS = (1.0, 2.0, 4.0)
#: What a hash that learns from labels has to beat: the code of the predicted class, by the same kernel or a plain one.
LABEL_FLOORS = ("class-code", "class-code-chi2")


@dataclass
class System:
    """A hash, how its settings come about, and how its database is coded."""

    hasher: Aligner
    databases: tuple = ("one view",)
    chosen_by: str = "paper"
    grid: dict = field(default_factory=dict)
    quick: bool = False


SYSTEMS = {
    "SCM-seq": System(SCMHash(), quick=True),
    "SCM-orth": System(SCMHash(method="orthogonal"), quick=True),
    "CVH": System(CVH(), quick=True),
    "CCA-ITQ": System(CCAITQ(), chosen_by="default ridge, else paper", quick=True),
    "CMFH": System(CMFH(), ("shared", "one view")),
    "IMH": System(IMH(), grid={"smoothness": [0.1, 1.0, 10.0], "ridge": [1e-3, 1e-1]}),
    "class-code": System(
        ClassCodeHash(classifier=SemanticMatching()),
        ("labels", "one view"),
        grid={"classifier__C": STRENGTHS},
        quick=True,
    ),
    "class-code-chi2": System(
        ClassCodeHash(classifier=KernelRidgeMatching()),
        ("labels", "one view"),
        grid={"classifier__gamma": GAMMAS, "classifier__ridge": RIDGES},
    ),
    "DLFH": System(DLFH(kernel="chi2"), ("labels", "one view"), grid={"gamma": GAMMAS, "ridge": RIDGES}),
}


def run(data, quick):
    """Rows of the floors, then of every system at every number of bits; quick runs choose nothing and take 16."""
    wikipedia = load_wikipedia(data)
    train, test = ({m: part[m] for m in ("image", "text")} for part in (wikipedia.train, wikipedia.test))
    labels = np.asarray(wikipedia.train.labels)
    relevant = class_relevance(wikipedia.test.labels, labels)
    with threadpool_limits(1, user_api="blas"):
        yield from floors(train, labels, relevant)
        floor_values = {bits: {} for bits in BITS}
        for name, system in SYSTEMS.items():
            if quick and not system.quick:
                continue
            params, told = {}, {"chosen_by": system.chosen_by}
            if system.grid:
                params, told = ({}, {"chosen_by": "default"}) if quick else chosen(system, train, labels)
            for bits in BITS[: 1 if quick else None]:
                hasher = seeded(clone(system.hasher)).set_params(n_bits=bits, **params)
                seconds = seconds_to_fit(hasher, train, labels)
                coded = coded_precisions(system, hasher, train, test, relevant)
                told["bits"] = bits
                if hasattr(hasher, "eigenvalues_"):
                    told["shared_bits"] = int((hasher.eigenvalues_ > 1e-7 * hasher.eigenvalues_[0]).sum())
                yield from system_rows(name, coded, floor_values[bits], **told)
                yield row("hashing", name, "train_seconds", seconds, "s", **told)


def seconds_to_fit(hasher, train, labels):
    """Fit, and the time it took."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the row tells how many bits are shared
        hasher.fit(train, labels)
    return time.perf_counter() - start


def coded_precisions(system, hasher, train, test, relevant):
    """Average precision of every test item: {database: {direction: (n_queries,)}}."""
    queries, found = hasher.transform(test), {}
    for database in system.databases:
        gallery = hasher.transform(train) if database == "one view" else hasher.codes_
        found[database] = {
            direction: evaluate(
                similarity(queries[source], gallery[target], hasher.score_metric), relevant, PRESET
            )[PRESET]
            for direction, (source, target) in DIRECTIONS.items()
        }
    return found


def system_rows(name, coded, floor_values, **settings):
    """Rows of one fitted hash, and of what it has over the floors where labels code the database.

    ``floor_values`` holds the precisions of the floors by name and direction; a floor adds its own.
    """
    for database, precisions in coded.items():
        for direction, values in precisions.items():
            yield map_row(name, f"map_{direction}", values, database=database, **settings)
            if database == "labels" and name in LABEL_FLOORS:
                floor_values[name, direction] = values
            for floor in LABEL_FLOORS if database == "labels" and name not in LABEL_FLOORS else ():
                if (floor, direction) in floor_values:
                    over = values - floor_values[floor, direction]
                    yield map_row(name, f"map_{direction}_over_{floor}", over, database=database, **settings)


def map_row(name, measure, values, **settings):
    """The mean of average precisions a query, with its interval."""
    low, high = bootstrap_interval(values, random_state=SEED)
    return row("hashing", name, measure, values.mean(), "mAP", low, high, **settings)


def floors(train, labels, relevant):
    """Random order, and the best orders that ignore the query."""
    _, column, counts = np.unique(labels, return_inverse=True, return_counts=True)
    orders = {"labels": dict.fromkeys(DIRECTIONS, counts[column])}
    orders["one view"] = {
        direction: query_blind_scores(train[target], labels, train[target])
        for direction, (_, target) in DIRECTIONS.items()
    }
    for direction in DIRECTIONS:
        yield map_row("random", f"map_{direction}", random_floor(relevant, PRESET), expectation="exact")
    for database, scores in orders.items():
        for direction in DIRECTIONS:
            blind = np.broadcast_to(scores[direction], relevant.shape)
            values = evaluate(blind, relevant, PRESET)[PRESET]
            yield map_row("query-blind", f"map_{direction}", values, database=database)


def chosen(system, train, labels):
    """The settings of a grid that serve held-out training items best, and what to tell of them.

    Held-out items of each fold search the kept ones, coded as the system codes its database. Where the database is
    coded without the searched view, each view's settings matter only to its own queries, so each is chosen alone.
    """
    settings = list(ParameterGrid(system.grid))
    scores = np.mean(
        [
            fold_scores(system, settings, train, labels, kept, held)
            for kept, held in StratifiedKFold(N_FOLDS, shuffle=True, random_state=SEED).split(labels, labels)
        ],
        axis=0,
    )
    if system.databases[0] == "one view":
        best = scores.mean(axis=1).argmax()
        params, value = settings[best], scores[best].mean()
    else:
        best = dict(zip(("image", "text"), scores.argmax(axis=0), strict=True))
        params = {name: {view: settings[i][name] for view, i in best.items()} for name in system.grid}
        value = scores.max(axis=0).mean()
    told = {name.removeprefix("classifier__"): setting for name, setting in params.items()}
    return params, {"chosen_by": CHOSEN, **told, "fold_map": value}


def fold_scores(system, settings, train, labels, kept, held):
    """Mean average precision (n_settings, 2) of held-out queries in both directions."""
    outside, inside = ({name: X[rows] for name, X in train.items()} for rows in (kept, held))
    relevant = class_relevance(labels[held], labels[kept])
    scores = np.zeros((len(settings), len(DIRECTIONS)))
    for group in sharing_groups(system.hasher, settings):
        prepared = None
        for i in group:
            hasher = seeded(clone(system.hasher)).set_params(n_bits=CHOICE_BITS, **settings[i])
            prepared = prepared or prepare(hasher, outside, labels[kept])
            finish(hasher, prepared)
            queries = hasher.transform(inside)
            gallery = hasher.transform(outside) if system.databases[0] == "one view" else hasher.codes_
            for j, (source, target) in enumerate(DIRECTIONS.values()):
                found = similarity(queries[source], gallery[target], hasher.score_metric)
                scores[i, j] = average_precision(found, relevant, denominator="all").mean()
    return scores
