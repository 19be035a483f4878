import cv2
import numpy as np
import pytest

from classicxm.image import SIFT


@pytest.mark.data
def test_agrees_with_lowe(shared_reference):
    """85 % of Lowe's keypoints are found within a hundredth of a pixel (median), with nearly equal descriptors."""
    folder = shared_reference("sift")
    stored = np.load(folder / "box_lowe.npz")
    lowe, expected = stored["keypoints"], stored["descriptors"].astype(float)
    keypoints, descriptors = SIFT(root=False).detect(
        cv2.imread(str(folder / "box.pgm"), cv2.IMREAD_GRAYSCALE)
    )
    points = np.array([k.pt for k in keypoints])
    sizes = np.array([k.size / 2 for k in keypoints])
    angles = np.deg2rad([-k.angle for k in keypoints])  # OpenCV turns the other way
    distance = np.hypot(points[:, 0] - lowe[:, 1, None], points[:, 1] - lowe[:, 0, None])
    matched = (distance < 1) & (np.abs(np.log2(sizes / lowe[:, 2, None])) < 0.25)
    assert matched.any(axis=1).mean() > 0.83
    assert np.median(distance[matched]) < 0.01
    turned = np.abs(np.angle(np.exp(1j * (angles - lowe[:, 3, None]))))
    i, j = np.nonzero(matched & (turned < 0.2))
    assert len(np.unique(i)) > 0.76 * len(lowe)
    cosines = (descriptors[j] * expected[i]).sum(axis=1) / np.linalg.norm(expected[i], axis=1)
    assert np.median(cosines) > 0.98


@pytest.fixture(scope="module")
def photo():
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)


@pytest.mark.parametrize("root", [True, False])
def test_descriptors_have_unit_length(photo, root):
    descriptors, positions = SIFT(root=root).describe_located(photo)
    assert descriptors.dtype == positions.dtype == np.float32
    assert len(descriptors) > 20
    np.testing.assert_allclose(np.linalg.norm(descriptors, axis=1), 1, rtol=1e-5)
    assert positions.min() >= 0
    assert positions.max() <= 1


def test_root_is_the_root_of_the_plain_descriptor(photo):
    plain, root = SIFT(root=False).describe(photo), SIFT(root=True).describe(photo)
    np.testing.assert_allclose(root, np.sqrt(plain / plain.sum(axis=1, keepdims=True)), atol=1e-6)


def test_n_features_bounds_the_keypoints(photo):
    assert len(SIFT(n_features=7).describe(photo)) == 7


@pytest.mark.parametrize("shape", [(1, 1), (2, 30), (64, 64)])
def test_flat_and_tiny_images_have_no_keypoints(shape):
    descriptors, positions = SIFT().describe_located(np.full((*shape, 3), 9, np.uint8))
    assert descriptors.shape == (0, 128)
    assert positions.shape == (0, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_features": -1}, "n_features must be an integer of at least 0"),
        ({"contrast_threshold": -0.1}, "contrast_threshold must be a number of at least 0"),
        ({"edge_threshold": 0}, "edge_threshold must be a number above 0"),
        ({"sigma": 0}, "sigma must be a number above 0"),
        ({"root": None}, "root must be True or False"),
        ({"max_side": 1.5}, "max_side must be None or an integer"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        SIFT(**parameters).fit()
