"""Averages over sampled frames."""

import cv2
import numpy as np
import pytest

from classicxm.base import Extractor
from classicxm.errors import ItemError
from classicxm.media.video import Video
from classicxm.video import FrameFeatures
from classicxm.video.frame_features import sampled_frames, tiny_image


class MeanColour(Extractor):
    """Three values a frame; remembers how many frames it was fitted on."""

    modality = "image"

    def fit(self, items=None, y=None):
        self.n_fitted_ = len(items)
        return self

    def describe(self, item):
        return item.mean(axis=(0, 1))


def clip(*levels):
    return np.stack([np.full((10, 12, 3), level, np.uint8) for level in levels])


def test_features_are_means_over_the_sampled_frames():
    features = FrameFeatures(MeanColour(), n_frames=2).fit([clip(0)]).transform([clip(0, 9, 100, 9), clip(7)])
    assert features.tolist() == [[50] * 3, [7] * 3]


def test_without_an_extractor_frames_are_shrunk():
    features = FrameFeatures(n_frames=2).fit().transform([clip(0, 255)])
    assert features.shape == (1, 768)
    np.testing.assert_allclose(features, 0.5)
    assert tiny_image(np.zeros((2, 300, 3), np.uint8)).shape == (768,)


def test_frames_that_exist_are_sampled_whatever_the_container_announces(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (32, 32))
    for level in range(0, 240, 10):
        writer.write(np.full((32, 32, 3), level, np.uint8))
    writer.release()
    data = path.read_bytes()
    for announced in (1, 24, 5000):  # frames, in the header of the film and in that of its stream
        changed = bytearray(data)
        changed[48:52] = changed[140:144] = announced.to_bytes(4, "little")
        path.write_bytes(changed)
        frames = sampled_frames(Video(path), 8)
        assert Video(path).n_frames == 24
        assert [round(frame.mean() / 10) for frame in frames] == [0, 3, 6, 9, 12, 15, 18, 21]


def test_learning_extractors_see_a_bounded_number_of_frames():
    few = FrameFeatures(MeanColour(), n_frames=3).fit([clip(1, 2, 3, 4)] * 5)
    assert few.extractor_.n_fitted_ == 15
    many = FrameFeatures(MeanColour(), n_frames=4).fit([clip(1, 2, 3, 4)] * 300)
    assert 300 <= many.extractor_.n_fitted_ <= 500


def test_unreadable_clips_follow_the_error_policy(tmp_path):
    (tmp_path / "bad.avi").write_bytes(b"")
    items = [clip(1), tmp_path / "bad.avi"]
    with pytest.raises(ItemError, match=r"bad\.avi.*is empty"):
        FrameFeatures().fit().transform(items)
    assert FrameFeatures(on_error="skip").fit().transform(items).shape == (1, 768)
    assert FrameFeatures(MeanColour(), on_error="skip").fit(items).transform(items).shape == (1, 3)
    with pytest.raises(ItemError, match=r"bad\.avi.*is empty"):
        FrameFeatures(MeanColour()).fit(items)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_frames": 0}, "n_frames must be an integer of at least 1, got 0"),
        ({"max_side": 0}, "max_side must be None or an integer of at least 1, got 0"),
        ({"extractor": "hog"}, "extractor must be None or Extractor, got 'hog'"),
        ({"extractor": FrameFeatures()}, "extractor must describe images, got FrameFeatures for video"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        FrameFeatures(**parameters).fit([clip(1)])
