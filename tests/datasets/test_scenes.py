import cv2
import numpy as np
import pytest
import soundfile

from classicxm.datasets import load_collection, make_scenes
from classicxm.datasets.scene_drawing import COLOURS, SHAPES, draw, outline
from classicxm.datasets.scene_sounds import PITCHES, SAMPLE_RATE, SECONDS, tone, tones
from classicxm.errors import CollectionError


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(40, size=64)


def same(a, b):
    if isinstance(a, tuple):
        return np.array_equal(a[0], b[0]) and a[1] == b[1]
    return np.array_equal(a, b)


def test_what_a_scene_holds(scenes):
    assert scenes.modalities == ("text", "image", "audio", "video")
    assert (len(scenes.split("train")), len(scenes.split("test"))) == (32, 8)
    for scene in scenes:
        samples, rate = scene["audio"]
        assert isinstance(scene["text"], str)
        assert (scene["image"].shape, scene["image"].dtype) == ((64, 64, 3), np.uint8)
        assert (scene["video"].shape, scene["video"].dtype) == ((12, 64, 64, 3), np.uint8)
        assert (samples.ndim, samples.dtype, rate) == (1, np.float32, 16_000)
        assert np.abs(samples).max() <= 1


def test_all_modalities_tell_the_same(scenes):
    for scene in scenes:
        main = scene["shapes"][0]
        areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (s["box"] for s in scene["shapes"])]
        assert scene["label"] == f"{main['colour']} {main['shape']}"
        assert areas[0] == max(areas)
        for shape in scene["shapes"]:
            assert f"{shape['colour']} {shape['shape']}" in scene["text"]
            x0, y0, x1, y1 = shape["box"]
            assert 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1
            middle = scene["image"][int(32 * (y0 + y1)), int(32 * (x0 + x1))].astype(int)
            distances = {name: np.abs(middle - rgb).sum() for name, rgb in COLOURS.items()}
            assert min(distances, key=distances.get) == shape["colour"]
        pauses = 0.06 * (len(scene["shapes"]) + 1)
        expected = pauses + sum(SECONDS[shape["shape"]] for shape in scene["shapes"])
        assert len(scene["audio"][0]) / SAMPLE_RATE == pytest.approx(expected, abs=1e-3)
        assert np.array_equal(scene["video"][0], scene["image"])


def test_places_are_told_right(scenes):
    for scene in scenes:
        x0, y0, x1, y1 = scene["shapes"][0]["box"]
        first = scene["text"].split(" and ")[0].split(", then ")[0].split(" with ")[0]
        if "left" in first:
            assert (x0 + x1) / 2 < 0.5
        if "right" in first:
            assert (x0 + x1) / 2 > 0.5
        if "top" in first:
            assert (y0 + y1) / 2 < 0.5
        if "bottom" in first:
            assert (y0 + y1) / 2 > 0.5


def test_shapes_do_not_touch():
    for scene in make_scenes(100, modalities="text"):
        boxes = [shape["box"] for shape in scene["shapes"]]
        for i, (ax0, ay0, ax1, ay1) in enumerate(boxes):
            for bx0, by0, bx1, by1 in boxes[:i]:
                overlap = min(ax1, bx1) - max(ax0, bx0), min(ay1, by1) - max(ay0, by0)
                assert min(overlap) < 0.1


def test_variety():
    scenes = make_scenes(300, modalities="text")
    assert len(set(scenes.labels)) == len(COLOURS) * len(SHAPES)
    assert {len(scene["shapes"]) for scene in scenes} == {1, 2, 3}
    assert len(set(scenes.column("text"))) > 290


def test_seeded(scenes):
    again = make_scenes(40, size=64)
    other = make_scenes(40, size=64, random_state=1)
    for key in ("text", "image", "audio", "video", "label", "shapes"):
        assert all(same(a, b) for a, b in zip(scenes.column(key), again.column(key), strict=True))
    assert scenes.labels != other.labels
    drawn_twice = [make_scenes(3, modalities="text", random_state=np.random.RandomState(7)).ids for _ in "ab"]
    assert drawn_twice[0] == drawn_twice[1]


def test_shorter_collections_and_fewer_modalities_change_nothing(scenes):
    part = make_scenes(5, size=64, modalities=("video", "text"))
    assert part.modalities == ("text", "video")
    for mine, full in zip(part, scenes, strict=False):
        assert (mine["text"], mine["shapes"]) == (full["text"], full["shapes"])
        assert np.array_equal(mine["video"], full["video"])


def test_every_shape_moves():
    for shape in SHAPES:
        one = [{"shape": shape, "rgb": [200, 30, 30], "centre": [0.5, 0.5], "radius": 0.25}]
        canvas = np.full((64, 64, 3), 230.0)
        assert not np.array_equal(draw(canvas, one), draw(canvas, one, phase=0.25))
        assert (canvas == 230).all()


def test_folder(tmp_path):
    made = make_scenes(6, size=48, folder=tmp_path / "scenes")
    read = load_collection(tmp_path / "scenes")
    assert read.records == made.records
    in_memory = make_scenes(6, size=48)
    for written, scene in zip(read, in_memory, strict=True):
        assert np.array_equal(cv2.imread(str(written["image"]))[:, :, ::-1], scene["image"])
        samples, rate = soundfile.read(written["audio"], dtype="float32")
        assert rate == SAMPLE_RATE
        assert np.allclose(samples, scene["audio"][0], atol=1e-4)
        capture = cv2.VideoCapture(str(written["video"]))
        clip = []
        while (frame := capture.read())[0]:
            clip.append(frame[1][:, :, ::-1])
        assert np.array(clip).shape == scene["video"].shape
        assert np.abs(np.array(clip).astype(int) - scene["video"]).mean() < 6


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CollectionError, match="cannot be made"):
        make_scenes(1, folder=tmp_path / "file")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_scenes": 0}, "n_scenes must be an integer of at least 1, got 0"),
        ({"n_scenes": 2.0}, "n_scenes must be an integer"),
        ({"size": 15}, "size must be an integer of at least 16, got 15"),
        ({"size": True}, "size must be an integer"),
        ({"modalities": ()}, "modalities must be some of text, image, audio, video"),
        ({"modalities": ("text", "smell")}, "modalities must be some of"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_scenes(**parameters)


@pytest.mark.parametrize("shape", SHAPES)
def test_outlines_fit_the_unit_disc_and_turn(shape):
    corners = outline(shape, (0, 0), 1)
    reach = np.hypot(*corners.T)
    assert 0.9 < reach.max() < 1.2
    turned = outline(shape, (3, 4), 2, angle=np.pi / 2)
    assert np.allclose(turned, [3, 4] + 2 * np.stack([-corners[:, 1], corners[:, 0]], axis=1))


@pytest.mark.parametrize("shape", SHAPES)
def test_tones_are_periodic_at_the_colour_pitch(shape):
    for colour, pitch in PITCHES.items():
        wave = tone(colour, shape)
        assert np.abs(wave).max() == pytest.approx(1, abs=0.05)
        middle = wave[len(wave) // 4 : 3 * len(wave) // 4]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 16))
        peak = np.argmax(spectrum) * SAMPLE_RATE / (1 << 16)
        assert peak == pytest.approx(pitch * (2 if shape == "cross" else 1), rel=0.02)


def test_larger_shapes_are_louder():
    def loudness(radius):
        one = [{"shape": "circle", "colour": "red", "radius": radius}]
        return tones(one, np.random.default_rng(0)).std()

    assert loudness(0.25) > 1.5 * loudness(0.1)
