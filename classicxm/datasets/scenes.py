"""Synthetic scenes: one to three coloured shapes, shown as picture, caption, tone sequence and moving clip."""

import numbers
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile

from classicxm import light_sklearn as light_sklearn  # isort: skip # before scikit-learn, whose start it shortens
from sklearn.utils import check_random_state

from classicxm.datasets.collection import MODALITIES, Collection
from classicxm.datasets.scene_captions import LANGUAGES, caption
from classicxm.datasets.scene_drawing import COLOURS, SHAPES, background, draw, frames, outline
from classicxm.datasets.scene_sounds import SAMPLE_RATE, tones
from classicxm.errors import CollectionError

__all__ = ["make_scenes"]

N_FRAMES = 12
FRAMES_PER_SECOND = 12


def make_scenes(
    n_scenes: int = 200,
    size: int = 96,
    random_state: int | np.random.RandomState | None = 0,
    folder: str | PathLike[str] | None = None,
    modalities: Sequence[str] = MODALITIES,
    language: str = "en",
) -> Collection:
    """Scenes whose content is known, in up to four modalities.

    Each scene has one large shape and up to two small ones on a pale background. A scene depends only on
    ``random_state`` and its position, so a shorter collection is the beginning of a longer one and leaving out a
    modality does not change the others. Every fifth scene is in the test split.

    Parameters
    ----------
    n_scenes : int, default=200
    size : int, default=96
        Width and height of pictures and clips in pixels; at least 16.
    random_state : int, RandomState or None, default=0
    folder : path, optional
        Where to write png, wav and avi files with a ``manifest.jsonl``. Without it the media stay in memory.
    modalities : sequence of str, default=("text", "image", "audio", "video")
        Which to make.
    language : {"en", "zh", "ja", "th"}, default="en"
        Of the captions; everything else, labels included, is the same in each.

    Returns
    -------
    Collection
        Per item: "text" (str), "image" (uint8 (size, size, 3) RGB), "audio" (float32 samples, 16000), "video"
        (uint8 (12, size, size, 3)), or the paths of files; "label" ("red circle": the large shape), "split", and
        the column "shapes": dicts of "shape", "colour" and "box" ([x0, y0, x1, y1] as fractions of the side).

    Raises
    ------
    ValueError
        For a parameter out of range.
    CollectionError
        If a file cannot be written.

    Examples
    --------
    >>> scenes = make_scenes(5, modalities=("text", "image"))
    >>> scenes
    Collection('scenes', 5 items, text+image, train 4, test 1)
    >>> scenes[0]["image"].shape
    (96, 96, 3)
    """
    modalities = _check(n_scenes, size, modalities)
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    seed = check_random_state(random_state).randint(2**31 - 1)
    if folder is not None:
        folder = Path(folder).absolute()
        _make_folders(folder, modalities)
    records = []
    for position in range(n_scenes):
        shapes = _sample_shapes(np.random.default_rng([seed, position, 0]))
        record: dict[str, Any] = {"id": f"scene-{position:04d}"}
        media = _render(shapes, size, modalities, seed, position, language)
        record |= media if folder is None else _write(media, record["id"], folder)
        record["label"] = f"{shapes[0]['colour']} {shapes[0]['shape']}"
        record["split"] = "test" if position % 5 == 4 else "train"
        record["shapes"] = [{key: shape[key] for key in ("shape", "colour", "box")} for shape in shapes]
        records.append(record)
    collection = Collection(records, root=folder, name="scenes")
    if folder is not None:
        collection.write_manifest(folder / "manifest.jsonl")
    return collection


def _check(n_scenes: int, size: int, modalities: str | Sequence[str]) -> tuple[str, ...]:
    for name, value, low in (("n_scenes", n_scenes, 1), ("size", size, 16)):
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < low:
            raise ValueError(f"{name} must be an integer of at least {low}, got {value!r}")
    modalities = (modalities,) if isinstance(modalities, str) else tuple(modalities)
    if not modalities or set(modalities) - set(MODALITIES):
        raise ValueError(f"modalities must be some of {', '.join(MODALITIES)}, got {modalities!r}")
    return modalities


def _sample_shapes(rng: np.random.Generator) -> list[dict[str, Any]]:
    """One large shape, then none to two small ones, that do not touch."""
    shapes: list[dict[str, Any]] = []
    for rank in range(rng.integers(1, 4)):
        radius = rng.uniform(0.19, 0.25) if rank == 0 else rng.uniform(0.09, 0.13)
        shape, colour = str(rng.choice(SHAPES)), str(rng.choice(list(COLOURS)))
        rgb = np.clip(np.array(COLOURS[colour]) + rng.integers(-10, 11, size=3), 0, 255)
        centre = _free_place(shapes, radius, rng)
        if centre is None:
            break
        corners = outline(shape, centre, radius)
        shapes.append(
            {
                "shape": shape,
                "colour": colour,
                "rgb": rgb.tolist(),
                "centre": centre.tolist(),
                "radius": float(radius),
                "box": [round(float(edge), 4) for edge in (*corners.min(axis=0), *corners.max(axis=0))],
            }
        )
    return shapes


def _free_place(shapes: list[dict[str, Any]], radius: float, rng: np.random.Generator) -> np.ndarray | None:
    """A centre away from the border and clear of the shapes so far, or None where 100 tries find none."""
    margin = radius + 0.07
    for _ in range(100):
        centre = rng.uniform(margin, 1 - margin, size=2)
        gaps = [np.hypot(*(centre - s["centre"])) - radius - s["radius"] for s in shapes]
        if all(gap > 0.04 for gap in gaps):
            return centre
    return None


def _render(
    shapes: list[dict[str, Any]],
    size: int,
    modalities: Sequence[str],
    seed: int,
    position: int,
    language: str,
) -> dict[str, Any]:
    """The scene's media, in the order of MODALITIES."""
    media: dict[str, Any] = {}
    canvas = background(size, np.random.default_rng([seed, position, 1]))
    if "text" in modalities:
        media["text"] = caption(shapes, np.random.default_rng([seed, position, 2]), language)
    if "image" in modalities:
        media["image"] = draw(canvas, shapes)
    if "audio" in modalities:
        media["audio"] = (tones(shapes, np.random.default_rng([seed, position, 3])), SAMPLE_RATE)
    if "video" in modalities:
        media["video"] = frames(canvas, shapes, N_FRAMES)
    return media


_FILES = {"image": ("images", ".png"), "audio": ("audio", ".wav"), "video": ("video", ".avi")}


def _make_folders(folder: Path, modalities: Sequence[str]) -> None:
    try:
        for modality in ("text", *modalities):
            (folder / _FILES.get(modality, ("",))[0]).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CollectionError(f"{folder} cannot be made ({error.strerror}); choose another folder") from None


def _write(media: Mapping[str, Any], name: str, folder: Path) -> dict[str, Any]:
    """Write the media of one scene; the same dict with paths in place of arrays."""
    written = {}
    for modality, content in media.items():
        if modality == "text":
            written[modality] = content
            continue
        subfolder, extension = _FILES[modality]
        path = folder / subfolder / f"{name}{extension}"
        if modality == "image":
            path.write_bytes(cv2.imencode(".png", content[:, :, ::-1])[1].tobytes())
        elif modality == "audio":
            soundfile.write(path, *content, subtype="PCM_16")
        else:
            _write_video(path, content)
        written[modality] = path
    return written


def _write_video(path: Path, clip: np.ndarray) -> None:
    height, width = clip.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FRAMES_PER_SECOND, (width, height))
    if not writer.isOpened():
        raise CollectionError(
            f"{path}: OpenCV cannot write Motion JPEG there; check the folder's permissions"
        )
    for frame in clip:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
