"""Small files that ask for much: pictures, sounds, films and archives that unfold beyond all bounds."""

import gzip
import io
import struct
import zipfile
import zlib

import cv2
import numpy as np
import soundfile

from benchmarks.spoiled_files import sparse_file, written

__all__ = ["BOMBS", "LEGAL"]

GIB = 1 << 30


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
    return sparse_file(44 + n_samples, head)


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
    "bomb.pgm": ("image", sparse_file(90_000_020, b"P5 9999 9000 255\n")),
    "wide bomb.pgm": ("image", sparse_file(1000, b"P5 99999999 99999999 255\n")),
    "written out bomb.ppm": ("image", _repeated(b"1 ", 120_000_000, b"P3 5000 4000 255\n")),
    "bits bomb.pbm": ("image", sparse_file(200, b"P4 9999999 9999999\n")),
    "bomb.bmp": (
        "image",
        sparse_file(54, b"BM" + bytes(12) + struct.pack("<IiiHH", 40, 60000, 60000, 1, 24)),
    ),
    "bomb.gif": ("image", _gif(9000, 1)),
    "bomb.hdr": ("image", sparse_file(4_000_000, b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 9999 +X 9999\n")),
    "zeros of 200 MB.jpg": ("image", sparse_file(200 << 20)),
    "1 Hz.wav": ("audio", _wav(1, 90000)),
    "188 million samples.wav": ("audio", _wav(8000, 188_000_000)),
    "59 million samples.wav": ("audio", _wav(8000, 59_000_000)),
    "61 million samples.flac": ("audio", _flac(61_000_000)),
    "sparse 200 MB.ogg": ("audio", sparse_file(200 << 20, b"OggS")),
    "sparse 200 MB.mp3": ("audio", sparse_file(200 << 20, b"ID3\4\0\0\0\0\0\0")),
    "endless tags.mp3": ("audio", _repeated(b"ID3\4\0\0\0\0\0\0", 50_000_000)),
    "endless pages.ogg": ("audio", _repeated(b"OggS\0\2" + bytes(20) + b"\0", 50_000_000)),
    "endless sync.mp3": ("audio", _repeated(b"\xff\xfb\x90\x00", 50_000_000)),
    "endless chunks.wav": (
        "audio",
        _repeated(b"junk\0\0\0\0", 50_000_000, b"RIFF\xff\xff\xff\x7fWAVE"),
    ),
    "65535 channels.wav": (
        "audio",
        sparse_file(
            1 << 20,
            b"RIFF\xf8\xff\x0f\0WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 65535, 8000, 8000, 65535, 8)
            + b"data\0\0\x0f\0",
        ),
    ),
    "many frames bomb.gif": ("video", _gif(4000, 900)),
    "wide bomb of films.gif": ("video", _gif(12000, 3)),
    "large frames.mp4": ("video", _film(4096, 20)),
    "sparse.mp4": ("video", sparse_file(6 * GIB, b"\0\0\0\x18ftypmp42" + bytes(12))),
    "sparse.avi": ("video", sparse_file(6 * GIB, b"RIFF\0\0\0\x70AVI LIST")),
    "zeros 2 GB.npz": (
        "embeddings",
        lambda path: _zipped(path, "text.npy", _npy_head((1 << 18, 1024)), 2 * GIB),
    ),
    "announces 8 TB.npy": ("embeddings", written(_npy_head((10**6, 10**6)))),
    "announces 8 TB.npz": (
        "embeddings",
        lambda path: _zipped(path, "text.npy", _npy_head((10**6, 10**6)), 0),
    ),
    "zeros 1 GB.mat": ("embeddings", _mat),
    "sparse 8 GB.npy": ("embeddings", sparse_file(8 * GIB, _npy_head((1 << 20, 1024)))),
    "one line of 2 GB.gz": ("vectors", _gzipped(b"word ", 2 * GIB)),
    "6 GB line.vec": ("vectors", sparse_file(6 * GIB, b"word 0.1 ")),
    "absurd width.vec": ("vectors", written(b"3 99999999999\nword 1\n")),
    "absurd width.bin": ("vectors", written(b"3 99999\nword " + bytes(4000))),
    "word of 200 MB.bin": ("vectors", _repeated(b"w", 200_000_000, b"3 5\n\1")),
    "6 GB line.run": ("run", sparse_file(6 * GIB, b"q1 Q0 d1 1 ")),
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
    "sparse.csv": ("manifest", sparse_file(6 * GIB, b"id,text\n")),
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
