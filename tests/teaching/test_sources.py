"""Where assignments come from."""

import pytest

from classicxm.teaching.sources import ORDER, AssignmentError, default_source, load, names, read_points
from tests.teaching.conftest import SOURCE


def test_the_package_and_the_checkout_have_the_same():
    assert names() == names(SOURCE) and names()[0] == ORDER[0] and default_source() == SOURCE
    packaged, source = load("cca"), load("cca", SOURCE)
    assert (packaged.starter, packaged.public, packaged.bands) == (
        source.starter,
        source.public,
        source.bands,
    )
    assert packaged.solved is None and source.solved and source.hidden


def test_points_of_a_teachers_own(tmp_path, cca):
    (tmp_path / "points.toml").write_text(f"{next(iter(cca.points))} = 4.5\n")
    changed = cca.with_points(read_points(tmp_path / "points.toml"))
    assert next(iter(changed.points.values())) == 4.5 and list(changed.points) == list(cca.points)
    (tmp_path / "points.toml").write_text("no toml")
    with pytest.raises(AssignmentError, match="is not TOML"):
        read_points(tmp_path / "points.toml")


@pytest.mark.parametrize("value", [0, -1, True, "4", 1e9])
def test_points_that_are_none(value, cca):
    with pytest.raises(AssignmentError, match="must be a number above 0"):
        cca.with_points({next(iter(cca.points)): value})


def test_what_is_not_there(tmp_path):
    with pytest.raises(AssignmentError, match="no assignment 'nothing'; there are features"):
        load("nothing")
    with pytest.raises(AssignmentError, match="is no folder; give --source"):
        names(tmp_path / "none")
    with pytest.raises(AssignmentError, match="grading needs the source of cca"):
        load("cca").needs_source("grading")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "meta.toml").write_text("")
    assert names(tmp_path) == ["mine"]
    with pytest.raises(AssignmentError, match=r"solution\.py cannot be read"):
        load("mine", tmp_path)
