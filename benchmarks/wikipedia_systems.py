"""The systems of the Wikipedia benchmark: training pairs and labels in, scores between test items out."""

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks.environment import SEED
from classicxm.alignment import (
    BLM,
    CCA,
    GMLDA,
    GMMFA,
    JFSSL,
    LCFS,
    PLSSVD,
    AlignerSearch,
    KernelCCA,
    KernelRidgeMatching,
    LabelCCA,
    Preprocessed,
    SemanticCorrelationMatching,
    SemanticMatching,
)
from classicxm.alignment.kernel_ridge import kernel_ridge_weights
from classicxm.alignment.kernels import chi2_distances
from classicxm.distances import get_metric
from classicxm.evaluation import average_precision

__all__ = ["SYSTEMS"]

N_FOLDS = 5
CHOSEN = f"{N_FOLDS}-fold mAP on train"


def scores_both_ways(views, metric):
    """Scores image to text and text to image of projected test views."""
    score = get_metric(metric)
    return score(views["image"], views["text"]), score(views["text"], views["image"])


def fixed(aligner, features="as published", **settings):
    """A system without anything to choose."""

    def system(train, labels, test):
        fitted = aligner.fit(train, labels)
        told = {"features": features, "score": fitted.score_metric, "chosen_by": "paper", **settings}
        return *scores_both_ways(fitted.transform(test), fitted.score_metric), told

    return system


def searched(aligner, grid, features="as published", n_folds=N_FOLDS):
    """A system whose parameters are chosen by mean average precision on folds of the training pairs."""

    def system(train, labels, test):
        search = AlignerSearch(aligner, grid, average_precision, n_folds=n_folds, random_state=SEED)
        search.fit(train, labels)
        chosen = {name.removeprefix("aligner__"): value for name, value in search.best_params_.items()}
        told = {
            "features": features,
            "score": search.score_metric,
            "chosen_by": f"{n_folds}-fold mAP on train",
        }
        told |= {**chosen, "fold_map": search.best_score_}
        return *scores_both_ways(search.transform(test), search.score_metric), told

    return system


def z_scored(aligner):
    return Preprocessed(aligner, StandardScaler())


def hellinger(aligner):
    """Square roots of the histograms, whose dot products are the affinities of Bhattacharyya."""
    return Preprocessed(aligner, FunctionTransformer(np.sqrt))


GAMMAS = (0.5, 1.0, 2.0, 4.0)
RIDGES = (0.1, 0.3, 1.0, 3.0, 10.0)


def kernel_ridge(metric, centre, shared_folds):
    """Chi2 kernel ridge regression; the width and each view's ridge are chosen together.

    ``shared_folds`` is a dict in which systems that differ by score alone find each other's fold estimates.
    """

    def system(train, labels, test):
        classes, column = np.unique(labels, return_inverse=True)
        targets = np.eye(len(classes))[column]
        if centre not in shared_folds:
            shared_folds[centre] = _fold_estimates(train, targets, column, centre)
        found = shared_folds[centre]
        shared = np.equal.outer(column, column)
        score = get_metric(metric)
        best = (-1.0, None)
        for gamma in GAMMAS:
            for image_ridge in RIDGES:
                for text_ridge in RIDGES:
                    values = []
                    for held, estimates in found:
                        image = estimates["image", gamma, image_ridge]
                        text = estimates["text", gamma, text_ridge]
                        relevant = shared[np.ix_(held, held)]
                        values.append(average_precision(score(image, text), relevant).mean())
                        values.append(average_precision(score(text, image), relevant).mean())
                    best = max(best, (float(np.mean(values)), (gamma, image_ridge, text_ridge)))
        gamma, image_ridge, text_ridge = best[1]
        ridge = {"image": image_ridge, "text": text_ridge}
        model = KernelRidgeMatching(
            kernel="chi2", gamma=gamma, ridge=ridge, centre=centre, score_metric=metric
        )
        projected = model.fit(train, labels).transform(test)
        told = {"features": "as published", "score": metric, "centre": centre, "chosen_by": CHOSEN}
        told |= {"gamma": gamma, "ridge": ridge, "fold_map": best[0]}
        return *scores_both_ways(projected, metric), told

    return system


def _fold_estimates(train, targets, column, centre):
    """Held-out rows of each fold, and their class estimates for every view, width and ridge."""
    distances = {name: chi2_distances(X, X) for name, X in train.items()}
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=SEED).split(column, column)
    found = []
    for kept, held in folds:
        wanted = targets[kept] - targets[kept].mean(axis=0) * centre
        estimates = {}
        for name in train:
            for gamma in GAMMAS:
                K = np.exp(-gamma * distances[name][np.ix_(kept, kept)])
                new = np.exp(-gamma * distances[name][np.ix_(held, kept)])
                for ridge in RIDGES:
                    estimates[name, gamma, ridge] = new @ kernel_ridge_weights(K, wanted, ridge)
        found.append((held, estimates))
    return found


FOLDS = {}

#: Name -> (system, whether it is left out of quick runs).
SYSTEMS = {
    "CM": (
        fixed(z_scored(CCA(7, ridge=0.0, power=0.0)), "z-scored", n_components=7, ridge=0.0, power=0.0),
        False,
    ),
    "SM-L1": (fixed(SemanticMatching(C=0.1, score_metric="cityblock"), "z-scored", C=0.1), False),
    "SCM": (
        fixed(SemanticCorrelationMatching(7, ridge=0.0, C=1.0), "z-scored", n_components=7, ridge=0.0, C=1.0),
        False,
    ),
    "PLS": (searched(PLSSVD(), {"n_components": [5, 7, 9, 10]}, "z-scored"), True),
    "BLM": (
        searched(BLM(), {"n_components": [7, 9, 10], "trade_off": [1.0, 3.0, 10.0, 100.0]}, "z-scored"),
        True,
    ),
    "GMLDA": (
        searched(
            GMLDA(),
            {"n_components": [5, 7, 9], "trade_off": [1.0, 10.0, 100.0], "ridge": [1e-3, 0.1, 1.0]},
            "z-scored",
        ),
        True,
    ),
    "GMMFA": (
        searched(
            GMMFA(), {"n_components": [5, 9], "trade_off": [10.0, 100.0, 1000.0], "ridge": [1.0]}, "z-scored"
        ),
        True,
    ),
    "KCCA-chi2": (searched(KernelCCA(9), {"ridge": [0.003, 0.01, 0.03]}, n_folds=3), True),
    "LabelCCA": (searched(LabelCCA(), {"n_components": [5, 9], "ridge": [1e-3, 0.1, 1.0]}, "z-scored"), True),
    "LCFS": (
        searched(
            hellinger(LCFS()),
            {"aligner__sparsity": [0.1, 1.0, 3.0], "aligner__coupling": [0.0, 1e-3, 1e-2]},
            "square roots",
        ),
        True,
    ),
    "JFSSL": (
        searched(
            hellinger(JFSSL()),
            {"aligner__sparsity": [0.3, 1.0, 3.0], "aligner__smoothness": [1e-3, 1e-2, 0.1]},
            "square roots",
        ),
        True,
    ),
    "KRR-chi2-dot": (kernel_ridge("dot", False, FOLDS), True),
    "KRR-chi2-cosine": (kernel_ridge("cosine", False, FOLDS), True),
}
