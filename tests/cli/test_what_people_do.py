"""The shell script of what people do with a model, on recipes and on photos of which a tenth has captions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from classicxm.datasets import make_scenes

SCRIPT = Path(__file__).with_name("what_people_do.sh")
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def done(folder, collection, more, photo, key):
    """What the script left in a folder: its JSON files by stem, and the arrays of the export."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ["sh", SCRIPT, sys.executable, collection, more, photo, key]
    ran = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == 0, ran.stderr
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    return found, np.load(folder / "all.npz"), ran


def check(found, arrays, folder, photo_id, key, n_before, n_more):
    assert found["before"]["items"]["all"] == n_before
    assert found["after"]["items"]["all"] == n_before + n_more - 1 == len(found["list"])
    assert found["found"]["hits"][0]["id"] == photo_id and found["found"]["hits"][0]["score"] > 0.999
    assert key not in [item["id"] for item in found["list"]] and key not in arrays["image_ids"].tolist()
    assert len((folder / "all.csv").read_text(encoding="utf-8").splitlines()) == len(arrays["image_ids"]) + 1
    assert f"id {key!r} is not in the model" in (folder / "refused.txt").read_text(encoding="utf-8")
    assert len((folder / "lines.jsonl").read_text().splitlines()) == 2


def test_on_recipes(shared_data, tmp_path):
    folder = tmp_path / "my recipes 食谱"
    folder.mkdir()
    shutil.copytree(shared_data("recipes") / "images", folder / "images")
    rows = (shared_data("recipes") / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "first.jsonl").write_text("\n".join(rows[:100]) + "\n", encoding="utf-8")
    (folder / "more.jsonl").write_text("\n".join(rows[100:110]) + "\n", encoding="utf-8")
    added, removed = json.loads(rows[104]), json.loads(rows[3])["id"]
    found, arrays, _ = done(folder, "first.jsonl", "more.jsonl", added["image"], removed)
    check(found, arrays, folder, added["id"], removed, 100, 10)


def test_on_photos_of_which_a_tenth_has_captions(tmp_path):
    folder = tmp_path / "my photos 照片 2026"
    (folder / "first").mkdir(parents=True)
    (folder / "later ones").mkdir()
    for n, record in enumerate(make_scenes(66, folder=tmp_path / "scenes", modalities=("text", "image"))):
        place = folder / ("first" if n < 60 else "later ones")
        shutil.copy(record["image"], place / f"照片 {n}.png")
        if n < 60 and n % 10 == 0:
            (place / f"照片 {n}.txt").write_text(record["text"], encoding="utf-8")
    found, arrays, ran = done(folder, "first", "later ones", "later ones/照片 62.png", "照片 3")
    assert (
        "54 image of 60 items have no partner" in ran.stderr
        and "6 text, 60 image items indexed" in ran.stdout
    )
    check(found, arrays, folder, "照片 62", "照片 3", 60, 6)
