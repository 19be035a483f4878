import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from classicxm.datasets.raster import cache_folder, rasterise
from classicxm.errors import CollectionError, MissingExtraError

SVG = """
<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 20 10">
<rect width="10" height="10" fill="red"/></svg>
"""


@pytest.fixture
def drawing(tmp_path):
    source = tmp_path / "a.svg"
    source.write_text(SVG.format(size='width="20mm" height="10mm"'))
    return source, tmp_path / "cache" / "a.png"


def test_longer_side_proportions_and_white_ground(drawing):
    assert rasterise([drawing], 40, "drawing") == {}
    picture = cv2.imread(str(drawing[1]), cv2.IMREAD_UNCHANGED)[:, :, :3]
    assert picture.shape == (20, 40, 3)
    assert picture[10, 5].tolist() == [0, 0, 255]
    assert picture[10, 35].tolist() == [255, 255, 255]


def test_a_drawn_picture_is_kept(drawing, monkeypatch):
    rasterise([drawing], 40, "drawing")
    before = drawing[1].read_bytes()
    drawing[0].write_text("no longer a picture")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert rasterise([drawing], 40, "drawing") == {}
    assert drawing[1].read_bytes() == before


def test_a_broken_drawing_is_reported_and_the_rest_is_drawn(drawing, tmp_path):
    broken = tmp_path / "b.svg"
    broken.write_text("<svg")
    failed = rasterise([(broken, tmp_path / "cache" / "b.png"), drawing], 40, "drawing")
    assert list(failed) == [broken]
    assert "\n" not in failed[broken]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["a.png"]


def test_missing_package(drawing, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(
        MissingExtraError, match=r'resvg-py is not installed; run: pip install "classicxm\[demo\]"'
    ):
        rasterise([drawing], 40, "drawing")


def test_cache_that_cannot_be_written(drawing, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(CollectionError, match="pictures cannot be written there"):
        rasterise([drawing], 40, "drawing")


def test_where_the_cache_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("x") == tmp_path / "classicxm" / "x"
    assert cache_folder("x", tmp_path / "mine") == tmp_path / "mine" / "x"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder("x") == Path.home() / ".cache" / "classicxm" / "x"


def test_nothing_to_draw():
    assert rasterise([], 40, "drawing") == {}


def test_drawings_differ_in_size(drawing, tmp_path):
    small = (drawing[0], tmp_path / "cache" / "small.png")
    rasterise([small], 10, "drawing")
    assert np.array_equal(cv2.imread(str(small[1])).shape, (5, 10, 3))
