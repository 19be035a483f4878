"""What sounds can be told apart and found by, and how fast they are described.

ESC-10: accuracy over the five official folds, and retrieval between sounds and their Freesound titles within each
fold. Spoken digits against handwritten ones on the official test recordings. Speed of one thread beside
python_speech_features. Every setting is chosen on training folds.
"""

import logging

import numpy as np
import python_speech_features
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.audio_classifiers import CLASSIFIERS, predictions
from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, row
from benchmarks.seeds import seeded
from benchmarks.timing import best_seconds
from classicxm import media
from classicxm.alignment import CCA, SemanticMatching
from classicxm.audio import MFCC, PLP
from classicxm.datasets import load_esc, make_digit_pairs
from classicxm.encoding import Encoded, FisherVector
from classicxm.evaluation import (
    bootstrap_interval,
    class_relevance,
    evaluate,
    query_blind_scores,
    random_floor,
)
from classicxm.image import HOG
from classicxm.media.audio import Audio, resampled
from classicxm.retrieval import RECIPES, extractor_of
from classicxm.retrieval.recipes import SAMPLE_RATE
from classicxm.text import TfidfText

SEEDS = 5
DATA = ""
FOLDS = (1, 2, 3, 4, 5)
QUICK_CLIPS = 3  # of every class and fold
PENALTIES = (10.0, 100.0, 1e3, 1e4)
SPEED_RATES = (16000, 44100)
ROUNDS = 15  # in each of which every system is timed once, so that a busy machine slows all alike
CHOSEN = "on the training folds"


def run(data, quick):
    """Rows of the benchmark; ``data`` is the folder that holds esc10 and fsdd, or one of the two."""
    root = data if (data / "esc10").is_dir() or (data / "fsdd").is_dir() else data.parent
    for name in ("esc10", "fsdd"):
        if not (root / name).is_dir():
            raise BenchmarkError(f"no folder {name} in {root}; see --data")
    with threadpool_limits(1):
        if SEED == 0:  # speed does not depend on it
            yield from speed_rows(quick)
        yield from digit_rows(root / "fsdd", quick)
        yield from esc_rows(root / "esc10", quick)


def speed_rows(quick):
    """Seconds of sound described a second, with python_speech_features in the same run."""
    seconds = 2 if quick else 10
    for rate in SPEED_RATES:
        noise = np.random.default_rng(SEED).uniform(-0.5, 0.5, seconds * rate).astype(np.float32)
        audio = Audio(noise, rate)
        systems = {
            "psf-mfcc": lambda audio=audio: python_speech_features.mfcc(audio.samples, audio.sample_rate),
            "MFCC": lambda audio=audio: MFCC().describe(audio),
            "PLP": lambda audio=audio: PLP().describe(audio),
            "PLP-rastamat": lambda audio=audio: PLP("rastamat").describe(audio),
        }
        logging.disable(logging.WARNING)  # of frames cut to 512 samples, python_speech_features' default
        try:
            rounds = [
                {name: best_seconds(call, repeats=1) for name, call in systems.items()} for _ in range(ROUNDS)
            ]
        finally:
            logging.disable(logging.NOTSET)
        taken = {name: min(times[name] for times in rounds) for name in systems}
        for name, best in taken.items():
            times = {} if name == "psf-mfcc" else {"times_psf": taken["psf-mfcc"] / best}
            yield row(
                "audio", name, "real_time_factor", seconds / best, "x", sample_rate=rate, threads=1, **times
            )


def digit_rows(folder, quick):
    """Spoken against handwritten digits, test recordings only."""
    pairs = make_digit_pairs(folder, random_state=SEED)
    if quick:
        pairs = pairs.subset(np.arange(0, len(pairs), 3))
    train, test = pairs.split("train"), pairs.split("test")
    extractors = {"audio": digit_sound(), "image": HOG(image_size=(32, 32), pixels_per_cell=8)}
    labels = [np.array(part.labels) for part in (train, test)]
    for extractor in extractors.values():
        extractor.fit(train.column(extractor.modality))
    views = [
        {name: extractor.transform(part.column(name)) for name, extractor in extractors.items()}
        for part in (train, test)
    ]
    folds = np.zeros(len(train), int)
    splitter = StratifiedKFold(3 if quick else 5, shuffle=True, random_state=SEED)
    for fold, (_, held) in enumerate(splitter.split(folds, labels[0])):
        folds[held] = fold
    aligner = chosen_matching(views[0], labels[0], folds)
    found = matched(aligner, views[1], labels[1], "audio", "image")
    yield from precision_rows("digits", found, aligner="SM", C=aligner.C, chosen=CHOSEN)
    floors = floor_precisions(views[0], labels[0], views[1], labels[1], "audio", "image")
    for name, precisions in floors.items():
        yield from precision_rows(f"digits/{name}", precisions)


def digit_sound():
    """Fisher vectors of MFCC and deltas over the whole word and over each quarter of it."""
    encoder = FisherVector(n_components=16, n_pca=None, pyramid=((1,), (4,)), random_state=SEED)
    return Encoded(MFCC("slaney", deltas=1), encoder, random_state=SEED)


def esc_rows(folder, quick):
    """Accuracy and retrieval of every recipe over the official folds."""
    collection = load_esc(folder)
    if quick:
        collection = some_of_each(collection)
    folds, labels = np.array(collection.column("fold")), np.array(collection.labels)
    sounds = [resampled(media.decode("audio", path), SAMPLE_RATE) for path in collection.column("audio")]
    titles = collection.column("text")
    yield row("audio", "random", "esc10_accuracy", 1 / len(set(labels)), "share", expectation="exact")
    tested = FOLDS[:1] if quick else FOLDS
    for recipe in RECIPES:
        right = {name: [] for name in CLASSIFIERS}
        precisions, settings = {}, {name: [] for name in CLASSIFIERS}
        for fold in tested:
            train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            extractor = seeded(extractor_of(recipe, "audio")).fit([sounds[i] for i in train])
            features = extractor.transform(sounds)
            for name in CLASSIFIERS:
                guess, chosen = predictions(
                    name, features[train], labels[train], folds[train], features[test]
                )
                right[name].append(guess == labels[test])
                settings[name].append(" ".join(str(value) for value in chosen.values()))
            for system, found in title_precisions(recipe, features, titles, labels, folds, fold).items():
                precisions.setdefault(system, []).append(found)
        for name, parts in right.items():
            values = np.concatenate(parts).astype(float)
            low, high = bootstrap_interval(values, random_state=SEED)
            per_fold = [round(float(part.mean()), 4) for part in parts]
            detail = {
                "classifier": name,
                "folds": per_fold,
                "chosen": CHOSEN,
                "kernel_width_scaled_C": settings[name],
            }
            yield row("audio", recipe, "esc10_accuracy", values.mean(), "share", low, high, **detail)
        for system, parts in precisions.items():
            yield from precision_rows(system, joined(parts), folds=len(parts), chosen=CHOSEN)


def title_precisions(recipe, features, titles, labels, folds, fold):
    """Average precisions between the sounds and titles of one fold, by system; floors go with the baseline."""
    titled = np.array([bool(title) for title in titles])
    train, test = (np.flatnonzero(titled & part) for part in (folds != fold, folds == fold))
    text = TfidfText(analyzer="char_wb", ngram_range=(3, 5)).fit([titles[i] for i in train])
    views = [
        {"audio": features[part], "text": text.transform([titles[i] for i in part])} for part in (train, test)
    ]
    matching = chosen_matching(views[0], labels[train], folds[train])
    correlation = CCA(n_components=None, ridge=1.0).fit(views[0])
    found = {
        recipe: matched(matching, views[1], labels[test], "audio", "text"),
        f"{recipe}/CCA": matched(correlation, views[1], labels[test], "audio", "text"),
    }
    if recipe == "baseline":
        found |= floor_precisions(views[0], labels[train], views[1], labels[test], "audio", "text")
    return found


def chosen_matching(views, labels, folds):
    """Kernel semantic matching whose penalty in each view gives held-out labels the highest likelihood."""
    likelihood = {name: np.zeros(len(PENALTIES)) for name in views}
    for position, penalty in enumerate(PENALTIES):
        for fold in np.unique(folds):
            kept, held = folds != fold, folds == fold
            aligner = SemanticMatching(C=penalty, kernel="rbf")
            aligner.fit({name: X[kept] for name, X in views.items()}, labels[kept])
            own = np.searchsorted(aligner.classes_, labels[held])
            for name, X in views.items():
                posterior = aligner.transform_view(name, X[held])[np.arange(len(own)), own]
                likelihood[name][position] += np.log(np.maximum(posterior, 1e-12)).sum()
    best = {name: PENALTIES[int(sums.argmax())] for name, sums in likelihood.items()}
    return SemanticMatching(C=best, kernel="rbf").fit(views, labels)


def matched(aligner, views, labels, first, second):
    """Average precisions of both directions between the views of test items."""
    common = aligner.transform(views)
    a, b = common[first], common[second]
    if aligner.score_metric == "cosine":
        a, b = (X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12) for X in (a, b))
    relevant = class_relevance(labels, labels)
    return {
        f"map_{first[0]}2{second[0]}": evaluate(a @ b.T, relevant)["AP"],
        f"map_{second[0]}2{first[0]}": evaluate(b @ a.T, relevant)["AP"],
    }


def floor_precisions(train, train_labels, test, labels, first, second):
    """Average precisions of the systems "random" and "query-blind" in both directions."""
    relevant = class_relevance(labels, labels)
    found = {"random": {}, "query-blind": {}}
    for query, gallery in ((first, second), (second, first)):
        measure = f"map_{query[0]}2{gallery[0]}"
        found["random"][measure] = random_floor(relevant)
        scores = query_blind_scores(train[gallery], train_labels, test[gallery])
        found["query-blind"][measure] = evaluate(np.broadcast_to(scores, relevant.shape), relevant)["AP"]
    return found


def joined(parts):
    """One array a measure from dicts of the same measures."""
    return {measure: np.concatenate([part[measure] for part in parts]) for measure in parts[0]}


def precision_rows(system, precisions, **settings):
    """A row per measure, with the interval over queries."""
    for measure, values in precisions.items():
        low, high = bootstrap_interval(values, random_state=SEED)
        yield row("audio", system, measure, values.mean(), "mAP", low, high, **settings)


def some_of_each(collection):
    """The first few clips of every class and fold."""
    seen, kept = {}, []
    for position, record in enumerate(collection):
        key = record["label"], record["fold"]
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= QUICK_CLIPS:
            kept.append(position)
    return collection.subset(kept)
