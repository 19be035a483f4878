"""The checks of the roles find what is wrong with a part; our own parts pass them in test_roles."""

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.base import Extractor
from classicxm.image import ColorHistogram, DenseColor
from classicxm.search import ExactIndex
from classicxm.testing import check_aligner, check_extractor, check_index, check_local_extractor


class Draws(Extractor):
    """Random numbers: no description."""

    modality = "text"

    def describe(self, item):
        return np.random.default_rng().normal(size=3)


class Nan(Draws):
    def describe(self, item):
        return np.full(3, np.nan)


class Renaming(Draws):
    def __init__(self, size=3):
        self.length = size


class Backwards(ExactIndex):
    def search(self, queries, k=10, allowed=None):
        ids, scores = super().search(queries, k, allowed)
        return ids[:, ::-1], scores[:, ::-1]


class Forgets(ExactIndex):
    def remove(self, ids):
        return self


class Shuffled(CCA):
    def transform_view(self, modality, X):
        return super().transform_view(modality, X) + np.random.default_rng().normal()


@pytest.mark.parametrize(
    ("check", "part", "message"),
    [
        (check_extractor, Draws(), "Draws must describe an item alone as it does among others"),
        (check_extractor, Nan(), "NaN or infinity"),
        (check_extractor, Renaming(), "size"),
        (check_extractor, DenseColor(), "DenseColor must be a Extractor"),
        (check_local_extractor, ColorHistogram(), "ColorHistogram must be a LocalExtractor"),
        (check_index, Backwards(), "Backwards"),
        (check_index, Forgets(), "Forgets"),
        (check_aligner, Shuffled(2), "Shuffled"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(check, part, message):
    with pytest.raises((AssertionError, AttributeError, ValueError)) as caught:
        check(part)
    assert message in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_parts_as_they_should_be():
    check_index(ExactIndex())
    check_aligner(CCA(2))
