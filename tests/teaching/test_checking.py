"""What students see when they check their own folder."""

from dataclasses import replace

import pytest

from classicxm.teaching.checking import Checked, check_folder
from classicxm.teaching.grading import Grade, TestResult
from classicxm.teaching.sources import AssignmentError


def test_right_is_all_tests_and_all_numbers(cca):
    banded = replace(cca, bands={"score": {"mean": 0.5, "deviation": 0.1, "floor": 0.1}})
    passed = Grade("you", banded.points, [TestResult("a", "x", True)])
    assert Checked(banded, passed, {"score": 0.6}).right
    assert not Checked(banded, passed, {"score": 0.8}).right and not Checked(banded, passed, {}).right
    assert not Checked(banded, passed, {"score": 0.6}, ["a problem"]).right
    assert not Checked(banded, Grade("you", banded.points), {"score": 0.6}).right
    assert Checked(banded, passed, {"score": 0.8}).rows() == [
        ("score", "0.8000", "0.5000 +- 0.2000 (outside)")
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (None, "has no assignment.toml; give the folder that"),
        ("no toml", "cannot be read"),
        ('name = "nothing"', "names no assignment; there are features"),
        ('name = "cca"', "holds neither cca.py nor cca.ipynb"),
    ],
)
def test_folders_that_are_none(settings, message, tmp_path):
    if settings is not None:
        (tmp_path / "assignment.toml").write_text(settings)
    with pytest.raises(AssignmentError) as caught:
        check_folder(tmp_path)
    assert message in str(caught.value)


@pytest.mark.slow
def test_a_report_that_gives_no_numbers(tmp_path):
    (tmp_path / "assignment.toml").write_text('name = "cca"\nseed = 1\n')
    (tmp_path / "cca.py").write_text("def report(seed):\n    return 5\n")
    checked = check_folder(tmp_path)
    assert (
        checked.problems == ["report returned no numbers; take its code from the handout again"]
        and not checked.right
    )
