"""Containers of samples that announce lengths: wav, RF64, BW64, w64, aiff, au; walked from their start.

A recorder that was never closed leaves 0 or the largest number where a length belongs; then the samples reach
to the end of the file.
"""

import struct
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Container", "container"]

ByteOrder: TypeAlias = Literal["little", "big"]
MPEG_TAGS = (0x50, 0x55)  # formats of wav whose data are MPEG frames
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
NO_LENGTH = (0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x7FFFF000, 0xFFFFF000)

MOST_CHUNKS = 10_000  # before the samples; files have some ten


class Container(NamedTuple):
    """What was found: the content with its lengths repaired, whether samples are missing, mpeg frames inside."""

    data: bytes
    is_cut: bool
    mpeg: bytes | None = None


def container(data: bytes) -> Container | None:
    """The `Container` that content is, or None for content of another kind."""
    kind = data[:4]
    if kind in (b"RIFF", b"RIFX", b"RF64", b"BW64") and data[8:12] == b"WAVE":
        return _wav(data, "big" if kind == b"RIFX" else "little", kind in (b"RF64", b"BW64"))
    if data[:16] == W64_RIFF:
        return _w64(data)
    if kind == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return _aiff(data)
    if kind in (b".snd", b"dns."):
        return _au(data, "big" if kind == b".snd" else "little")
    return None


def _wav(data: bytes, order: ByteOrder, is_64: bool) -> Container:
    at, tag, long_size, block = 12, None, None, 1
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], order)
        body = at + 8
        if name == b"ds64":
            long_size = int.from_bytes(data[body + 8 : body + 16], "little")
        if name == b"fmt ":
            tag = int.from_bytes(data[body : body + 2], order)
            block = max(1, int.from_bytes(data[body + 12 : body + 14], order))
        if name == b"data":
            return _wav_data(data, order, at, size, long_size if is_64 else None, tag, block)
        at = body + size + size % 2
    else:
        return Container(data[:MOST_CHUNKS], True)
    # without a chunk of samples: cut where the last chunk reaches over the end, else libsndfile says what is wrong
    return Container(data, at > len(data))


def _wav_data(
    data: bytes, order: ByteOrder, at: int, size: int, long_size: int | None, tag: int | None, block: int
) -> Container:
    body, available = at + 8, len(data) - at - 8
    if long_size is not None and size == 0xFFFFFFFF:
        size, unknown = long_size, long_size in (0, 0xFFFFFFFFFFFFFFFF)
    else:
        unknown = size in NO_LENGTH and size != 0
    if size == 0:  # truly empty, unless the file goes on with what is no chunk
        unknown = available > 0 and not _is_chunk(data, body, order)
    if unknown:
        size = available - available % block
    is_cut = size > available
    if tag in MPEG_TAGS:
        return Container(data, is_cut, data[body : body + min(size, available)])
    if unknown:  # the plain form of the container, with the lengths that were found
        head = b"RIFX" if order == "big" else b"RIFF"
        chunks = _without_ds64(data[12:at], order)
        sample_bytes = data[body : body + size]
        rest = chunks + b"data" + size.to_bytes(4, order) + sample_bytes + b"\0" * (size % 2)
        data = head + (4 + len(rest)).to_bytes(4, order) + b"WAVE" + rest
    return Container(data, is_cut)


def _is_chunk(data: bytes, at: int, order: ByteOrder) -> bool:
    """Whether a chunk that fits the file starts here."""
    name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], order)
    return len(data) >= at + 8 and name.isascii() and name.strip().isalnum() and at + 8 + size <= len(data)


def _without_ds64(chunks: bytes, order: ByteOrder) -> bytes:
    if chunks[:4] != b"ds64":
        return chunks
    size = int.from_bytes(chunks[4:8], order)
    return chunks[8 + size + size % 2 :]


def _w64(data: bytes) -> Container:
    at, block = 40, 1
    for _ in range(MOST_CHUNKS):
        if at + 24 > len(data):
            break
        name, size = data[at : at + 4], int.from_bytes(data[at + 16 : at + 24], "little")
        if name == b"fmt ":
            block = max(1, int.from_bytes(data[at + 36 : at + 38], "little"))
        if name == b"data":
            if size in (0, 24) or size >= 1 << 62:
                length = len(data) - at - 24
                size = 24 + length - length % block
                repaired = data[: at + 16] + struct.pack("<Q", size) + data[at + 24 : at + size]
                return Container(repaired[:16] + struct.pack("<Q", len(repaired)) + repaired[24:], False)
            return Container(data, at + size > len(data))
        if size < 24:
            return Container(data, True)
        at += (size + 7) // 8 * 8
    return Container(data, True)


def _aiff(data: bytes) -> Container:
    at = 12
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if name == b"SSND":
            streamed = size in NO_LENGTH or size <= 8
            return Container(data, not streamed and at + 8 + size > len(data))
        at += 8 + size + size % 2
    else:
        return Container(data[:MOST_CHUNKS], True)
    return Container(data, at > len(data))


def _au(data: bytes, order: ByteOrder) -> Container:
    offset, size = (int.from_bytes(data[i : i + 4], order) for i in (4, 8))
    if size == 0xFFFFFFFF or (size == 0 and len(data) > offset):
        size = max(0, len(data) - offset)
        data = data[:8] + (size & 0xFFFFFFFF).to_bytes(4, order) + data[12:]
    return Container(data, offset + size > len(data))
