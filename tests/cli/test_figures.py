"""``classicxm figures``: listed without a name, drawn with one."""

import pytest

from classicxm.teaching.figures import FIGURES


def test_a_list_with_what_each_shows(command):
    lines = command("figures").stdout.splitlines()
    assert lines[0].split() == ["topic", "figure", "shows"] and len(lines) == len(FIGURES) + 1


@pytest.mark.slow
def test_a_figure_is_drawn(command, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plot)")
    name = next(iter(FIGURES))
    result = command("figures", name, "-o", tmp_path / "drawn")
    assert result.exit_code == 0
    assert (tmp_path / "drawn" / f"{name}.svg").is_file() and f"{name}.svg" in result.stdout


def test_a_folder_is_needed_and_names_are_known(command, tmp_path):
    assert "name a folder for the pictures" in command("figures", "all").stderr
    assert command("figures", "nothing", "-o", tmp_path).exit_code == 2
