"""One self-contained HTML page of an explanation: weighted words, a heat map over the picture, a time line."""

import html
import itertools

import cv2
import numpy as np

from classicxm.media.thumbnail import thumbnail
from classicxm.reports.answers_page import document, write_text

__all__ = ["explained_page", "heat_picture", "write_explanation"]

SIDE = 480  # pixels along the longer side of a picture
PATCH = 56  # and of a visual word
MOST_WORDS = 15
FOR, AGAINST = (226, 88, 24), (36, 98, 214)
NOTE = (
    "The score is divided exactly among the parts of the query, and again among those of the item that was found. "
    "Orange parts speak for the match, blue ones against it; the baseline is what an average item of the modality has "
    "to be measured against. In heat maps and time lines it is spread evenly, so that they sum to the score."
)
STYLE = f"""
section.why {{ display: block; }} .pair {{ display: flex; flex-wrap: wrap; gap: 1rem; margin: .5rem 0; }}
.pair figure {{ width: 22rem; }} .pair figure img {{ aspect-ratio: auto; display: block; }}
.score {{ font-size: 1.1rem; margin: 0 0 .5rem; }} .caption {{ font-size: 1.05rem; max-width: 48rem; }}
.caption mark {{ color: inherit; border-radius: .2rem; padding: 0 .1rem; }}
table.parts td:nth-child(2) {{ width: 24rem; padding: 0; }}
table.parts td:last-child {{ text-align: right; padding-left: 1rem; }}
.bar {{ position: relative; height: 1rem; }} .bar::before {{ content: ''; position: absolute; left: 50%; height: 100%;
  border-left: 1px solid var(--line); }}
.bar i {{ position: absolute; top: .15rem; height: .7rem; border-radius: .15rem; }}
.for {{ background: rgb{FOR}; fill: rgb{FOR}; }} .against {{ background: rgb{AGAINST}; fill: rgb{AGAINST}; }}
svg {{ width: 100%; max-width: 48rem; height: auto; }} svg text {{ font-size: 11px; fill: currentColor; opacity: .7; }}
table.patches td {{ vertical-align: middle; padding: .15rem 1rem .15rem 0; }}
table.patches img {{ margin-right: .3rem; vertical-align: middle; }}
tr.sum td {{ font-weight: 600; }}
"""


def explained_page(explanation, title="classicxm: why"):
    """The page as a string."""
    score = (
        f"<p class='score'>{html.escape(explanation.metric)} score <b>{explanation.score:.4f}</b> of item "
        f"<b>{html.escape(str(explanation.id))}</b></p>"
    )
    sections = [
        _section(f"{name}: {side.modality}", side, explanation.score)
        for name, side in (("query", explanation.query), ("found", explanation.target))
    ]
    return document(title, NOTE, [score, *sections], STYLE)


def write_explanation(path, explanation, title="classicxm: why"):
    """Write `explained_page` to a file and return its absolute path."""
    return write_text(path, explained_page(explanation, title))


def heat_picture(pixels, heat_map):
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


def _section(title, side, score):
    parts = [f"<section class='why'><h2>{html.escape(title)}</h2>"]
    rows = []
    if side.words:
        parts.append(_caption(side))
        shown = sorted(side.words, key=lambda word: -abs(word.contribution))[:MOST_WORDS]
        rest = sum(word.contribution for word in side.words) - sum(word.contribution for word in shown)
        rows = [(word.term, word.contribution) for word in sorted(shown, key=lambda word: -word.contribution)]
        if len(shown) < len(side.words):
            rows.append((f"{len(side.words) - len(shown)} more words", rest))
    if side.heat_map is not None:
        parts.append(_pictures(side))
        rows = [("all regions", float(side.heat_map.sum()))]
    if side.visual_words:
        parts.append(_patches(side))
    if side.frames:
        parts.append(_time_line(side))
        rows = rows or [("all frames", sum(frame.contribution for frame in side.frames))]
    return "".join([*parts, _bars([*rows, ("baseline", side.baseline)], score), "</section>"])


def _bars(rows, score):
    largest = max(abs(value) for _, value in [*rows, ("", score)]) or 1.0
    lines = []
    for name, value in [*rows, ("score", score)]:
        length = 50 * abs(value) / largest
        left = 50 if value >= 0 else 50 - length
        kind = "for" if value >= 0 else "against"
        lines.append(
            f"<tr{' class=sum' if name == 'score' else ''}><td>{html.escape(name)}</td><td><div class='bar'>"
            f"<i class='{kind}' style='left:{left:.2f}%;width:{length:.2f}%'></i></div></td><td>{value:+.4f}</td></tr>"
        )
    return f"<table class='parts'>{''.join(lines)}</table>"


def _caption(side):
    """The text with the pieces marked that its terms stand for, each by what all terms on it contribute."""
    text = side.content
    values, covered = np.zeros(len(text)), np.zeros(len(text), bool)
    for word in side.words:
        for start, stop in word.spans:
            values[start:stop] += word.contribution
            covered[start:stop] = True
    largest = np.abs(values).max(initial=0.0) or 1.0
    edges = _edges(side.words, len(text))
    pieces = []
    for start, stop in itertools.pairwise(edges):
        piece = html.escape(text[start:stop])
        if not covered[start]:
            pieces.append(piece)
            continue
        opacity = 0.75 * abs(values[start]) / largest
        colour = (*(FOR if values[start] > 0 else AGAINST), round(float(opacity), 3))
        pieces.append(f"<mark style='background:rgba{colour}'>{piece}</mark>")
    return f"<p class='caption'>{''.join(pieces)}</p>".replace("\n", "<br>")


def _edges(words, length):
    """Where pieces of a text begin and end: the ends of all spans, in order."""
    return sorted({0, length}.union(*(span for word in words for span in word.spans)))


def _pictures(side):
    pixels = side.content
    if side.modality == "video":
        middle = (side.content.n_frames or 1) // 2
        frames = list(itertools.islice(side.content, middle + 1))
        pixels = frames[-1]
    scale = SIDE / max(pixels.shape[:2])
    size = [max(1, round(n * scale)) for n in pixels.shape[1::-1]]
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    heat = heat_picture(pixels, side.heat_map + side.baseline / side.heat_map.size)
    figures = (f"<figure><img alt='' src='{thumbnail(one, SIDE)}'></figure>" for one in (pixels, heat))
    return f"<div class='pair'>{''.join(figures)}</div>"


def _patches(side):
    """The strongest visual words with the patches where they occur."""
    lines = ["<tr><th>strongest visual words</th><th>where they occur</th><th>contribution</th></tr>"]
    height, width = side.content.shape[:2]
    for word in side.visual_words:
        patches = []
        for x0, y0, x1, y1 in word.boxes:
            top, left = min(int(y0 * height), height - 1), min(int(x0 * width), width - 1)
            patch = side.content[
                top : max(top + 1, round(y1 * height)), left : max(left + 1, round(x1 * width))
            ]
            shown = cv2.resize(np.ascontiguousarray(patch), (PATCH, PATCH), interpolation=cv2.INTER_AREA)
            patches.append(f"<img alt='' src='{thumbnail(shown, PATCH)}'>")
        name = html.escape(f"{word.block} {word.number}".strip())
        lines.append(f"<tr><td>{name}</td><td>{''.join(patches)}</td><td>{word.contribution:+.4f}</td></tr>")
    return f"<table class='patches'>{''.join(lines)}</table>"


def _time_line(side):
    values = np.array([frame.contribution for frame in side.frames]) + side.baseline / len(side.frames)
    largest = np.abs(values).max() or 1.0
    width, half = 720 / len(values), 55
    bars = "".join(
        f"<rect class='{'for' if value > 0 else 'against'}' x='{i * width:.1f}' width='{width - 1:.1f}' "
        f"y='{half - max(value, 0) / largest * half:.1f}' height='{abs(value) / largest * half:.1f}'/>"
        for i, value in enumerate(values.tolist())
    )
    seconds = side.frames[-1].end
    ticks = "".join(
        f"<text x='{720 * part:.0f}' y='126' text-anchor='{anchor}'>{seconds * part:.2f} s</text>"
        for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    axis = f"<line x1='0' x2='720' y1='{half}' y2='{half}' stroke='currentColor' stroke-opacity='.3'/>"
    return f"<svg viewBox='0 0 720 130' role='img' aria-label='contributions over time'>{bars}{axis}{ticks}</svg>"
