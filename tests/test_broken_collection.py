"""A real-looking collection with twenty broken members: a clear line for each, and a fit on the rest."""

import json
import shutil

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import make_scenes
from tests.media.test_image import png_header

LEGAL = {"empty-caption", "one-pixel"}  # kept, and said so


def png(width=64, height=48):
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def broken_members(folder):
    """Manifest lines (bytes) of twenty broken members, each under the name that its message must carry."""
    files = {
        "zero-bytes": ("zero.jpg", b""),
        "text-named-jpg": ("text.jpg", b"this is not a photo"),
        "truncated-png": ("cut.png", png()[:900]),
        "truncated-jpg": (
            "cut.jpg",
            cv2.imencode(".jpg", np.zeros((90, 90, 3), np.uint8))[1].tobytes()[:-30],
        ),
        "huge-header": ("huge.png", png_header(30000, 30000)),
        "header-only": ("header.png", png()[:8]),
        "random-bytes": ("noise.jpg", bytes(np.random.default_rng(1).integers(128, 255, 999, np.uint8))),
        "one-pixel": ("dot.png", png(1, 1)),
    }
    for name, data in files.values():
        (folder / name).write_bytes(data)
    (folder / "plain.png").write_bytes(png())
    (folder / "a folder").mkdir()
    lines = {key: {"image": name, "text": "a red circle"} for key, (name, _) in files.items()}
    lines |= {
        "missing-file": {"image": "nowhere.jpg", "text": "a red circle"},
        "folder-as-file": {"image": "a folder", "text": "a red circle"},
        "empty-caption": {"image": "plain.png", "text": ""},
        "nothing-but-empty": {"text": "  "},
        "no-modality": {"label": "red circle"},
        "unknown-key": {"image": "plain.png", "text": "a red circle", "imgae": "plain.png"},
        "number-as-image": {"image": 7, "text": "a red circle"},
        "number-as-text": {"image": "plain.png", "text": 7},
        "odd-split": {"image": "plain.png", "text": "a red circle", "split": "training"},
    }
    rows = {key: json.dumps({"id": key, "split": "train"} | line).encode() for key, line in lines.items()}
    rows["scene-0"] = b'{"id": "scene-0", "image": "plain.png", "text": "used twice", "split": "train"}'
    rows["latin-1"] = b'{"id": "latin-1", "image": "plain.png", "text": "un \xe9t\xe9", "split": "train"}'
    rows["line"] = b"{this is not JSON"
    return rows


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "collection"
    make_scenes(60, folder=folder, modalities=("text", "image"))
    manifest = folder / "manifest.jsonl"
    good = [json.loads(line) for line in manifest.read_text().splitlines()]
    rows = broken_members(folder)
    good[0]["id"] = "scene-0"
    lines = [json.dumps(row).encode() for row in good]
    manifest.write_bytes(b"\n".join([*lines[:30], *rows.values(), *lines[30:]]) + b"\n")
    return folder, list(rows)


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.mark.slow
def test_skip_says_one_clear_line_for_each_and_fits_on_the_rest(collection, tmp_path):
    folder, names = collection
    assert len(names) == 20
    model = tmp_path / "model"
    result = run("fit", folder, "-o", model, "--on-error", "skip", "--recipe", "baseline", "--n-jobs", 1)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stderr.splitlines() if line.startswith("classicxm: ")]
    assert len(lines) == 20
    for name in names:
        expected = "line 50" if name == "line" else f"'{name}'"
        assert len([line for line in lines if expected in line]) == 1, (name, lines)
    assert "62 image" in result.stdout  # 60 good ones, and the two that are legal
    assert run("search", model, "--text", "a red circle", "--target", "image").exit_code == 0
    shutil.rmtree(model)


def test_default_stops_at_the_first_with_id_and_reason(collection, tmp_path):
    folder, _ = collection
    result = run("fit", folder, "-o", tmp_path / "model")
    (line,) = [line for line in result.stderr.splitlines() if line]
    assert result.exit_code == 2 and not (tmp_path / "model").exists()
    assert (
        "'missing-file'" in line and "does not exist" in line
    )  # the first that the manifest alone gives away


@pytest.mark.slow
@pytest.mark.parametrize("name", ["zero-bytes", "text-named-jpg", "truncated-png", "huge-header"])
def test_default_names_broken_pictures_by_id_and_path(collection, tmp_path, name):
    folder, _ = collection
    manifest = folder / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines()
    row = json.loads(next(line for line in lines if f'"{name}"'.encode() in line))
    manifest.write_bytes(b"\n".join([*lines[:30], json.dumps(row).encode(), *lines[50:]]))
    result = run("fit", folder, "-o", tmp_path / "model", "--n-jobs", 2)
    assert result.exit_code == 2 and not (tmp_path / "model").exists()
    assert f"item '{name}': image {folder / row['image']}" in result.stderr
