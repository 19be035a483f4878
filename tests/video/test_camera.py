"""Homographies of known camera motion, and what is left of the flow without it."""

import cv2
import numpy as np
import pytest

from classicxm.video.camera import CameraMotion, homography_of, relative_to_camera, warped_back
from classicxm.video.flow import dense_flow
from classicxm.video.tracking import rescaled

TURN = np.array([[0.998, -0.02, 3.0], [0.02, 0.998, -2.0], [1e-5, 0, 1.0]])


@pytest.fixture(scope="module")
def pair():
    noise = np.random.default_rng(3).integers(0, 256, (120, 160)).astype(np.uint8)
    before = cv2.equalizeHist(cv2.GaussianBlur(noise, (0, 0), 2))
    return before, cv2.warpPerspective(before, TURN, (160, 120), borderMode=cv2.BORDER_REFLECT)


def mapped(homography, points):
    return cv2.perspectiveTransform(points[None].astype(np.float64), homography)[0]


@pytest.mark.parametrize("keypoints", ["orb", "sift", None])
def test_known_motion_is_found(pair, keypoints):
    flow = dense_flow(*pair)[0]
    found = CameraMotion(keypoints).between(*pair, flow)
    corners = np.array([[20, 20], [140, 20], [140, 100], [20, 100]])
    np.testing.assert_allclose(mapped(found, corners), mapped(TURN, corners), atol=0.5)


def test_outliers_do_not_count_and_the_seed_fixes_the_answer():
    random = np.random.default_rng(0)
    before = random.uniform(0, 200, (200, 2)).astype(np.float32)
    after = mapped(TURN, before).astype(np.float32)
    after[::3] += random.uniform(-60, 60, after[::3].shape).astype(np.float32)
    first, second = (homography_of(before, after, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    np.testing.assert_allclose(first / first[2, 2], TURN, atol=1e-2)


@pytest.mark.parametrize("n", [0, 4, 50])
def test_too_few_matches_mean_no_motion(n):
    points = np.random.default_rng(0).uniform(0, 99, (n, 2)).astype(np.float32)
    assert np.array_equal(homography_of(points, points + 5, np.random.default_rng(0)), np.eye(3))


def test_too_few_that_agree_mean_no_motion():
    before, after = np.random.default_rng(0).uniform(0, 500, (2, 90, 2)).astype(np.float32)
    assert np.array_equal(homography_of(before, after, np.random.default_rng(0)), np.eye(3))


@pytest.mark.parametrize("keypoints", ["orb", "sift", None])
def test_flat_frames_stand_still(keypoints):
    flat = np.full((40, 50), 9, np.uint8)
    camera = CameraMotion(keypoints)
    for _ in range(2):
        found = camera.between(flat, flat, np.zeros((40, 50, 2), np.float32))
        assert np.array_equal(found, np.eye(3))


def test_both_ways_take_the_motion_out(pair):
    inner = (slice(15, -15), slice(15, -15))
    flow = dense_flow(*pair)[0]
    assert np.abs(flow[inner]).mean() > 1
    subtracted = relative_to_camera(flow, TURN)
    second = dense_flow(pair[0], warped_back(pair[1], pair[0], TURN))[0]
    for stable in (subtracted, second):
        assert np.abs(stable[inner]).mean() < 0.15


def test_what_the_next_frame_lacks_comes_from_the_previous_one():
    before, after = np.full((4, 6), 10, np.uint8), np.full((4, 6), 20, np.uint8)
    warped = warped_back(after, before, np.array([[1, 0, 3], [0, 1, 0], [0, 0, 1.0]]))
    assert warped[1].tolist() == [20, 20, 20, 10, 10, 10]


def test_a_homography_on_a_smaller_frame():
    small = rescaled(TURN, (120, 160), (60, 80))
    points = np.array([[10.0, 5], [70, 50]])
    np.testing.assert_allclose(mapped(small, points) * 2, mapped(TURN, points * 2))
