"""Discrete latent factors: an update bit by bit as written in the paper, and codes that follow labels."""

import numpy as np
import pytest
from scipy.special import expit

from classicxm.hashing import DLFH, signs
from classicxm.hashing.dlfh import latent_codes, updated_codes
from tests.hashing.views import class_views


def test_one_pass_as_written_bit_by_bit():
    rng = np.random.default_rng(0)
    codes, others = signs(rng.normal(size=(6, 4))), signs(rng.normal(size=(5, 4)))
    similar = rng.integers(0, 2, (6, 5)).astype(np.float32)
    expected, step = codes.astype(float).copy(), 8.0 / 4
    for bit in range(4):
        missing = similar - expit(step * expected @ others.T)
        expected[:, bit] = signs(missing @ others[:, bit] + 5 * step / 4 * expected[:, bit])
    np.testing.assert_array_equal(updated_codes(codes, others, similar, 8.0), expected)


def test_codes_of_one_class_are_nearer_than_those_of_two():
    labels = np.eye(3)[np.arange(45) % 3]
    U, V = latent_codes(labels, 16, 8.0, 20, 0)
    same = (labels @ labels.T).astype(bool)
    agreement = U @ V.T
    assert agreement[same].mean() > agreement[~same].mean() + 8


def test_new_items_get_bits_of_their_class():
    views, y = class_views()
    model = DLFH(16).fit(views, y)
    codes = model.transform_view("text", views["text"])
    agreement = codes @ model.codes_["image"].T
    same = y[:, None] == y
    assert agreement[same].mean() > agreement[~same].mean() + 8
    assert model.transform_view("text", views["text"][:0]).shape == (0, 16)


def test_ridges_share_what_was_learned():
    views, y = class_views()
    prepared = DLFH(8).prepare_fit(views, y)
    one, other = (DLFH(8, ridge=ridge).finish_fit(prepared) for ridge in (0.1, 1000.0))
    np.testing.assert_array_equal(one.codes_["image"], other.codes_["image"])
    assert np.abs(one.weights_["image"]).sum() > np.abs(other.weights_["image"]).sum()
    with pytest.raises(ValueError, match="DLFH takes two views, got 3"):
        DLFH(8).fit({**views, "audio": views["text"]}, y)
