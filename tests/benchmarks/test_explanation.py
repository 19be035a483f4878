"""What the benchmark of explanations calls right."""

import numpy as np

from benchmarks.explanation import in_box, judged, planted, planted_scenes
from classicxm.retrieval import Evidence, Explanation
from classicxm.retrieval.evidence import Word

SCENE = {
    "shapes": [
        {"colour": "blue", "shape": "star", "box": [0.0, 0.0, 0.5, 0.5]},
        {"colour": "red", "shape": "circle", "box": [0.5, 0.5, 1.0, 1.0]},
    ]
}


MEASURES = ("word", "region", "region of shapes", "word and region", "word and region of shapes")


def why(heat_map, first, score):
    words = (Word(first, 0.3), Word("circle", 0.1))
    target = Evidence("image", 0.0, heat_map=np.array(heat_map))
    return Explanation(score, "cosine", "a", Evidence("text", 0.1, words=words), target)


def test_cells_belong_to_a_box_by_their_centre():
    assert in_box((2, 4), (0.0, 0.5, 0.6, 1.0)).tolist() == [[False] * 4, [True, True, False, False]]


def test_right_and_wrong_by_hand():
    right = judged(why([[0.1, 0.1], [0.0, 0.3]], "red", 0.5), SCENE)
    assert right.pop("distance") < 1e-12
    assert right == dict.fromkeys(MEASURES, True)
    wrong = judged(why([[0.1, 0.4], [0.0, 0.0]], "a", 0.75), SCENE)
    assert wrong == dict.fromkeys(MEASURES, False) | {"distance": 0.25}


def test_both_are_right_only_in_the_same_case():
    half = judged(why([[0.1, 0.1], [0.0, 0.3]], "a", 0.5), SCENE)
    assert half["region"] and half["region of shapes"] and not half["word"]
    assert not half["word and region"] and not half["word and region of shapes"]


def test_planted_scenes_have_one_red_circle_among_others():
    cases = planted_scenes(3, seed=0)
    assert cases.ids == ["case-000", "case-001", "case-002"]
    assert all(planted(scene).sum() == 1 and len(scene["shapes"]) > 1 for scene in cases)
