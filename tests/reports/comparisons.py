"""A small comparison, made by hand, whose figures can be worked out again."""

import numpy as np

from classicxm.alignment import CCA, PLSSVD
from classicxm.comparison import FeatureSet, Plan, run_comparison

LABELS = ["sea", "sky", "sun"]


def small_comparison():
    rng = np.random.default_rng(0)
    column = np.arange(54) % 3
    shared = np.eye(3)[column] + 0.4 * rng.normal(size=(54, 3))
    views = {m: shared @ rng.normal(size=(3, 4)) + 0.3 * rng.normal(size=(54, 4)) for m in ("image", "text")}
    labels = [LABELS[i] for i in column]
    features = FeatureSet(
        *({m: X[part] for m, X in views.items()} for part in (slice(36), slice(36, None))), "a note"
    )
    plan = Plan(("cosine", "kl"), n_folds=3)
    return run_comparison(
        {"made": features}, {"CCA": CCA(2), "PLS": PLSSVD(2)}, labels[:36], labels[36:], plan=plan
    )
