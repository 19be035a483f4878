"""Bad files of every kind that is read: cut, emptied, altered, of another kind, endless, absurd, and packed bombs."""

import gzip
import io
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import soundfile
from scipy.io import savemat

__all__ = ["Case", "cases", "good_files"]

GIB = 1 << 30
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


@dataclass(frozen=True)
class Case:
    """A bad file: its name, what reads it, how it is made, and whether it must be refused or warned of."""

    name: str
    reader: str
    write: Callable[[Path], object]
    must_fail: bool = False


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
            yield Case(f"{name}.{ending}", reader, _writing(spoil(content)), half or empty)
        for name, make in SPECIAL.items():
            yield Case(f"{name}.{ending}", reader, make, True)
        other = good["mp3" if reader != "audio" else "png"][1]
        yield Case(f"of another kind.{ending}", reader, _writing(other), reader not in ("text",))
    yield from _models(scratch)
    for name, (reader, make) in BOMBS.items():
        yield Case(name, reader, make, name not in LEGAL)


def _writing(content):
    return lambda path: path.write_bytes(content)


def _flipped(share, seed):
    def spoil(content):
        rng = np.random.default_rng(seed)
        data = np.frombuffer(content, np.uint8).copy()
        at = rng.integers(0, len(data), max(1, int(share * len(data))))
        data[at] ^= rng.integers(1, 256, len(at)).astype(np.uint8)
        return data.tobytes()

    return spoil


def _absurd(at, width):
    return lambda content: content[:at] + b"\xff" * width + content[at + width :]


SPOILED = {
    "empty": lambda content: b"",
    "one byte": lambda content: content[:1],
    "first 12 bytes": lambda content: content[:12],
    "first 64 bytes": lambda content: content[:64],
    "quarter": lambda content: content[: len(content) // 4],
    "half": lambda content: content[: len(content) // 2],
    "three quarters": lambda content: content[: len(content) * 3 // 4],
    "without its last byte": lambda content: content[:-1],
    "without its first byte": lambda content: content[1:],
    "zeros": lambda content: bytes(len(content)),
    "zeros behind half": lambda content: content[: len(content) // 2].ljust(len(content), b"\0"),
    "random": lambda content: np.random.default_rng(1).bytes(len(content)),
    "all ones": lambda content: b"\xff" * len(content),
    "one byte flipped": _flipped(0, 2),
    "a hundredth flipped": _flipped(0.01, 3),
    "a tenth flipped": _flipped(0.1, 4),
    "absurd at 4": _absurd(4, 4),
    "absurd at 16": _absurd(16, 8),
    "absurd at 24": _absurd(24, 8),
    "absurd at 40": _absurd(40, 8),
    "line ends of dos": lambda content: content.replace(b"\n", b"\r\n"),
    "seven bits": lambda content: bytes(byte & 127 for byte in content),
    "as utf-16": lambda content: content.decode("latin-1").encode("utf-16"),
    "twice": lambda content: content + content,
    "a web page": lambda content: b"<!DOCTYPE html><html><body>404 Not Found</body></html>\n",
    "large trailer": lambda content: content + bytes(5_000_000),
}


def _sparse(n_bytes, start=b""):
    def make(path):
        with open(path, "wb") as file:
            file.write(start)
            file.truncate(n_bytes)

    return make


def _socket(path):
    made = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(path.parent)  # names of sockets are short
    try:
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()


SPECIAL = {
    "pipe": os.mkfifo,
    "folder": os.mkdir,
    "socket": _socket,
    "missing": lambda path: None,
    "device zero": lambda path: path.symlink_to("/dev/zero"),
    "device random": lambda path: path.symlink_to("/dev/urandom"),
    "device null": lambda path: path.symlink_to("/dev/null"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "sparse": _sparse(8 * GIB),
}


def _png(width, height, depth, n_zeros):
    def make(path):
        pack = zlib.compressobj(9)
        packed = b"".join(pack.compress(bytes(1 << 20)) for _ in range(n_zeros >> 20)) + pack.flush()
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 6, 0, 0, 0)), (b"IDAT", packed)]
        content = b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in [*chunks, (b"IEND", b"")]
        )
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)

    return make


def _jpeg_of(width, height):
    def make(path):
        data = bytearray(cv2.imencode(".jpg", np.zeros((16, 16), np.uint8))[1].tobytes())
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
        path.write_bytes(data)

    return make


def _jpeg_with(filler):
    def make(path):
        data = cv2.imencode(".jpg", np.zeros((16, 16), np.uint8))[1].tobytes()
        path.write_bytes(data[:-2] + filler * (60_000_000 // len(filler)) + data[-2:])

    return make


def _zipped(path, name, start, n_zeros):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        file.write(start)
        for _ in range(n_zeros >> 20):
            file.write(bytes(1 << 20))


def _npy_head(shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def _mat(path):
    pack = zlib.compressobj(9)
    n = GIB
    head = struct.pack("<IIIIIIII", 14, n + 56, 6, 8, 6, 0, 5, 8) + struct.pack("<II", 1, n // 8)
    head += struct.pack("<HHI", 1, 4, 0x74786574) + struct.pack("<II", 9, n)
    packed = (
        pack.compress(head) + b"".join(pack.compress(bytes(1 << 20)) for _ in range(n >> 20)) + pack.flush()
    )
    path.write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + struct.pack("<II", 15, len(packed)) + packed
    )


def _gzipped(start, n_bytes):
    def make(path):
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(start)
            for _ in range(n_bytes >> 20):
                file.write(b"a " * (1 << 19))

    return make


def _wav(rate, n_samples):
    """Silence of one channel and 8 bits, sparse."""
    head = b"RIFF" + struct.pack("<L", 36 + n_samples) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8) + b"data" + struct.pack("<L", n_samples)
    return _sparse(44 + n_samples, head)


def _flac(n_samples):
    return lambda path: soundfile.write(path, np.zeros(n_samples, np.int16), 8000, format="FLAC")


def _gif(side, n_frames):
    """Frames of one colour: every code stands for a run that is one longer than the one before (LZW's own growth)."""

    def make(path):
        bits, n_bits, left = 0, 0, side * side
        packed = bytearray()

        def put(code, width):
            nonlocal bits, n_bits
            bits |= code << n_bits
            n_bits += width
            while n_bits >= 8:
                packed.append(bits & 255)
                bits, n_bits = bits >> 8, n_bits - 8

        width = 3
        while left > 0:
            put(4, width)  # the table is cleared; codes 6 and on are free
            following, width, length = 6, 3, 1
            while left > 0 and following < 4094:
                run = min(length, left)
                put(0 if run == 1 else 4 + run, width)
                left, length = left - run, length + 1
                if length > 2:
                    following += 1
                if following == 1 << width and width < 12:
                    width += 1
        put(5, width)
        packed.append(bits & 255)
        blocks = (packed[start : start + 255] for start in range(0, len(packed), 255))
        frame = (
            b"\x2c"
            + struct.pack("<HHHHB", 0, 0, side, side, 0)
            + b"\2"
            + b"".join(bytes([len(block)]) + block for block in blocks)
            + b"\0"
        )
        head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x81, 0, 0) + bytes(12)
        path.write_bytes(head + frame * n_frames + b";")

    return make


def _film(side, n_frames):
    def make(path):
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), 25, (side, side))
        for _ in range(n_frames):
            writer.write(np.zeros((side, side, 3), np.uint8))
        writer.release()

    return make


def _repeated(part, n_bytes, start=b"", end=b""):
    return lambda path: path.write_bytes(start + part * (n_bytes // len(part)) + end)


BOMBS = {
    "wide bomb.png": ("image", _png(60000, 60000, 8, 1 << 24)),
    "16 bit bomb.png": ("image", _png(9900, 9900, 16, 784 << 20)),
    "tall bomb.png": ("image", _png(1, 90_000_000, 8, 450 << 20)),
    "inflating bomb.png": ("image", _png(16, 16, 8, 2 * GIB)),
    "wide bomb.jpg": ("image", _jpeg_of(65500, 65500)),
    "9999 bomb.jpg": ("image", _jpeg_of(9999, 9999)),
    "endless restarts.jpg": ("image", _jpeg_with(b"\xff\xd0")),
    "endless ones.jpg": ("image", _jpeg_with(b"\xff")),
    "endless tables.jpg": ("image", _repeated(b"\xff\xdb\x00\x02", 60_000_000, b"\xff\xd8")),
    "many scans.jpg": ("image", _repeated(b"\xff\xda\x00\x02\x00", 60_000_000, b"\xff\xd8")),
    "bomb.pgm": ("image", _sparse(90_000_020, b"P5 9999 9000 255\n")),
    "wide bomb.pgm": ("image", _sparse(1000, b"P5 99999999 99999999 255\n")),
    "written out bomb.ppm": ("image", _repeated(b"1 ", 120_000_000, b"P3 5000 4000 255\n")),
    "bits bomb.pbm": ("image", _sparse(200, b"P4 9999999 9999999\n")),
    "bomb.bmp": ("image", _sparse(54, b"BM" + bytes(12) + struct.pack("<IiiHH", 40, 60000, 60000, 1, 24))),
    "bomb.gif": ("image", _gif(9000, 1)),
    "bomb.hdr": ("image", _sparse(4_000_000, b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 9999 +X 9999\n")),
    "zeros of 200 MB.jpg": ("image", _sparse(200 << 20)),
    "1 Hz.wav": ("audio", _wav(1, 90000)),
    "188 million samples.wav": ("audio", _wav(8000, 188_000_000)),
    "59 million samples.wav": ("audio", _wav(8000, 59_000_000)),
    "61 million samples.flac": ("audio", _flac(61_000_000)),
    "sparse 200 MB.ogg": ("audio", _sparse(200 << 20, b"OggS")),
    "sparse 200 MB.mp3": ("audio", _sparse(200 << 20, b"ID3\4\0\0\0\0\0\0")),
    "endless tags.mp3": ("audio", _repeated(b"ID3\4\0\0\0\0\0\0", 50_000_000)),
    "endless pages.ogg": ("audio", _repeated(b"OggS\0\2" + bytes(20) + b"\0", 50_000_000)),
    "endless sync.mp3": ("audio", _repeated(b"\xff\xfb\x90\x00", 50_000_000)),
    "endless chunks.wav": (
        "audio",
        _repeated(b"junk\0\0\0\0", 50_000_000, b"RIFF\xff\xff\xff\x7fWAVE"),
    ),
    "65535 channels.wav": (
        "audio",
        _sparse(
            1 << 20,
            b"RIFF\xf8\xff\x0f\0WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 65535, 8000, 8000, 65535, 8)
            + b"data\0\0\x0f\0",
        ),
    ),
    "many frames bomb.gif": ("video", _gif(4000, 900)),
    "wide bomb of films.gif": ("video", _gif(12000, 3)),
    "large frames.mp4": ("video", _film(4096, 20)),
    "sparse.mp4": ("video", _sparse(6 * GIB, b"\0\0\0\x18ftypmp42" + bytes(12))),
    "sparse.avi": ("video", _sparse(6 * GIB, b"RIFF\0\0\0\x70AVI LIST")),
    "zeros 2 GB.npz": (
        "embeddings",
        lambda path: _zipped(path, "text.npy", _npy_head((1 << 18, 1024)), 2 * GIB),
    ),
    "announces 8 TB.npy": ("embeddings", _writing(_npy_head((10**6, 10**6)))),
    "announces 8 TB.npz": (
        "embeddings",
        lambda path: _zipped(path, "text.npy", _npy_head((10**6, 10**6)), 0),
    ),
    "zeros 1 GB.mat": ("embeddings", _mat),
    "sparse 8 GB.npy": ("embeddings", _sparse(8 * GIB, _npy_head((1 << 20, 1024)))),
    "one line of 2 GB.gz": ("vectors", _gzipped(b"word ", 2 * GIB)),
    "6 GB line.vec": ("vectors", _sparse(6 * GIB, b"word 0.1 ")),
    "absurd width.vec": ("vectors", _writing(b"3 99999999999\nword 1\n")),
    "absurd width.bin": ("vectors", _writing(b"3 99999\nword " + bytes(4000))),
    "word of 200 MB.bin": ("vectors", _repeated(b"w", 200_000_000, b"3 5\n\1")),
    "6 GB line.run": ("run", _sparse(6 * GIB, b"q1 Q0 d1 1 ")),
    "line of 50 MB.qrels": ("qrels", _repeated(b"q ", 50_000_000)),
    "500 MB of line ends.jsonl": ("manifest", _repeated(b"\n", 500_000_000)),
    "100 MB of brackets.jsonl": ("manifest", _repeated(b"[", 100_000_000)),
    "100 MB of numbers.jsonl": (
        "manifest",
        _repeated(b"0,", 100_000_000, b'{"id": "a", "text": "b", "label": [', b"0]}\n"),
    ),
    "100 MB of objects.jsonl": (
        "manifest",
        _repeated(b"{},", 100_000_000, b'{"id": "a", "text": "b", "label": [', b"0]}\n"),
    ),
    "100 MB of rows.jsonl": ("manifest", _repeated(b"{}\n", 100_000_000)),
    "100 MB of commas.csv": ("manifest", _repeated(b",", 100_000_000, b"id,text\n")),
    "100 MB of rows.csv": ("manifest", _repeated(b"a\n", 100_000_000, b"id,text\n")),
    "open quote of 200 MB.csv": ("manifest", _repeated(b"a\n", 200_000_000, b'id,text\n1,"')),
    "sparse.csv": ("manifest", _sparse(6 * GIB, b"id,text\n")),
    "deep.jsonl": ("manifest", _repeated(b"[", 100_000, b'{"id": "a", "text": ', b"\n")),
    "digits.jsonl": ("manifest", _repeated(b"9", 1_000_000, b'{"id": "a", "text": "b", "year": ', b"}\n")),
    "240 MB of letters.txt": ("text", _repeated(b"a", 240_000_000)),
    "240 MB of words.txt": ("text", _repeated(b"a ", 240_000_000)),
    "30 MB of words.txt": ("text", _repeated(b"a b ", 30_000_000)),
    "30 MB of different words.txt": (
        "text",
        lambda path: path.write_text(" ".join(f"{i:x}q" for i in range(4_500_000))),
    ),
    "240 MB of wide letters.txt": ("text", _repeated("\N{GRINNING FACE}".encode(), 240_000_000)),
    "30 MB of Chinese.txt": ("text", _repeated("中文".encode(), 30_000_000)),
    "30 MB of marks.txt": ("text", _repeated("\u0301\u0323".encode(), 30_000_000, b"a")),
}
#: Bombs that are no more than large: reading them is right as well.
LEGAL = {
    "inflating bomb.png",
    "many frames bomb.gif",
    *("59 million samples.wav", "large frames.mp4", "9999 bomb.jpg", "bomb.pgm", "bomb.gif", "tall bomb.png"),
    *("30 MB of words.txt", "30 MB of Chinese.txt", "30 MB of different words.txt", "30 MB of marks.txt"),
    *("240 MB of letters.txt", "240 MB of words.txt", "240 MB of wide letters.txt", "sparse.mp4"),
    *("endless restarts.jpg", "endless ones.jpg"),
}

MODEL_SPECIAL = ("pipe", "folder", "missing", "device zero", "sparse")
MODEL = """
import sys
from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.image import ColorHistogram
from classicxm.search import LSHIndex
from classicxm.text import TfidfText
scenes = make_scenes(12, modalities=("text", "image"))
extractors = {"text": TfidfText(), "image": ColorHistogram()}
CrossModalRetriever(extractors, CCA(2), index=LSHIndex()).fit_collection(scenes).save(sys.argv[1])
"""


def _models(scratch):
    """A saved model of which one file is spoiled."""
    good = scratch / "good model"
    subprocess.run([sys.executable, "-W", "ignore", "-c", MODEL, str(good)], check=True)
    names = [path.relative_to(good) for path in sorted(good.rglob("*")) if path.is_file()]
    for name in names:
        content, told = (good / name).read_bytes(), name.as_posix().replace("/", " ")
        for kind in ("empty", "half", "zeros", "one byte flipped", "large trailer", "twice", *MODEL_SPECIAL):
            yield Case(f"model, {kind} {told}", "model", _model(good, name, content, kind), True)


def _model(good, name, content, kind):
    def make(path):
        for source in good.rglob("*"):
            copy = path / source.relative_to(good)
            if source.is_dir():
                copy.mkdir(parents=True, exist_ok=True)
            elif source.relative_to(good) != name:
                copy.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, copy)
        if kind in SPECIAL:
            SPECIAL[kind](path / name)
        else:
            (path / name).write_bytes(SPOILED[kind](content))

    return make
