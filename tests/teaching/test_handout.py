"""Handouts with their tables filled in."""

from dataclasses import replace

import pytest

from classicxm.teaching.handout import handout
from classicxm.teaching.sources import LANGUAGES, AssignmentError


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_filled_in(language, cca):
    text = handout(cca, language)
    assert "[[" not in text
    for stub, points in cca.points.items():
        assert f"| `{stub}` | {points:g} |" in text
    for name in cca.bands:
        assert f"| {name} |" in text


def test_bands_are_two_deviations_wide(cca):
    made = replace(
        cca, bands={"x": {"mean": 0.5, "deviation": 0.1, "floor": 0.2}}, handouts={"en": "[[bands]]"}
    )
    assert handout(made).splitlines()[-1] == "| x | 0.2000 | 0.3000 | 0.5000 | 0.7000 |"


def test_what_cannot_be_written(cca):
    with pytest.raises(AssignmentError, match="no handout in 'de'; there are en, zh"):
        handout(cca, "de")
    with pytest.raises(AssignmentError, match=r"the handout asks for \[\[other\]\], which nobody fills in"):
        handout(replace(cca, handouts={"en": "[[other]]"}))
