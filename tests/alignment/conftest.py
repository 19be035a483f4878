"""Small views with known structure."""

import numpy as np
import pytest


def factor_views(n=200, widths=(6, 4), seed=0, noise=0.7, n_factors=3):
    """Views named image, text and audio that share factors of falling strength."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, n_factors)) * np.array([2.0, 1.0, 0.5])[:n_factors]
    return {
        name: factors @ rng.normal(size=(n_factors, d)) + noise * rng.normal(size=(n, d)) + rng.normal(size=d)
        for name, d in zip(("image", "text", "audio"), widths, strict=False)
    }


def class_views(n=120, widths=(8, 5), seed=0, n_classes=3, noise=1.0, non_negative=False):
    """Views whose rows scatter about class means, and the labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    views = {}
    for name, d in zip(("image", "text", "audio"), widths, strict=False):
        X = 2.0 * rng.normal(size=(n_classes, d))[labels] + noise * rng.normal(size=(n, d))
        views[name] = np.exp(X / 4) if non_negative else X
    return views, np.array(["sea", "sky", "wood", "town"])[labels]


@pytest.fixture
def make_views():
    return factor_views


@pytest.fixture
def make_classes():
    return class_views
