"""Media as browsers show and play them: stored files as they are, others written anew into a folder of the server's."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from classicxm.errors import MediaDecodeError
from classicxm.media.preview import BROWSER_TYPES, clip_preview, first_frame, sound_preview
from classicxm.media.thumbnail import jpeg
from classicxm.retrieval import CrossModalRetriever

__all__ = ["PICTURE_TYPES", "Previews", "stored_file"]

#: Pictures that browsers show as they are.
PICTURE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
}
MOST_THUMBNAILS = 4000
MOST_FILES = 100


def stored_file(retriever: CrossModalRetriever, key: object, modality: str) -> Path:
    """The file of a stored item.

    Raises
    ------
    KeyError
        Where nothing is stored under that modality.
    OutsideRootError
        Where the file may not be opened, or is gone.
    """
    value = retriever.payload_.get(key, {}).get(modality)
    if not isinstance(value, str):
        raise KeyError(f"item {key!r} has no {modality} file")
    return retriever.stored_media(value)


class Previews:
    """Small pictures in memory, and sounds and clips that browsers do not know in a folder, the oldest dropped."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pictures: OrderedDict[tuple, bytes] = OrderedDict()
        self.files: OrderedDict[tuple, Path] = OrderedDict()
        self.folder: tempfile.TemporaryDirectory | None = None

    def thumbnail(self, path: Path, modality: str, side: int) -> bytes:
        """A picture, or the first frame of a clip, as JPEG bytes; MediaDecodeError where there is none to see."""
        key = (*_state(path), modality, side)
        with self.lock:
            if key in self.pictures:
                self.pictures.move_to_end(key)
                return self.pictures[key]
        picture = jpeg(path if modality == "image" else first_frame(path), side)
        with self.lock:
            self.pictures[key] = picture
            while len(self.pictures) > MOST_THUMBNAILS:
                self.pictures.popitem(last=False)
        return picture

    def playable(self, path: Path, modality: str) -> tuple[Path, str]:
        """A file that browsers show or play, and its media type."""
        suffix = path.suffix.lower()
        known = {**PICTURE_TYPES, **BROWSER_TYPES}.get(suffix)
        if known is not None and known.startswith(f"{modality}/"):
            return path, known
        kind, ending = {
            "image": ("image/jpeg", ".jpg"),
            "audio": ("audio/wav", ".wav"),
            "video": ("video/webm", ".webm"),
        }[modality]
        key = (*_state(path), modality)
        with self.lock:
            if key in self.files:
                self.files.move_to_end(key)
                return self.files[key], kind
            self.folder = self.folder or tempfile.TemporaryDirectory(prefix="classicxm-")
            written = Path(self.folder.name) / f"{len(self.files)}-{abs(hash(key))}{ending}"
        content = {"image": lambda p: jpeg(p, 4096), "audio": sound_preview, "video": clip_preview}[modality](
            path
        )
        written.write_bytes(content)
        with self.lock:
            self.files[key] = written
            while len(self.files) > MOST_FILES:
                self.files.popitem(last=False)[1].unlink(missing_ok=True)
        return written, kind

    def close(self) -> None:
        """Remove the folder."""
        with self.lock:
            if self.folder is not None:
                self.folder.cleanup()
            self.folder = None
            self.files.clear()


def _state(path: Path) -> tuple:
    try:
        facts = path.stat()
    except OSError as error:
        raise MediaDecodeError(path, f"cannot be read ({error.strerror})") from None
    return str(path), facts.st_mtime_ns, facts.st_size
