"""What an explanation is made of: words, regions of a picture and stretches of time, each with its contribution."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.attribution import AXES, Parts, VisualWord
from classicxm.frames import data_frame

if TYPE_CHECKING:
    import pandas

__all__ = ["Evidence", "Explanation", "Frame", "Region", "VisualWord", "Word", "gathered"]

LONG_SIDE = 32  # cells along the longer side of a heat map
TIME_SLOTS = 48  # stretches a sound or a clip is cut into
MOST_REGIONS = 10
MOST_VISUAL_WORDS = 5


@dataclass(frozen=True)
class Word:
    """A term of a text, what all its occurrences contribute, and the pieces ``text[start:stop]`` where it stands."""

    term: str
    contribution: float
    spans: tuple = ()


@dataclass(frozen=True)
class Region:
    """A box (x0, y0, x1, y1) of a picture as fractions of its width and height, and what it contributes."""

    box: tuple
    contribution: float


@dataclass(frozen=True)
class Frame:
    """A stretch of a sound or a clip from ``start`` to ``end`` seconds, and what it contributes."""

    start: float
    end: float
    contribution: float


@dataclass(frozen=True)
class Evidence:
    """What the parts of one item, the query or the one found, contribute to a score.

    Attributes
    ----------
    modality : str
    baseline : float
        What is left when nothing is there: the score of the empty item, whose features are all zero; under linear
        alignments at this item's length. There an average item of the modality scores 0, so this is minus what an
        average item's features contribute.
    words : tuple of Word
        Of a text, largest contribution first; with the baseline they add up to the score.
    heat_map : float array (rows, columns) or None
        Of a picture or, summed over time, of a clip: contributions of its cells, which with the baseline add up to
        the score.
    frames : tuple of Frame
        Of a sound or, summed over the picture, of a clip, in order; with the baseline they add up to the score.
    visual_words : tuple of VisualWord
        Of a picture described by learned vocabularies (`BagOfWords`, `VLAD`, `FisherVector`): the 5 that contribute
        most, for or against, largest contribution first, with up to 3 boxes each. The heat map has it all in it.
    content : object
        The decoded item, to draw upon; None of what was looked up by a name that is no file's.
    """

    modality: str
    baseline: float
    words: tuple[Word, ...] = ()
    heat_map: np.ndarray | None = None
    frames: tuple[Frame, ...] = ()
    visual_words: tuple[Any, ...] = ()
    content: Any = field(default=None, repr=False, compare=False)

    @property
    def regions(self) -> tuple[Region, ...]:
        """The cells of the heat map as `Region`, largest contribution first."""
        if self.heat_map is None:
            return ()
        rows, columns = self.heat_map.shape
        order = np.argsort(-self.heat_map, axis=None, kind="stable")
        return tuple(
            Region((c / columns, r / rows, (c + 1) / columns, (r + 1) / rows), float(self.heat_map[r, c]))
            for r, c in zip(
                *(axis.tolist() for axis in np.unravel_index(order, self.heat_map.shape)), strict=True
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the text that spans of words are of, and of regions the 10 largest beside the whole heat map."""
        told = {"modality": self.modality, "baseline": self.baseline}
        if isinstance(self.content, str):
            told["text"] = self.content
        if self.words:
            told["words"] = [asdict(word) for word in self.words]
        if self.heat_map is not None:
            told["regions"] = [asdict(region) for region in self.regions[:MOST_REGIONS]]
            told["heat_map"] = self.heat_map.tolist()
        if self.visual_words:
            told["visual_words"] = [asdict(word) for word in self.visual_words]
        if self.frames:
            told["frames"] = [asdict(frame) for frame in self.frames]
        return told


@dataclass(frozen=True)
class Explanation:
    """Why an item has its score: the same score divided among the query's parts, and among the item's parts.

    Attributes
    ----------
    score : float
    metric : {"cosine", "dot"}
    id : object
        The item that is explained.
    query, target : Evidence
    """

    score: float
    metric: str
    id: Any
    query: Evidence
    target: Evidence

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "score": self.score,
            "metric": self.metric,
            "id": self.id,
            "query": self.query.to_dict(),
            "target": self.target.to_dict(),
        }

    def to_frame(self) -> "pandas.DataFrame":
        """A row per part: "side" ("query" or "target"), "modality", "kind", "part" and "contribution".

        Kinds are word, region, frame and baseline. The regions of a side add up to its score, and so do its frames,
        each with the baseline.

        Raises
        ------
        MissingExtraError
            Without pandas.
        """
        rows = [
            {"side": name, "modality": side.modality, **row}
            for name, side in (("query", self.query), ("target", self.target))
            for row in _rows(side)
        ]
        return data_frame(rows, ["side", "modality", "kind", "part", "contribution"])

    def _repr_html_(self) -> str:
        from classicxm.reports.explanation_page import explanation_fragment

        return explanation_fragment(self)


def _rows(side: Evidence) -> Iterator[dict[str, Any]]:
    parts: list[tuple[str, Any, float]] = [("word", word.term, word.contribution) for word in side.words]
    parts += [("region", region.box, region.contribution) for region in side.regions]
    parts += [("frame", (frame.start, frame.end), frame.contribution) for frame in side.frames]
    for kind, part, contribution in [*parts, ("baseline", None, side.baseline)]:
        yield {"kind": kind, "part": part, "contribution": contribution}


def gathered(modality: str, content: Any, parts: Parts, baseline: float) -> Evidence:
    """The `Evidence` of one decoded item from its `Parts`."""
    axes = AXES[modality]
    if modality == "text":
        sums = sorted(parts.by_name().items(), key=lambda pair: (-pair[1], pair[0]))
        places = parts.spans_by_name()
        words = tuple(Word(term, contribution, places[term]) for term, contribution in sums)
        return Evidence(modality, baseline, words=words, content=content)
    heat_map = None
    frames: tuple[Frame, ...] = ()
    if "x" in axes:
        heat_map = parts.map(_cells(modality, content), axes)
    if "t" in axes:
        n_slots = 1 if content is None else TIME_SLOTS
        slots = parts.map({"t": n_slots}, axes).tolist()
        edges = np.linspace(0, _seconds(modality, content), n_slots + 1).tolist()
        frames = tuple(map(Frame, edges[:-1], edges[1:], slots))
    learned = parts.learned if modality == "image" else ()
    strongest = sorted(learned, key=lambda word: -abs(word.contribution))[:MOST_VISUAL_WORDS]
    shown = tuple(sorted(strongest, key=lambda word: -word.contribution))
    return Evidence(modality, baseline, heat_map=heat_map, frames=frames, visual_words=shown, content=content)


def _cells(modality: str, content: Any) -> dict[str, int]:
    """Columns and rows of a heat map; one of each where the item was looked up and not seen."""
    if content is None:
        return {"x": 1, "y": 1}
    height, width = content.shape[:2] if modality == "image" else content.size
    scale = LONG_SIDE / max(height, width)
    return {"x": max(1, round(width * scale)), "y": max(1, round(height * scale))}


def _seconds(modality: str, content: Any) -> float:
    if content is None:
        return 0.0
    if modality == "audio":
        return len(content.samples) / content.sample_rate
    n_frames = content.n_frames if content.n_frames is not None else sum(1 for _ in content)
    return n_frames / content.fps
