"""What a plan refuses."""

import pytest

from classicxm.comparison import DISTANCES, Plan


def test_the_usual_plan_is_whole():
    Plan().check()
    assert Plan().distances == DISTANCES and Plan().indexes == {"exact": None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"distances": ("cosine", "taxi")}, "unknown distance 'taxi'; choose one of euclidean"),
        ({"distances": ()}, "distances must be one or more, each once"),
        ({"distances": ("cosine", "cosine")}, "each once"),
        ({"indexes": {}}, "indexes must be one or more"),
        ({"protocol": "trec"}, "unknown protocol 'trec'; choose one of wiki"),
        ({"protocol": "mine"}, "unknown protocol 'mine'"),
        ({"measures": ("P@x",)}, "P@x"),
        ({"n_folds": 1}, "n_folds must be an integer of at least 2, got 1"),
    ],
)
def test_what_does_not_exist(changes, message):
    with pytest.raises(ValueError, match=message):
        Plan(**changes).check()
