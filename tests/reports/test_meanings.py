"""What the scores of a search are, in one line."""

import pytest

from classicxm.reports import score_meaning


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("cosine", "rrf", 2), "1 / (60 + rank)"),
        (("cosine", "rrf", 1), "cosine"),
        (("chi2",), "by chi2; higher is better"),
    ],
)
def test_score_meaning(asked, words):
    assert words in score_meaning(*asked)
