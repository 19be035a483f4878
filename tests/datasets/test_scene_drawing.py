"""Shapes as polygons, drawn and moved."""

import numpy as np
import pytest

from classicxm.datasets.scene_drawing import COLOURS, SHAPES, background, draw, frames, outline


def shape(kind, colour="red", centre=(0.5, 0.5), radius=0.2):
    return {"shape": kind, "rgb": COLOURS[colour], "centre": centre, "radius": radius}


@pytest.mark.parametrize("kind", SHAPES)
def test_outlines_are_symmetric_and_within_their_radius(kind):
    corners = outline(kind, (0, 0), 1.0)
    assert np.linalg.norm(corners, axis=1).max() <= 1.2
    mirrored = {(round(-x, 6) + 0.0, round(y, 6)) for x, y in corners}
    assert mirrored == {(round(x, 6) + 0.0, round(y, 6)) for x, y in corners}
    np.testing.assert_allclose(outline(kind, (3, 4), 2.0), 2 * corners + [3, 4])


def test_a_turn_keeps_lengths():
    plain, turned = outline("star", (0, 0), 1.0), outline("star", (0, 0), 1.0, np.pi / 2)
    np.testing.assert_allclose(np.linalg.norm(plain, axis=1), np.linalg.norm(turned, axis=1))
    np.testing.assert_allclose(turned[0], [1, 0], atol=1e-12)  # the tip pointed up; y points down


def test_backgrounds_are_pale_and_follow_the_generator():
    one, same = (background(32, np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert one.shape == (32, 32, 3) and one.min() > 180


def test_drawing_leaves_the_canvas_as_it_was():
    canvas = np.full((40, 40, 3), 255.0)
    picture = draw(canvas, [shape("square")])
    assert (
        (canvas == 255).all()
        and picture[20, 20].tolist() == list(COLOURS["red"])
        and (picture[0, 0] == 255).all()
    )


def test_circles_move_sideways_and_come_back():
    film = frames(np.full((40, 40, 3), 255.0), [shape("circle")], 4)
    columns = [np.flatnonzero((frame != 255).any(axis=(0, 2))).mean() for frame in film]
    assert columns[1] > columns[0] > columns[3] and columns[2] == pytest.approx(columns[0], abs=0.5)
