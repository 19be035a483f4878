"""Bad files of every kind that is read: cut, emptied, altered, of another kind, endless, absurd, and packed bombs."""

import gzip
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import soundfile
from scipy.io import savemat

from benchmarks.file_bombs import BOMBS, LEGAL
from benchmarks.spoiled_files import SPECIAL, SPOILED, Case, written
from benchmarks.spoiled_models import spoiled_models

__all__ = ["cases", "good_files"]

PICTURES = ("jpg", "png", "webp", "bmp", "tiff", "gif", "pgm", "ppm", "pbm", "hdr", "jp2", "ras", "pfm")
SOUNDS = {
    "wav": "WAV",
    "flac": "FLAC",
    "ogg": "OGG",
    "mp3": "MP3",
    "aiff": "AIFF",
    "au": "AU",
    "w64": "W64",
    "caf": "CAF",
}
FILMS = {"avi": "MJPG", "mp4": "mp4v", "webm": "VP80"}
#: Formats whose every cut can be seen: half of one is never taken for a whole.
NEVER_HALF = {
    *("jpg", "png", "webp", "bmp", "tiff", "gif", "pgm", "ppm", "pbm", "npy", "npz", "mat", "gz", "bin"),
    *SOUNDS,
    *FILMS,
}


def good_files() -> dict[str, tuple[str, bytes]]:
    """{ending: (reader, content)} of one whole file of every kind."""
    rng = np.random.default_rng(0)
    pixels = cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (64, 48))
    found = {}
    for ending in PICTURES:
        image = pixels[..., 0] if ending in ("pgm", "pbm") else pixels
        image = (image / 255).astype(np.float32) if ending in ("hdr", "pfm") else image
        found[ending] = "image", cv2.imencode(f".{ending}", image)[1].tobytes()
    found["16.png"] = "image", cv2.imencode(".png", pixels.astype(np.uint16) * 257)[1].tobytes()
    found["alpha.png"] = "image", cv2.imencode(".png", np.dstack([pixels, pixels[..., 0]]))[1].tobytes()
    found["float.tiff"] = "image", cv2.imencode(".tiff", (pixels / 255).astype(np.float32))[1].tobytes()
    tone = 0.3 * np.sin(np.arange(16000) / 9)
    for ending, kind in SOUNDS.items():
        stream = io.BytesIO()
        soundfile.write(stream, tone, 16000, format=kind)
        found[ending] = "audio", stream.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        for ending, code in FILMS.items():
            path = Path(folder, f"film.{ending}")
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), 10, (64, 48))
            for shift in range(12):
                writer.write(np.roll(pixels, shift, axis=1))
            writer.release()
            found[ending] = "video", path.read_bytes()
        np.save(f"{folder}/rows.npy", rng.normal(size=(9, 5)))
        np.savez_compressed(f"{folder}/rows.npz", text=rng.normal(size=(9, 5)), ids=list("abcdefghi"))
        savemat(f"{folder}/rows.mat", {"text": rng.normal(size=(9, 5))}, do_compression=True)
        for ending in ("npy", "npz", "mat"):
            found[ending] = "embeddings", Path(folder, f"rows.{ending}").read_bytes()
    lines = [f"word{i} " + " ".join(f"{x:.3f}" for x in rng.normal(size=5)) for i in range(40)]
    glove = "\n".join(lines).encode() + b"\n"
    found["vec"] = "vectors", b"40 5\n" + glove
    found["glove"] = "vectors", glove
    found["gz"] = "vectors", gzip.compress(b"40 5\n" + glove)
    binary = b"".join(f"w{i} ".encode() + rng.normal(size=5).astype("<f4").tobytes() for i in range(40))
    found["bin"] = "vectors", b"40 5\n" + binary
    found["run"] = (
        "run",
        "".join(f"q{i} Q0 d{j} {j} {9 - j}.5 r\n" for i in range(5) for j in range(9)).encode(),
    )
    found["qrels"] = "qrels", "".join(f"q{i} 0 d{j} {j % 2}\n" for i in range(5) for j in range(9)).encode()
    rows = [{"id": f"i{i}", "text": f"a caption of {i}", "label": "ab"[i % 2]} for i in range(30)]
    found["jsonl"] = "manifest", "".join(json.dumps(row) + "\n" for row in rows).encode()
    found["csv"] = "manifest", b"id,text,label\n" + b"".join(b"i%d,a caption,x\n" % i for i in range(30))
    found["txt"] = "text", ("a caption of several words, naïve café\n" * 30).encode()
    return found


def cases(scratch: Path) -> Iterator[Case]:
    """All cases; files that they share are made in ``scratch``."""
    good = good_files()
    for ending, (reader, content) in good.items():
        for name, spoil in SPOILED.items():
            half = name in ("half", "three quarters") and ending in NEVER_HALF
            empty = name in ("empty", "zeros") and not (reader == "text" and name == "empty")
            yield Case(f"{name}.{ending}", reader, written(spoil(content)), half or empty)
        for name, make in SPECIAL.items():
            yield Case(f"{name}.{ending}", reader, make, True)
        other = good["mp3" if reader != "audio" else "png"][1]
        yield Case(f"of another kind.{ending}", reader, written(other), reader not in ("text",))
    yield from spoiled_models(scratch)
    for name, (reader, make) in BOMBS.items():
        yield Case(name, reader, make, name not in LEGAL)
