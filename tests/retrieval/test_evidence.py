"""What explanations are made of: regions in order, JSON values, and parts put together by modality."""

import json

import numpy as np
import pytest

from classicxm.attribution import Parts
from classicxm.media.audio import Audio
from classicxm.retrieval.evidence import TIME_SLOTS, Evidence, Explanation, Frame, Region, Word, gathered


def test_regions_are_cells_largest_first():
    regions = Evidence("image", 0.0, heat_map=np.array([[0.1, 0.4], [-0.2, 0.4]])).regions
    assert regions[0] == Region((0.5, 0.0, 1.0, 0.5), 0.4) and regions[1] == Region((0.5, 0.5, 1.0, 1.0), 0.4)
    assert regions[-1].contribution == -0.2 and Evidence("text", 0.0).regions == ()


def test_json_values():
    heat = Evidence("image", 0.1, heat_map=np.arange(20.0).reshape(4, 5))
    words = Evidence("text", 0.2, words=(Word("red", 0.5, ((0, 3),)),), frames=(Frame(0.0, 1.0, 0.25),))
    told = Explanation(0.7, "cosine", "a", words, heat).to_dict()
    assert json.loads(json.dumps(told))["query"]["words"] == [
        {"term": "red", "contribution": 0.5, "spans": [[0, 3]]}
    ]
    assert len(told["target"]["regions"]) == 10 and len(told["target"]["heat_map"]) == 4
    assert told["query"]["frames"] == [{"start": 0.0, "end": 1.0, "contribution": 0.25}]


def test_words_in_order_of_what_they_contribute():
    parts = Parts.words(["red", "car"], np.array([0.1, 0.3]), [((0, 3),), ((4, 7),)])
    found = gathered("text", "red car", parts, 0.05)
    assert [word.term for word in found.words] == ["car", "red"] and found.baseline == 0.05
    assert found.words[1].spans == ((0, 3),)


def test_pictures_get_a_map_of_their_shape():
    parts = Parts(np.array([2.0]), *[np.array([[0.9, 0.1]])] * 2)
    found = gathered("image", np.zeros((20, 40, 3), np.uint8), parts, 0.0)
    assert found.heat_map.shape == (16, 32) and found.heat_map.sum() == pytest.approx(2.0)
    row, column = np.unravel_index(found.heat_map.argmax(), found.heat_map.shape)
    assert column > 16 and row < 8


def test_sounds_get_a_time_line():
    sound = Audio(np.zeros(8000, np.float32), 4000)
    found = gathered("audio", sound, Parts(np.array([1.0]), *[np.array([[0.99]])] * 2), 0.0)
    assert len(found.frames) == TIME_SLOTS and found.frames[-1].end == 2.0
    assert sum(frame.contribution for frame in found.frames) == pytest.approx(1.0)
    assert max(found.frames, key=lambda frame: frame.contribution).start > 1.5
