"""Which region of a picture has what in its description."""

import numpy as np
import pytest

from classicxm.encoding import BagOfWords, Encoded
from classicxm.image import GIST, HOG, LBP, ColorHistogram, DenseColor, DenseSIFT

RANDOM = np.random.default_rng(0)
RED, GREY = (220, 20, 20), (128, 128, 128)


def picture(height=60, width=80):
    """Grey with a red square in the top right quarter."""
    pixels = np.full((height, width, 3), GREY, np.uint8)
    pixels[10:25, 50:65] = RED
    return pixels


@pytest.mark.parametrize(
    "extractor",
    [
        ColorHistogram(grid=(2, 3), max_side=50),
        ColorHistogram(hellinger=False),
        HOG(image_size=(40, 64), pixels_per_cell=7, block_norm="L1"),
        LBP(grid=(2, 2)),
        LBP(points=(4, 12), radii=(1.5, 2.0)),
        GIST(image_size=64, grid=3),
        Encoded(DenseSIFT(), BagOfWords(n_words=6)),
        Encoded(DenseColor(), BagOfWords(n_words=6, pyramid=((1, 1), (2, 2)))),
    ],
    ids=repr,
)
def test_regions_sum_to_the_weighted_description(extractor):
    noise = RANDOM.integers(0, 256, (70, 90, 3), dtype=np.uint8)
    flat = np.full((40, 50, 3), 90, np.uint8)
    extractor.fit([noise, picture()])
    weights = RANDOM.normal(size=extractor.n_features_out_)
    for image in (noise, picture(), flat, flat[:3, :2]):
        parts = extractor.divide(image, weights)
        whole = weights @ extractor.describe(image).astype(np.float64)
        heat_map = parts.map({"x": 8, "y": 6}, ("x", "y"))
        assert heat_map.shape == (6, 8) and heat_map.sum() == pytest.approx(whole, abs=1e-6)


def test_the_red_bin_lies_where_red_is():
    extractor = ColorHistogram(space="rgb", bins=(2, 2, 2)).fit()
    heat_map = extractor.divide(picture(), np.eye(8)[4]).map({"x": 16, "y": 12}, ("x", "y"))
    assert heat_map[1:6, 9:14].sum() == pytest.approx(heat_map.sum()) and heat_map[2:5, 10:13].min() > 0


@pytest.mark.parametrize("extractor", [HOG(image_size=(60, 80), pixels_per_cell=5), LBP()])
def test_edges_lie_where_they_are(extractor):
    extractor.fit()
    described = [extractor.describe(image) for image in (picture(), np.full((60, 80, 3), GREY, np.uint8))]
    heat_map = extractor.divide(picture(), np.where(described[1] > 0, 0.0, described[0])).map(
        {"x": 16, "y": 12}, ("x", "y")
    )
    assert heat_map[1:6, 9:14].sum() > 0.95 * heat_map.sum()


def test_patches_reach_around_their_centres():
    local = DenseColor(bin_sizes=(4, 8), max_side=40)
    np.testing.assert_allclose(local.reach(np.zeros((60, 80, 3), np.uint8)), [6 / 40, 6 / 30])
