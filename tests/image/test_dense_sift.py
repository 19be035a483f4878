import cv2
import numpy as np
import pytest
from sklearn.base import clone

from classicxm.image import DenseSIFT
from classicxm.image.dense_sift import dense_sift, orientation_maps


@pytest.fixture(scope="module")
def photo():
    generator = np.random.default_rng(0)
    return cv2.GaussianBlur(generator.integers(0, 256, (60, 80, 3), dtype=np.uint8), (0, 0), 2)


@pytest.mark.data
@pytest.mark.parametrize(("window", "suffix"), [("gaussian", ""), ("flat", "_fast")])
def test_agrees_with_vlfeat(shared_reference, window, suffix):
    folder = shared_reference("sift")
    grey = cv2.imread(str(folder / "box.pgm"), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    stored = np.load(folder / "box_vlfeat_dsift_size8_step4.npz")
    frames, expected = stored["frames" + suffix], stored["descriptors" + suffix]
    by_row = np.lexsort((frames[:, 0], frames[:, 1]))
    descriptors, centres, _ = dense_sift(grey, bin_size=8, step=4, window=window)
    np.testing.assert_array_equal(centres, frames[by_row, :2] - 1)  # the stored coordinates start at 1
    expected = expected[by_row] / np.linalg.norm(expected[by_row], axis=1, keepdims=True)
    cosines = (descriptors * expected).sum(axis=1)
    assert np.median(cosines) > 0.9999
    assert cosines.min() > 0.999


def test_orientation_maps_split_the_gradient():
    rows, columns = np.mgrid[:9, :9].astype(np.float32)
    maps = orientation_maps(columns)
    assert maps[0].min() == pytest.approx(1)
    assert np.abs(maps[1:]).max() < 1e-4
    diagonal = orientation_maps(rows + columns)
    assert diagonal[1].min() == pytest.approx(np.sqrt(2), rel=1e-3)
    backwards = orientation_maps(-columns)
    assert backwards[4].min() == pytest.approx(1, rel=1e-3)
    halfway = orientation_maps(columns + np.float32(np.tan(np.pi / 8)) * rows)
    np.testing.assert_allclose(halfway[0], halfway[1], rtol=0.02)


def test_orientation_maps_against_their_formula(photo):
    grey = photo[..., 2].astype(np.float32) / 255
    dy, dx = np.gradient(grey.astype(float))
    turn = np.arctan2(dy, dx) / (np.pi / 4)
    apart = np.abs(turn - np.arange(8)[:, None, None]) % 8
    expected = np.hypot(dx, dy) * np.maximum(1 - np.minimum(apart, 8 - apart), 0)
    assert expected[0][dy < 0].max() > 0.01  # both sides of where the angle wraps around
    np.testing.assert_allclose(orientation_maps(grey), expected, atol=0.01 * np.hypot(dx, dy).max())


@pytest.mark.parametrize("bin_size", [4, 8])
def test_agrees_with_opencv(photo, bin_size):
    grey = np.ascontiguousarray(photo[..., 0])
    centres = dense_sift(grey.astype(np.float32) / 255, bin_size, 4)[1]
    inside = np.abs(centres - (39.5, 29.5)).max(axis=1) < 29.5 - 2 * bin_size  # OpenCV cuts at the border
    keypoints = [cv2.KeyPoint(float(x), float(y), bin_size / 1.5, 0.0) for x, y in centres]
    expected = cv2.SIFT_create().compute(grey, keypoints)[1].reshape(-1, 16, 8)
    expected = expected[..., -np.arange(8) % 8].reshape(-1, 128)  # OpenCV counts angles with y upwards
    smooth = cv2.GaussianBlur(grey.astype(np.float32) / 255, (0, 0), np.sqrt(1.6**2 - 0.5**2))
    found = dense_sift(smooth, bin_size, 4, "gaussian")[0]
    cosines = (found * expected).sum(axis=1) / np.linalg.norm(expected, axis=1)
    assert inside.sum() > 20
    assert cosines[inside].min() > 0.999


def test_orientations_sum_to_the_gradient_magnitude(photo):
    grey = photo[..., 0].astype(np.float32) / 255
    dy, dx = np.gradient(grey)
    np.testing.assert_allclose(orientation_maps(grey).sum(axis=0), np.hypot(dx, dy), atol=1e-6)


@pytest.mark.parametrize("window", ["flat", "gaussian"])
def test_descriptors_have_unit_length_and_root_has_too(photo, window):
    grey = photo[..., 1].astype(np.float32) / 255
    plain, _, _ = dense_sift(grey, 4, 4, window)
    root, _, _ = dense_sift(grey, 4, 4, window, root=True)
    np.testing.assert_allclose(np.linalg.norm(plain, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(root, np.sqrt(plain / plain.sum(axis=1, keepdims=True)), atol=1e-6)


def test_a_mirrored_image_has_mirrored_descriptors(photo):
    grey = photo[:45, :45, 0].astype(np.float32) / 255  # 45 = 3 * 4 + 1 + 8 * 4: the grid is symmetric
    descriptors = dense_sift(grey, 4, 4)[0].reshape(9, 9, 4, 4, 8)
    mirrored = dense_sift(np.ascontiguousarray(grey[:, ::-1]), 4, 4)[0].reshape(9, 9, 4, 4, 8)
    expected = descriptors[:, ::-1, :, ::-1, :][..., (4 - np.arange(8)) % 8]
    np.testing.assert_allclose(mirrored, expected, atol=2e-4)


def test_positions_are_fractions_and_scales_follow_one_another(photo):
    descriptors, positions = DenseSIFT(bin_sizes=(4, 6)).describe_located(photo)
    assert descriptors.dtype == positions.dtype == np.float32
    n_first = 12 * 17
    assert len(descriptors) == len(positions) == n_first + 11 * 16
    np.testing.assert_allclose(positions[0], [6.5 / 80, 6.5 / 60])
    np.testing.assert_allclose(positions[n_first], [9.5 / 80, 9.5 / 60])
    assert positions.min() > 0
    assert positions.max() < 1


def test_smoothing_follows_the_magnification(photo):
    smoothed = cv2.GaussianBlur(photo[..., 0].astype(np.float32) / 255, (0, 0), np.sqrt((8 / 4) ** 2 - 0.25))
    grey = np.repeat(photo[..., :1], 3, axis=2)
    described = DenseSIFT(bin_sizes=(8,), magnification=4.0, contrast_threshold=0).describe(grey)
    np.testing.assert_allclose(described, dense_sift(smoothed, 8, 4, root=True)[0], atol=2e-3)


def test_low_contrast_is_dropped_or_zeroed(photo):
    half_flat = photo.copy()
    half_flat[:, :40] = 90
    kept = DenseSIFT(bin_sizes=(4,)).describe_located(half_flat)
    zeroed = DenseSIFT(bin_sizes=(4,), low_contrast="zero").describe_located(half_flat)
    assert len(kept[0]) < len(zeroed[0]) == 12 * 17
    nonzero = zeroed[0].any(axis=1)
    np.testing.assert_allclose(zeroed[0][nonzero], kept[0], atol=1e-6)
    np.testing.assert_array_equal(zeroed[1][nonzero], kept[1])
    assert kept[1][:, 0].min() > 0.3


@pytest.mark.parametrize("shape", [(1, 1), (12, 300), (300, 12), (3, 3)])
def test_images_smaller_than_a_descriptor_have_none(shape):
    descriptors, positions = DenseSIFT().describe_located(np.zeros((*shape, 3), np.uint8))
    assert descriptors.shape == (0, 128)
    assert positions.shape == (0, 2)


@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_flat_image_has_no_descriptors(value):
    flat = np.full((50, 50, 3), value, np.uint8)
    assert len(DenseSIFT().describe(flat)) == 0
    assert len(DenseSIFT(contrast_threshold=0).describe(flat)) == 0
    assert not DenseSIFT(low_contrast="zero").describe(flat).any()


def test_large_images_are_shrunk(photo):
    large = cv2.resize(photo, (320, 240), interpolation=cv2.INTER_NEAREST)
    small = DenseSIFT(max_side=80).describe(large)
    np.testing.assert_allclose(small, DenseSIFT().describe(photo), atol=1e-6)
    assert len(DenseSIFT(max_side=None).describe(large)) > 4 * len(small)


def test_transform_is_lazy(photo):
    sets = clone(DenseSIFT(bin_sizes=(4,))).fit().transform([photo, np.zeros((9, 9, 3), np.uint8)])
    assert [len(descriptors) for descriptors in sets] == [204, 0]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"step": 0}, "step must be an integer of at least 1, got 0"),
        ({"bin_sizes": ()}, r"bin_sizes must be a tuple, each value an integer of at least 1, got \(\)"),
        ({"bin_sizes": (4, 0)}, "bin_sizes must be"),
        ({"window": "round"}, "window must be one of 'flat', 'gaussian', got 'round'"),
        ({"contrast_threshold": -1}, "contrast_threshold must be a number of at least 0"),
        ({"low_contrast": "keep"}, "low_contrast must be one of 'drop', 'zero'"),
        ({"magnification": 0}, "magnification must be None or a number above 0"),
        ({"max_side": 0}, "max_side must be None or an integer of at least 1"),
        ({"root": 1}, "root must be True or False"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        DenseSIFT(**parameters).fit()
