"""The systems of the Wikipedia benchmark: training pairs and labels in, a fitted aligner and its settings out.

CM, SM-L1 and SCM are set as their paper sets them. Every other system chooses on the training pairs alone, by
mean average precision (both directions) on folds that keep the shares of classes; none is handed a test item. The
grids are wide and round, one for each kind of parameter and the same for every system that has it: whole powers of
ten for what multiplies a penalty or a trade-off, powers of two for the width of a kernel. Only the trade-offs of
BLM and GMLDA need have no optimum inside them, since the larger they are the nearer both come to partial least
squares of rows and of class means. Kernel ridge regression searches the grid, then half steps around its best.
What is not searched is the method's own convention: z-scored features and cosine for linear subspaces, square
roots of histograms and dot product for regressions on labels, 9 kernel components (classes less one), 5 and 20
neighbours in the graphs of GMMFA, 10 in those of JFSSL, eigenvalues to the fourth power in LabelCCA.
"""

from itertools import product

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

#: Topic proportions sum to one, so 9 is the rank of the texts; it is also the number of classes less one.
COMPONENTS = (3, 5, 7, 9)
#: Weights of agreement between views against what each view wants.
TRADE_OFFS = tuple(10.0**power for power in range(-1, 5))
#: Ridges, sparsity, coupling and smoothness.
PENALTIES = tuple(10.0**power for power in range(-4, 2))
#: Widths of exponential chi2 kernels, whose distances run from 0 to 2.
GAMMAS = tuple(2.0**power for power in range(-2, 4))

N_FOLDS = 5
CHOSEN = f"{N_FOLDS}-fold mAP on train"


def fixed(aligner, features="as published", **settings):
    """A system without anything to choose."""

    def system(train, labels):
        fitted = aligner.fit(train, labels)
        told = {"features": features, "score": fitted.score_metric, "chosen_by": "paper", **settings}
        return fitted, told

    return system


def searched(aligner, grid, features="as published"):
    """A system whose parameters are chosen by mean average precision on folds of the training pairs."""

    def system(train, labels):
        search = AlignerSearch(aligner, grid, average_precision, n_folds=N_FOLDS, random_state=SEED)
        search.fit(train, labels)
        chosen = {name.removeprefix("aligner__"): value for name, value in search.best_params_.items()}
        told = {"features": features, "score": search.score_metric, "chosen_by": CHOSEN}
        return search, {**told, **chosen, "fold_map": search.best_score_}

    return system


def z_scored(aligner):
    return Preprocessed(aligner, StandardScaler())


def hellinger(aligner):
    """Square roots of the histograms, whose dot products are the affinities of Bhattacharyya."""
    return Preprocessed(aligner, FunctionTransformer(np.sqrt))


def kernel_ridge(metric, shared_folds):
    """Chi2 kernel ridge regression; the width and each view's ridge are chosen together, coarse and then fine.

    ``shared_folds`` is a list in which systems that differ by score alone find each other's fold estimates.
    """

    def system(train, labels):
        if not shared_folds:
            shared_folds.append(RidgeFolds(train, labels))
        folds, score = shared_folds[0], get_metric(metric)
        scored = folds.scored(score, GAMMAS, PENALTIES, PENALTIES)
        gamma, image_ridge, text_ridge = max(scored, key=scored.get)
        scored |= folds.scored(score, around(gamma, 2.0), around(image_ridge, 10.0), around(text_ridge, 10.0))
        best = max(scored, key=scored.get)
        chosen = {"gamma": best[0], "ridge": {"image": best[1], "text": best[2]}}
        model = KernelRidgeMatching(kernel="chi2", score_metric=metric, **chosen).fit(train, labels)
        told = {"features": "as published", "score": metric, "chosen_by": CHOSEN}
        return model, {**told, **chosen, "fold_map": scored[best]}

    return system


def around(value, step):
    """A value of a grid and its neighbours half a step away."""
    return value / step**0.5, value, value * step**0.5


class RidgeFolds:
    """Class estimates of the held-out rows of each fold, by chi2 kernel ridge regression of each view."""

    def __init__(self, train, labels):
        _, column = np.unique(labels, return_inverse=True)
        self.targets = np.eye(column.max() + 1)[column]
        self.distances = {name: chi2_distances(X, X) for name, X in train.items()}
        splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=SEED)
        self.folds = list(splitter.split(column, column))
        self.relevant = [np.equal.outer(column[held], column[held]) for _, held in self.folds]
        self.estimates = {}

    def scored(self, score, gammas, image_ridges, text_ridges):
        """Mean average precision over directions and folds of every (gamma, image ridge, text ridge)."""
        for gamma in gammas:
            self._estimate("image", gamma, image_ridges)
            self._estimate("text", gamma, text_ridges)
        return {
            setting: self._score(score, *setting) for setting in product(gammas, image_ridges, text_ridges)
        }

    def _estimate(self, name, gamma, ridges):
        """Fill in what is not known yet; ridges share the kernel of a width."""
        wanted = [ridge for ridge in ridges if (name, gamma, ridge) not in self.estimates]
        for kept, held in self.folds if wanted else ():
            K = np.exp(-gamma * self.distances[name][np.ix_(kept, kept)])
            new = np.exp(-gamma * self.distances[name][np.ix_(held, kept)])
            for ridge in wanted:
                found = new @ kernel_ridge_weights(K, self.targets[kept], ridge)
                self.estimates.setdefault((name, gamma, ridge), []).append(found)

    def _score(self, score, gamma, image_ridge, text_ridge):
        images, texts = self.estimates["image", gamma, image_ridge], self.estimates["text", gamma, text_ridge]
        values = []
        for image, text, relevant in zip(images, texts, self.relevant, strict=True):
            scores = score(image, text)
            values.append(average_precision(scores, relevant).mean())
            values.append(average_precision(scores.T, relevant).mean())
        return float(np.mean(values))


FOLDS = []
SUBSPACE = {"n_components": COMPONENTS}
STEADIED = {**SUBSPACE, "ridge": PENALTIES}
AGREEING = {**STEADIED, "trade_off": TRADE_OFFS}

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
    "PLS": (searched(PLSSVD(), SUBSPACE, "z-scored"), True),
    "BLM": (searched(BLM(), {**SUBSPACE, "trade_off": TRADE_OFFS}, "z-scored"), True),
    "GMLDA": (searched(GMLDA(), AGREEING, "z-scored"), True),
    "GMMFA": (searched(GMMFA(), AGREEING, "z-scored"), True),
    "KCCA-chi2": (searched(KernelCCA(9), {"ridge": PENALTIES}), True),
    "LabelCCA": (searched(LabelCCA(), STEADIED, "z-scored"), True),
    "LCFS": (
        searched(
            hellinger(LCFS()),
            {"aligner__sparsity": PENALTIES, "aligner__coupling": PENALTIES},
            "square roots",
        ),
        True,
    ),
    "JFSSL": (
        searched(
            hellinger(JFSSL()),
            {"aligner__sparsity": PENALTIES, "aligner__smoothness": PENALTIES},
            "square roots",
        ),
        True,
    ),
    "KRR-chi2-dot": (kernel_ridge("dot", FOLDS), True),
    "KRR-chi2-cosine": (kernel_ridge("cosine", FOLDS), True),
}
