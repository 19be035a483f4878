"""What a client sends: a request as JSON, its media files as parts of a form, named by their numbers."""

from __future__ import annotations

import io
import math
import secrets
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.media import MODALITIES

__all__ = ["RequestFiles", "encoded_file", "plain"]


class RequestFiles:
    """Files of a request, which examples name by their numbers."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytes]] = []

    def examples(self, query: Any) -> Any:
        """A query of the retriever's own form as JSON values."""
        if isinstance(query, (list, tuple)):
            return [self.example(part) for part in query]
        return self.example(query)

    def example(self, example: Any) -> Any:
        """One id, or one dict whose files are read."""
        if not isinstance(example, dict):
            return plain(example)
        return {name: self._part(name, item) for name, item in example.items()}

    def _part(self, name: str, item: Any) -> Any:
        if name == "text":
            from classicxm.media.text import decode

            return plain(item) if isinstance(item, (str, list)) else decode(item)
        if name not in MODALITIES:
            return float(item) if name == "weight" else plain(item)
        self.files.append(encoded_file(name, item))
        return len(self.files) - 1

    def encoded(self, request: str) -> tuple[bytes, str]:
        """The body and its type: JSON where no file is sent, a form otherwise."""
        if not self.files:
            return request.encode(), "application/json"
        boundary = secrets.token_hex(16)
        stream = io.BytesIO()
        stream.write(
            f'--{boundary}\r\nContent-Disposition: form-data; name="request"\r\n\r\n{request}\r\n'.encode()
        )
        for name, content in self.files:
            shown = (
                "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
                .encode("ascii", "replace")
                .decode()
            )
            shown = shown.replace("?", "_")
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{shown}"\r\n'
            stream.write(
                head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
            )
        stream.write(f"--{boundary}--\r\n".encode())
        return stream.getvalue(), f"multipart/form-data; boundary={boundary}"


def encoded_file(modality: str, item: Any) -> tuple[str, bytes]:
    """A file's name and bytes; decoded pictures and sounds become PNG and float WAV files without loss."""
    if isinstance(item, bytes):
        return modality, item
    if isinstance(item, (str, PathLike)):
        from classicxm.media.contents import contents

        return Path(item).name, contents(item)[1]
    if modality == "image" and isinstance(item, np.ndarray):
        import cv2

        from classicxm.media.image import as_rgb

        return "array.png", cv2.imencode(".png", np.ascontiguousarray(as_rgb(item)[..., ::-1]))[1].tobytes()
    if modality == "audio":
        import soundfile

        from classicxm.media.audio import decode

        sound, stream = decode(item), io.BytesIO()
        soundfile.write(stream, sound.samples, sound.sample_rate, format="WAV", subtype="FLOAT")
        return "samples.wav", stream.getvalue()
    raise TypeError(f"{modality}: give a path or bytes, got {type(item).__name__}")


def plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, so that JSON takes them."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON has no {value}; give a finite number")
    return value
