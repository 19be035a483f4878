"""Flow against known motion, and at every scale."""

import cv2
import numpy as np
import pytest

from classicxm.video.flow import FarnebackFlow, dense_flow, scale_sizes


def texture(height=120, width=160, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height + 40, width + 40)).astype(np.uint8)
    return cv2.equalizeHist(cv2.GaussianBlur(noise, (0, 0), 2))


def shifted_pair(dx, dy):
    """Two frames of which the second shows the first moved by (dx, dy)."""
    picture = texture()
    return picture[20:140, 20:180], picture[20 - dy : 140 - dy, 20 - dx : 180 - dx]


@pytest.mark.parametrize("method", ["farneback", "dis"])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -2), (-5, 4)])
def test_a_shift_is_found_at_every_scale(method, dx, dy):
    flows = dense_flow(*shifted_pair(dx, dy), method, n_scales=3)
    assert [flow.shape for flow in flows] == [(120, 160, 2), (85, 113, 2), (60, 80, 2)]
    for i, flow in enumerate(flows):
        centre = np.median(flow[10:-10, 10:-10], axis=(0, 1)) * np.sqrt(2) ** i
        np.testing.assert_allclose(centre, (dx, dy), atol=0.25)


def test_the_finest_scale_is_opencvs_farneback(monkeypatch):
    before, after = shifted_pair(3, -2)
    monkeypatch.setattr("classicxm.video.flow.MEDIAN", 1)
    ours = dense_flow(before, after)[0]
    theirs = cv2.calcOpticalFlowFarneback(
        before, after, None, np.sqrt(0.5), 3, 10, 2, 7, 1.5, cv2.OPTFLOW_FARNEBACK_GAUSSIAN
    )
    assert np.median(np.abs(ours - theirs)) < 1e-3
    assert np.quantile(np.abs(ours - theirs), 0.95) < 0.05


def test_outliers_are_filtered():
    before, after = shifted_pair(2, 0)
    rough, smooth = after.copy(), dense_flow(before, after)[0]
    rough[60, 80] = 255 - rough[60, 80]
    assert np.abs(dense_flow(before, rough)[0] - smooth)[:40].max() < 0.1


def test_prepared_frames_are_smoothed_as_one_scale_of_opencvs_search():
    frame = texture()[:120, :160]
    prepared = FarnebackFlow((120, 160), 3).prepare(frame)
    assert [level.shape for level in prepared] == scale_sizes((120, 160), 6)
    # What OpenCV smooths once more is then the frame smoothed by (2 - 1) / 2 pixels and sampled.
    expected = cv2.resize(cv2.GaussianBlur(frame.astype(np.float32), (3, 3), 0.5), (80, 60))
    np.testing.assert_allclose(cv2.GaussianBlur(prepared[2], (3, 3), 0.8), expected, atol=0.01)


@pytest.mark.parametrize(
    ("shape", "n_scales", "expected"),
    [
        ((240, 320), 8, 6),
        ((240, 320), 2, 2),
        ((32, 500), 8, 1),
        ((46, 46), 8, 2),
        ((45, 45), 8, 1),
        ((2, 64), 8, 1),
        ((1, 1), 1, 1),
    ],
)
def test_scales_stop_where_a_patch_no_longer_fits(shape, n_scales, expected):
    sizes = scale_sizes(shape, n_scales)
    assert len(sizes) == expected
    assert sizes[0] == shape


def test_arguments():
    frame = np.zeros((40, 40), np.uint8)
    with pytest.raises(ValueError, match="method must be one of 'farneback', 'dis', got 'lk'"):
        dense_flow(frame, frame, "lk")
    with pytest.raises(ValueError, match=r"two grey frames of one size .* \(40, 40\) and \(40, 39\)"):
        dense_flow(frame, frame[:, 1:])
    assert not dense_flow(frame, frame)[0].any()
