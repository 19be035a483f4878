"""Small views with known structure, for the tests of single hashes."""

import numpy as np


def shared_views(n=40, widths=(6, 4), seed=0, noise=0.3):
    """Views named image and text of three shared factors."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 3))
    return {
        name: factors @ rng.normal(size=(3, d)) + noise * rng.normal(size=(n, d))
        for name, d in zip(("image", "text"), widths, strict=True)
    }


def class_views(n=60, n_classes=3, seed=0):
    """Views whose rows scatter about class means, and the labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    views = {
        name: 3 * rng.normal(size=(n_classes, 5))[labels] + rng.normal(size=(n, 5))
        for name in ("image", "text")
    }
    return views, np.array(["sea", "sky", "wood", "town"])[labels]
