"""One self-contained HTML page of an explanation: weighted words, a heat map over the picture, a time line."""

import itertools
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from classicxm.media.thumbnail import thumbnail
from classicxm.reports.cards import Card, Embedder, Medium
from classicxm.reports.charts import Chart, time_chart
from classicxm.reports.meanings import score_meaning
from classicxm.reports.rendering import fragment, render, write_text
from classicxm.retrieval import Evidence, Explanation

__all__ = ["explained_page", "explanation_fragment", "heat_picture", "write_explanation"]

SIDE = 480  # pixels along the longer side of a picture
PATCH = 56  # and of a visual word
MOST_WORDS = 15
FOR, AGAINST = (226, 88, 24), (36, 98, 214)
NOTE = (
    "The score is divided exactly among the parts of the query, and again among those of the item that was found. "
    "Orange parts raise the score, blue ones lower it; the baseline is the score of an item with nothing in it. In "
    "heat maps and time lines it is spread evenly, so that they sum to the score."
)


def explained_page(explanation: Explanation, title: str = "classicxm: why", folder: Any = None) -> str:
    """The page as a string; what is too large to embed is linked relative to ``folder``."""
    meaning = score_meaning(explanation.metric)
    parts = _parts(explanation, Embedder(folder, SIDE))
    return str(render("explanation.html", title=title, note=NOTE, meaning=meaning, **parts))


def write_explanation(
    path: str | PathLike[str], explanation: Explanation, title: str = "classicxm: why"
) -> Path:
    """Write `explained_page` to a file and return its absolute path."""
    return write_text(path, explained_page(explanation, title, Path(path).absolute().parent))


def explanation_fragment(explanation: Explanation) -> str:
    """An explanation for notebooks."""
    return fragment("explanation_parts.html", **_parts(explanation, Embedder(side=SIDE)))


def heat_picture(pixels: np.ndarray, heat_map: np.ndarray) -> np.ndarray:
    """A picture in grey with orange laid over cells that are positive and blue over negative ones.

    Parameters
    ----------
    pixels : uint8 array (height, width, 3)
    heat_map : array (rows, columns)

    Returns
    -------
    uint8 array (height, width, 3); the largest magnitude is the most opaque.

    >>> picture = heat_picture(np.full((2, 4, 3), 128, np.uint8), np.array([[1.0, 0.0]]))
    >>> picture[0, 0].tolist() != picture[0, 3].tolist()
    True
    """
    height, width = pixels.shape[:2]
    heat = cv2.resize(heat_map.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    largest = np.abs(heat).max()
    opacity = 0.85 * np.abs(heat / largest if largest > 0 else heat)[..., None]
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)[..., None] * 0.6 + 90
    ink = np.where(heat[..., None] > 0, FOR, AGAINST)
    return np.rint((1 - opacity) * grey + opacity * ink).clip(0, 255).astype(np.uint8)


def _parts(explanation: Explanation, embed: Embedder) -> dict[str, Any]:
    """What the template of the parts shows."""
    sides = [
        _side(f"{name}: {side.modality}", side, explanation.score, embed)
        for name, side in (("query", explanation.query), ("found", explanation.target))
    ]
    return {
        "metric": explanation.metric,
        "score": explanation.score,
        "id": str(explanation.id),
        "sides": sides,
    }


def _side(title: str, side: Evidence, score: float, embed: Embedder) -> dict[str, Any]:
    rows = _word_rows(side) if side.words else []
    if side.heat_map is not None:
        rows = [("all regions", float(side.heat_map.sum()))]
    elif side.frames:
        rows = [("all frames", sum(frame.contribution for frame in side.frames))]
    timed = len(side.frames) > (side.content is None)  # what was looked up is one part without a course
    return {
        "title": title,
        "caption": _caption(side) if side.words else [],
        "media": _media(side, embed),
        "visual_words": [_visual_word(word, side.content) for word in side.visual_words],
        "time_line": _time_line(side) if timed else None,
        "rows": _bars([*rows, ("baseline", side.baseline)], score),
    }


def _word_rows(side: Evidence) -> list[tuple[str, float]]:
    """The words of most weight, and the sum of the others."""
    shown = sorted(side.words, key=lambda word: -abs(word.contribution))[:MOST_WORDS]
    rows = [(word.term, word.contribution) for word in sorted(shown, key=lambda word: -word.contribution)]
    if len(shown) < len(side.words):
        rest = sum(word.contribution for word in side.words) - sum(word.contribution for word in shown)
        rows.append((f"{len(side.words) - len(shown)} more words", rest))
    return rows


def _bars(rows: Sequence[Any], score: float) -> list[dict[str, Any]]:
    """Rows with the place and length of their bars in percent, zero in the middle."""
    largest = max(abs(value) for _, value in [*rows, ("", score)]) or 1.0
    bars = []
    for name, value in [*rows, ("score", score)]:
        length = 50 * abs(value) / largest
        bars.append(
            {
                "name": name,
                "value": value,
                "left": 50 if value >= 0 else 50 - length,
                "length": length,
                "kind": "for" if value >= 0 else "against",
                "sum": name == "score",
            }
        )
    return bars


def _caption(side: Evidence) -> list[dict[str, Any]]:
    """The text in pieces, those that its terms stand for with the colour of what all terms on them contribute."""
    text = side.content
    values, covered = np.zeros(len(text)), np.zeros(len(text), bool)
    for word in side.words:
        for start, stop in word.spans:
            values[start:stop] += word.contribution
            covered[start:stop] = True
    largest = np.abs(values).max(initial=0.0) or 1.0
    edges = sorted({0, len(text)}.union(*(span for word in side.words for span in word.spans)))
    pieces = []
    for start, stop in itertools.pairwise(edges):
        colour = ""
        if covered[start]:
            opacity = round(float(0.75 * abs(values[start]) / largest), 3)
            colour = f"rgba{(*(FOR if values[start] > 0 else AGAINST), opacity)}"
        pieces.append({"text": text[start:stop], "colour": colour})
    return pieces


def _media(side: Evidence, embed: Embedder) -> list[Card]:
    """The item as it is seen and heard, and a picture with its heat map."""
    cards: list[Card] = []
    if side.content is None:  # looked up by a name that is no file's
        return cards
    if side.modality != "text":
        medium = embed.medium(side.modality, side.content, f"{side.modality} that is explained")
        cards.append(Card([medium]))
    if side.heat_map is None:
        return cards
    pixels = side.content
    if side.modality == "video":
        middle = (side.content.n_frames or 1) // 2
        pixels = list(itertools.islice(side.content, middle + 1))[-1]
    scale = SIDE / max(pixels.shape[:2])
    size = [max(1, round(n * scale)) for n in pixels.shape[1::-1]]
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    heat = heat_picture(pixels, side.heat_map + side.baseline / side.heat_map.size)
    if side.modality == "image":
        cards = [Card([embed.medium("image", pixels, "picture that is explained")])]
    over = "of the middle frame, summed over time" if side.modality == "video" else "of the picture"
    drawn = Medium("image", thumbnail(heat, SIDE), f"heat map {over}: orange for, blue against")
    return [*cards, Card([drawn], meta=f"heat map {over}")]


def _visual_word(word: Any, content: Any) -> dict[str, Any]:
    """A visual word with the patches where it occurs."""
    height, width = content.shape[:2]
    patches = []
    for x0, y0, x1, y1 in word.boxes:
        top, left = min(int(y0 * height), height - 1), min(int(x0 * width), width - 1)
        patch = content[top : max(top + 1, round(y1 * height)), left : max(left + 1, round(x1 * width))]
        shown = cv2.resize(np.ascontiguousarray(patch), (PATCH, PATCH), interpolation=cv2.INTER_AREA)
        patches.append(thumbnail(shown, PATCH))
    name = f"{word.block} {word.number}".strip()
    return {"name": name, "patches": patches, "contribution": word.contribution}


def _time_line(side: Evidence) -> Chart | None:
    values = [frame.contribution + side.baseline / len(side.frames) for frame in side.frames]
    return time_chart(values, side.frames[-1].end)
