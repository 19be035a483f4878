"""Items as cards: what is seen, heard and read of them, embedded into a page or linked from it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import fspath
from pathlib import Path
from typing import Any
from urllib.parse import quote

from classicxm.errors import ClassicXMError
from classicxm.media import MODALITIES, PATH_TYPES
from classicxm.media.contents import contents
from classicxm.media.preview import BROWSER_TYPES, clip_preview, data_uri, first_frame, sound_preview
from classicxm.media.text import read_text
from classicxm.media.thumbnail import thumbnail
from classicxm.reports.tables import shortened

__all__ = ["Card", "Embedder", "item_card", "label_set"]

PICTURE_SIDE = 220
SMALL = 2_000_000  # bytes of a sound or clip that is embedded
MOST = 40_000_000  # bytes that one page embeds


@dataclass(frozen=True)
class Medium:
    """One picture, sound or clip of a card.

    Attributes
    ----------
    kind : {"image", "audio", "video", "missing"}
    source : str
        A data URI, or a relative path.
    alt : str
        What is said where it cannot be seen or heard; of what is missing, why.
    poster : str
        The first frame of a clip.
    """

    kind: str
    source: str
    alt: str
    poster: str = ""

    @property
    def embedded(self) -> bool:
        """Whether the page holds it, so that a browser need not fetch anything to say how long it is."""
        return self.source.startswith("data:")


@dataclass(frozen=True)
class Card:
    """What a card shows.

    Attributes
    ----------
    media : list of Medium
    texts : list of str
    meta : str
        A line of score, labels and id.
    kind : str
        "same" (has the query's label), "right", "wrong", "query" or "".
    role : str
        What the item is in the question, such as "like, weight +0.5".
    """

    media: list = field(default_factory=list)
    texts: list = field(default_factory=list)
    meta: str = ""
    kind: str = ""
    role: str = ""


class Embedder:
    """Turns items into what a page embeds or links.

    Parameters
    ----------
    folder : path, optional
        Where the page will lie; large files are linked relative to it. None, as in notebooks, links nothing.
    side : int, default=220
        Pixels along the longer side of a picture.
    opened : callable
        From a str that names a file to the file that may be opened; raises ValueError where none may.
    """

    def __init__(
        self, folder: Any = None, side: int = PICTURE_SIDE, opened: Callable[[str], Path] = Path
    ) -> None:
        self.opened = opened
        self.folder = None if folder is None else Path(folder).absolute()
        self.side = side
        self.left = MOST

    def medium(self, modality: str, item: Any, alt: str) -> Medium:
        """One item; what cannot be read becomes a medium of kind "missing", whose ``alt`` says so."""
        try:
            return getattr(self, f"_{modality}")(self.opened(item) if isinstance(item, str) else item, alt)
        except (ClassicXMError, OSError, ValueError, TypeError, StopIteration):
            return Medium("missing", "", f"{shortened(item, 120)} cannot be shown")

    def caption(self, text: Any) -> str:
        """A text as it is read: captions joined by slashes, and of a file what is in it.

        >>> Embedder().caption(["a red circle", "a round thing"])
        'a red circle / a round thing'
        """
        if text is None:
            return ""
        if isinstance(text, (list, tuple)):
            return " / ".join(map(str, text))
        try:  # saved models hold JSON values, in which the path of a text file is a string
            if isinstance(text, Path) or (text.endswith(".txt") and "\n" not in text):
                return read_text(self.opened(fspath(text)))
        except (ClassicXMError, OSError, ValueError):
            pass
        return text.name if isinstance(text, Path) else str(text)

    def _image(self, item: Any, alt: str) -> Medium:
        return Medium("image", thumbnail(item, self.side), alt)

    def _audio(self, item: Any, alt: str) -> Medium:
        return Medium("audio", self._playable(item, sound_preview, "audio/wav"), alt)

    def _video(self, item: Any, alt: str) -> Medium:
        poster = thumbnail(first_frame(item), self.side)
        try:
            return Medium("video", self._playable(item, clip_preview, "video/webm"), alt, poster)
        except (ClassicXMError, ValueError):
            return Medium("image", poster, alt)

    def _playable(self, item: Any, preview: Callable[..., bytes], kind: str) -> str:
        """The file itself where browsers play it, else what ``preview`` writes; a link where that is large."""
        path = Path(item) if isinstance(item, PATH_TYPES) else None
        known = BROWSER_TYPES.get(path.suffix.lower()) if path is not None else None
        if path and known and (self.folder is not None or path.stat().st_size <= SMALL):
            if path.stat().st_size > min(SMALL, self.left):
                return self._link(path)
            content, kind = contents(path, SMALL)[1], known
        else:
            content = preview(item)
        if len(content) > min(SMALL, self.left):
            if path is None:
                raise ValueError("too large to embed, and not a file that a page could link to")
            return self._link(path)
        self.left -= len(content)
        return data_uri(content, kind)

    def _link(self, path: Path) -> str:
        if path is None or self.folder is None:
            raise ValueError("too large to embed, and there is no file to link")
        return quote(os.fsencode(Path(os.path.relpath(path.absolute(), self.folder)).as_posix()))


def item_card(
    content: Mapping,
    embed: Embedder,
    *,
    name: str = "",
    remark: str = "",
    kind: str = "",
    role: str = "",
    length: int | None = None,
) -> Card:
    """An item as a card.

    Parameters
    ----------
    content : dict
        Modality to what is shown of it, and optionally "label" and "alt", a text that says what is in the picture.
    embed : Embedder
    name : str
        The item's id.
    remark : str
        Before the label, such as a score.
    kind, role : str
        As in `Card`.
    length : int, optional
        Texts are cut to so many letters.
    """
    texts = [embed.caption(content["text"])] if content.get("text") is not None else []
    said = shortened(texts[0] if texts else embed.caption(content.get("alt")), 120)
    media = [
        embed.medium(modality, content[modality], said or f"{modality} of {name or 'the query'}")
        for modality in MODALITIES
        if modality != "text" and content.get(modality) is not None
    ]
    texts = [shortened(text, length) if length else text for text in texts]
    meta = " · ".join(filter(None, [remark, " / ".join(sorted(label_set(content.get("label")))), name]))
    return Card(media, texts, meta, kind, role)


def label_set(label: Any) -> set:
    """An item's label or labels as a set of str.

    >>> label_set(None), label_set("sea")
    (set(), {'sea'})
    """
    if label is None:
        return set()
    return set(map(str, label)) if isinstance(label, (list, tuple)) else {str(label)}
