"""What pages show of items and explanations, ready for the templates."""

from __future__ import annotations

import itertools
import json
from collections.abc import Hashable
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

from classicxm.media import MODALITIES
from classicxm.reports.cards import Embedder, label_set
from classicxm.reports.tables import shortened
from classicxm.web.answers import Answers
from classicxm.web.asked import Asked
from classicxm.web.served import Served

__all__ = ["cards", "evidence_view", "item_view", "stored_text"]

LEVELS = 6
MOST_WORDS = 12


def item_view(served: Served, key: Hashable, model: str | None = None) -> dict[str, Any]:
    """A stored item as a card shows it: caption, labels, and the addresses of what is seen and heard."""
    retriever = served.retriever
    payload = retriever.payload_.get(key, {})
    caption = Embedder(opened=retriever.stored_media).caption(payload.get("text"))
    here = quote(str(key), safe="", errors="surrogatepass")
    suffix = {"model": model} if model else {}

    def address(what: str, modality: str, **more: Any) -> str:
        query = urlencode({"modality": modality, **more, **suffix}, errors="surrogatepass")
        return f"/api/v1/items/{here}/{what}?{query}"

    media = {name: address("media", name) for name in MODALITIES[1:] if isinstance(payload.get(name), str)}
    pictures = {name: address("thumbnail", name, side=320) for name in ("image", "video") if name in media}
    labels = " / ".join(sorted(label_set(payload.get("label"))))
    return {
        "id": str(key),
        "title": shortened(caption, 90) if caption else str(payload.get("name") or key),
        "caption": caption,
        "alt": shortened(caption, 160) if caption else f"item {key}",
        "labels": labels,
        "media": media,
        "pictures": pictures,
        "item": f"/item?{urlencode({'id': str(key), **suffix}, errors='surrogatepass')}",
    }


def stored_text(value: Any) -> str:
    """A stored value as pages show it: a list's entries side by side, what is nested as JSON.

    >>> stored_text(["sea", "sky"]), stored_text({"shape": "star", "size": 0.5})
    ('sea / sky', '{"shape": "star", "size": 0.5}')
    """
    if isinstance(value, (list, tuple)):
        return " / ".join(map(stored_text, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def cards(served: Served, asked: Asked, answers: Answers) -> list[dict[str, Any]]:
    """Answers as cards, with the questions that they lead to."""
    shown = []
    for rank, (key, score) in enumerate(zip(answers.ids, answers.scores, strict=True), 1):
        name = str(key)
        found = {"title": shortened(answers.captions[key], 90)} if key in answers.captions else {}
        shown.append(
            item_view(served, key, asked.model)
            | found
            | {
                "rank": rank + (answers.page - 1) * asked.k,
                "score": score,
                "folded": [item_view(served, other, asked.model) for other in answers.folded.get(key, [])],
                "like": asked.address(
                    like=tuple(dict.fromkeys((*asked.like, name))), unlike=_less(asked.unlike, name)
                ),
                "unlike": asked.address(
                    unlike=tuple(dict.fromkeys((*asked.unlike, name))), like=_less(asked.like, name)
                ),
                "similar": Asked(
                    like=(name,),
                    target=asked.target,
                    filter=asked.filter,
                    k=asked.k,
                    model=asked.model,
                    default_target=asked.default_target,
                ).address(),
                "why": asked.address("/why") + "&" + urlencode({"id": name}, errors="surrogatepass"),
            }
        )
    return shown


def _less(keys: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(key for key in keys if key != name)


def evidence_view(evidence: dict[str, Any], title: str, picture: str | None) -> dict[str, Any]:
    """One side of an explanation: coloured words, cells over a picture, stretches of time, and rows that add up.

    Parameters
    ----------
    evidence : dict
        As `Evidence.to_dict` gives it.
    title : str
    picture : str or None
        The address of the picture that the cells lie over.
    """
    rows: list[tuple[str, float]] = []
    words = evidence.get("words", [])
    if words:
        ordered = sorted(words, key=lambda word: -abs(word["contribution"]))
        rows = [(word["term"], word["contribution"]) for word in ordered[:MOST_WORDS]]
        if len(ordered) > MOST_WORDS:
            rest = sum(word["contribution"] for word in ordered[MOST_WORDS:])
            rows.append((f"{len(ordered) - MOST_WORDS} more words", rest))
    elif "frames" in evidence:
        rows = [("all stretches", sum(frame["contribution"] for frame in evidence["frames"]))]
    elif "heat_map" in evidence:
        rows = [("all regions", sum(map(sum, evidence["heat_map"])))]
    rows.append(("baseline", evidence["baseline"]))
    return {
        "title": title,
        "modality": evidence["modality"],
        "pieces": _pieces(evidence["text"], words) if words and "text" in evidence else [],
        "cells": _cells(evidence.get("heat_map"), picture),
        "bars": _bars(evidence.get("frames", [])),
        "rows": rows,
        "sum": sum(value for _, value in rows),
    }


def _level(value: float, largest: float) -> str:
    """The class of a colour: for or against, from 0 to 6."""
    level = round(LEVELS * abs(value) / largest) if largest else 0
    return f"{'for' if value >= 0 else 'against'}{level}" if level else ""


def _pieces(text: str, words: list[dict[str, Any]]) -> list[dict[str, str]]:
    """A text in pieces, each with the colour of what the words on it contribute."""
    spans = [(start, stop, word["contribution"]) for word in words for start, stop in word["spans"]]
    edges = sorted({0, len(text), *(edge for start, stop, _ in spans for edge in (start, stop))})
    place = {edge: n for n, edge in enumerate(edges)}
    sums = np.zeros(len(edges))
    for start, stop, value in spans:
        sums[place[start] : place[stop]] += value
    values = sums[:-1].tolist()
    largest = max(map(abs, values), default=0.0)
    return [
        {"text": text[a:b], "kind": _level(value, largest), "value": f"{value:+.4f}"}
        for (a, b), value in zip(itertools.pairwise(edges), values, strict=True)
    ]


def _cells(heat_map: list[list[float]] | None, picture: str | None) -> dict[str, Any] | None:
    if heat_map is None:
        return None
    largest = max((abs(value) for row in heat_map for value in row), default=0.0) or 1.0
    cells = [
        {
            "x": x,
            "y": y,
            "kind": "for" if value > 0 else "against",
            "opacity": f"{0.8 * abs(value) / largest:.3f}",
        }
        for y, row in enumerate(heat_map)
        for x, value in enumerate(row)
        if abs(value) > 0.03 * largest
    ]
    return {"width": len(heat_map[0]), "height": len(heat_map), "cells": cells, "picture": picture}


def _bars(frames: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not frames:
        return None
    largest = max(abs(frame["contribution"]) for frame in frames) or 1.0
    bars = []
    for n, frame in enumerate(frames):
        height = 40 * abs(frame["contribution"]) / largest
        bars.append(
            {
                "x": n * 10,
                "y": f"{50 - height if frame['contribution'] >= 0 else 50:.2f}",
                "height": f"{height:.2f}",
                "kind": "for" if frame["contribution"] >= 0 else "against",
                "title": f"{frame['start']:.2f}-{frame['end']:.2f} s: {frame['contribution']:+.4f}",
            }
        )
    return {"bars": bars, "width": 10 * len(frames), "seconds": f"{frames[-1]['end']:.1f}"}
