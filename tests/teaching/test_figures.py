"""Figures for lectures: what is drawn, as which files, from how much code."""

import inspect
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.teaching import figures

pytest.importorskip("matplotlib", reason="figures are drawn with matplotlib")


def drawn(name):
    from matplotlib.figure import Figure

    figure = Figure()
    figures.FIGURES[name](figure)
    return figure


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_figure_is_drawn_by_at_most_thirty_lines(name):
    assert len(inspect.getsource(figures.FIGURES[name]).splitlines()) <= 30


def test_every_figure_belongs_to_one_topic():
    named = [name for names in figures.TOPICS.values() for name in names]
    assert sorted(named) == sorted(figures.FIGURES)


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_figure_becomes_svg_and_png_that_show_something(name, tmp_path):
    svg, png = figures.write_figures([name], tmp_path)
    assert ET.parse(svg).getroot().tag.endswith("svg")
    assert np.std(cv2.imread(str(png))) > 5


@pytest.mark.slow
def test_the_same_figure_is_the_same_file(tmp_path):
    first = figures.write_figures(["filterbanks"], tmp_path / "a")
    second = figures.write_figures(["filterbanks"], tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.slow
def test_drawn_collisions_follow_the_theory():
    (axes,) = drawn("collisions").axes
    theory, draws = axes.lines[0::2], axes.lines[1::2]
    assert len(theory) == len(draws) == 3
    for line, dots in zip(theory, draws, strict=True):
        # 200 draws: three standard errors of a share
        assert np.abs(line.get_ydata() - dots.get_ydata()).max() < 3 * np.sqrt(0.25 / 200)


@pytest.mark.slow
def test_the_ridge_brings_new_items_nearer_to_what_was_planted():
    plain, ridged = drawn("correlations").axes
    new = {axes: axes.lines[1].get_ydata()[:3].sum() for axes in (plain, ridged)}
    assert new[ridged] > new[plain]
    assert plain.lines[0].get_ydata()[0] > 0.9  # and without it training items look perfect


def test_filters_cover_the_band():
    upper, lower = drawn("filterbanks").axes
    assert len(upper.lines) == len(lower.lines) == 20


def test_a_name_that_does_not_exist_lists_those_that_do(tmp_path):
    result = CliRunner().invoke(main, ["figures", "sift", "-o", str(tmp_path)])
    assert result.exit_code == 2
    assert "'sift'" in result.output and "hog-cells" in result.output


def test_the_list_says_what_each_shows():
    result = CliRunner().invoke(main, ["figures"])
    assert result.exit_code == 0
    for name in figures.FIGURES:
        assert name in result.output


def test_a_topic_needs_a_folder():
    result = CliRunner().invoke(main, ["figures", "cca"])
    assert result.exit_code == 2
    assert "-o DIR" in result.output
