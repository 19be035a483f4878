"""A small collection on disk: pictures of one colour with a pattern, and texts that name both."""

import json

import cv2
import numpy as np

COLOURS = {"red": (200, 40, 40), "green": (40, 180, 60), "blue": (40, 60, 200), "grey": (120, 120, 120)}
PATTERNS = ("plain", "striped", "dotted")


def picture(colour, pattern, random):
    """An RGB image (48, 48, 3)."""
    image = np.full((48, 48, 3), COLOURS[colour], np.uint8)
    if pattern == "striped":
        image[:, :: int(random.integers(4, 9))] = 255
    elif pattern == "dotted":
        image[:: int(random.integers(5, 9)), ::5] = 0
    return np.clip(image + random.normal(0, 12, image.shape), 0, 255).astype(np.uint8)


def write_collection(folder, n=60, splits=True, seed=0):
    """A manifest of n items with image, text, label and, where asked for, split; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        colour, pattern = random.choice(list(COLOURS)), random.choice(PATTERNS)
        cv2.imwrite(str(folder / f"{i}.png"), picture(colour, pattern, random)[:, :, ::-1])
        row = {"id": f"item-{i}", "image": f"{i}.png", "text": f"a {pattern} {colour} sheet number {i % 7}"}
        row |= {"label": str(colour)} | ({"split": "test" if i % 5 == 4 else "train"} if splits else {})
        lines.append(json.dumps(row))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    return folder
