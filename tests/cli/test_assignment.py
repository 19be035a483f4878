"""``classicxm assignment``: from a list to a check of what a student wrote."""

import pytest

from classicxm.teaching.sources import names


def test_a_list_with_points(command):
    lines = command("assignment", "list").stdout.splitlines()
    assert lines[0].split() == ["name", "title", "minutes", "points"] and len(lines) == len(names()) + 1


def test_files_for_a_student(command, tmp_path):
    result = command("assignment", "new", "cca", "-o", tmp_path / "mine", "--seed", 3)
    assert result.exit_code == 0 and (tmp_path / "mine" / "cca.py").is_file()
    assert str(tmp_path / "mine") in result.stdout
    again = command("assignment", "new", "cca", "-o", tmp_path / "mine")
    assert again.exit_code == 2


@pytest.mark.slow
def test_a_check_of_a_starter_fails_in_words(command, tmp_path):
    command("assignment", "new", "cca", "-o", tmp_path / "mine")
    result = command("assignment", "check", tmp_path / "mine")
    assert (
        result.exit_code == 1
        and "0 of" in result.stdout
        and "public tests pass; grading adds others" in result.stdout
    )


def test_points_of_a_teachers_own(command, tmp_path):
    (tmp_path / "points.toml").write_text("nothing = 4")
    result = command(
        "assignment", "new", "cca", "-o", tmp_path / "mine", "--points", tmp_path / "points.toml"
    )
    assert result.exit_code == 2 and "points name 'nothing', which cca has not" in result.stderr


def test_what_only_teachers_have(command, tmp_path):
    assert command("assignment", "solution", "nothing").exit_code == 2
    assert command("assignment", "grade", tmp_path, "-o", tmp_path / "a.csv").exit_code == 2
