"""Corrections for hubs worked out by hand, and an aligner whose scores they are."""

import numpy as np
import pytest
from scipy.special import logsumexp

from classicxm.alignment import CCA, HubCorrection
from classicxm.alignment.hubness import csls, inverted_softmax

SCORES = np.array([[0.5, 0.4]])


def test_csls_by_hand():
    bank_to_items = np.array([[0.9, 0.1], [0.7, 0.3], [0.1, 0.2]])
    queries_to_bank = np.array([[0.6, 0.2, 0.4]])
    # r(q) = (0.6 + 0.4) / 2, r(x) = (0.9 + 0.7) / 2 and (0.3 + 0.2) / 2
    np.testing.assert_allclose(
        csls(SCORES, bank_to_items, queries_to_bank, 2), [[1 - 0.5 - 0.8, 0.8 - 0.5 - 0.25]]
    )
    # of a bank smaller than k all count
    np.testing.assert_allclose(
        csls(SCORES, bank_to_items, queries_to_bank, 99), [[1 - 0.4 - 1.7 / 3, 0.8 - 0.4 - 0.2]]
    )


def test_inverted_softmax_by_hand():
    bank = np.array([[0.0, 0.2], [0.1, 0.3]])
    expected = SCORES / 0.1 - [logsumexp([0, 1]), logsumexp([2, 3])]
    np.testing.assert_allclose(inverted_softmax(SCORES, bank, 0.1), expected)


def test_the_bank_is_the_training_rows_thinned_evenly(make_views):
    views = make_views(50)
    model = HubCorrection(CCA(2), max_bank=5).fit(views)
    Z = CCA(2).fit(views).transform_view("image", views["image"])
    np.testing.assert_allclose(model.bank_["image"], Z[[0, 12, 24, 37, 49]])
    np.testing.assert_allclose(model.transform_view("image", views["image"]), Z)
    offset, matrix = model.linear_map("text")
    np.testing.assert_allclose(views["text"] @ matrix + offset, model.transform_view("text", views["text"]))


@pytest.mark.parametrize("method", ["csls", "inverted_softmax"])
def test_a_hub_loses_rank(method, make_views):
    views = make_views(80)
    model = HubCorrection(CCA(3), method=method).fit(views)
    corrected = model.scores("image", views["image"], "text", views["text"])
    plain = model.transform(views)
    plain = plain["image"] @ plain["text"].T
    assert corrected.shape == plain.shape == (80, 80)
    assert np.bincount(corrected.argmax(axis=1)).max() <= np.bincount(plain.argmax(axis=1)).max()
