"""Containers of samples that announce lengths: wav, RF64, BW64, w64, aiff, au, caf; walked from their start.

A recorder that was never closed leaves 0 or the largest number where a length belongs; then the samples reach
to the end of the file. Where a length is too small, and the container reaches further without another chunk, too.
"""

import re
import struct
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Container", "container", "is_container", "joined"]

ByteOrder: TypeAlias = Literal["little", "big"]
MPEG_TAGS = (0x50, 0x55)  # formats of wav whose data are MPEG frames
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
NO_LENGTH = (0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x7FFFF000, 0xFFFFF000)

NEEDED = (b"fmt ", b"fact")  # chunks before the samples that say what they are
MOST_CHUNKS = 10_000  # before the samples; files have some ten
MOST_FILES = 10_000  # end to end
UNPADDED, MOST_PADDED = (b"data", b"fmt ", b"fact", b"LIST"), 8
#: Chunks behind the samples, which may be cut; others are known by their length.
CHUNKS = tuple(
    re.findall(
        b"....",
        b"LISTid3 ID3 cue smplinstfactbextPEAKJUNKPAD FLLRiXMLaxml_PMXplstacidDISPcartumidchnadata"
        b"COMMSSNDCOMTNAMEAUTHANNO(c) MARKINSTAPPLMIDICHAN",
    )
)
LONGEST_TRAILER = 4096  # bytes behind the samples that are no chunk; more is what a header forgot


class Container(NamedTuple):
    """What was found: the content with its lengths repaired, whether samples are missing, mpeg frames inside."""

    data: bytes
    is_cut: bool
    mpeg: bytes | None = None
    behind: int = 0  # bytes behind the samples that belong to nothing


def is_container(data: bytes) -> bool:
    """Whether content is of a kind that `container` walks through."""
    aiff = data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC")
    return _is_wav(data, 0) or data[:16] == W64_RIFF or aiff or data[:4] in (b".snd", b"dns.", b"caff")


def container(data: bytes) -> Container | None:
    """The `Container` that content is, or None for content of another kind."""
    kind = data[:4]
    if _is_wav(data, 0):
        return _wav(data, "big" if kind == b"RIFX" else "little", kind in (b"RF64", b"BW64"))
    if data[:16] == W64_RIFF:
        return _w64(data)
    if kind == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return _aiff(data)
    if kind == b"caff":
        return _caf(data)
    if kind in (b".snd", b"dns."):
        return _au(data, "big" if kind == b".snd" else "little")
    return None


def joined(data: bytes) -> list[bytes]:
    """The files of content that lie one behind the other, each of them of a kind that `container` walks through."""
    starts = [0]
    while len(starts) < MOST_FILES:
        end = _end(data, starts[-1])
        if end <= starts[-1] or not is_container(data[end : end + 16]):
            break
        starts.append(end)
    return [data[start:stop] for start, stop in zip(starts, [*starts[1:], None], strict=True)]


def _end(data: bytes, start: int) -> int:
    """The first byte behind the container that begins here, by what it announces."""
    head = data[start : start + 40]
    if head[:4] in (b".snd", b"dns."):
        order: ByteOrder = "big" if head[:1] == b"." else "little"
        return start + int.from_bytes(head[4:8], order) + int.from_bytes(head[8:12], order)
    if head[:16] == W64_RIFF:
        return start + (int.from_bytes(head[16:24], "little") + 7) // 8 * 8
    if head[:4] == b"caff":
        return _end_of_caf(data, start)
    if head[:4] in (b"RF64", b"BW64") and head[12:16] == b"ds64":
        size = int.from_bytes(head[20:28], "little")
    else:
        size = int.from_bytes(head[4:8], "big" if head[:4] in (b"RIFX", b"FORM") else "little")
    end = start + 8 + size
    return end + 1 if size % 2 and is_container(data[end + 1 : end + 17]) else end


def _end_of_caf(data: bytes, start: int) -> int:
    at = start + 8
    for _ in range(MOST_CHUNKS):
        size = int.from_bytes(data[at + 4 : at + 12], "big", signed=True)
        if at + 12 > len(data) or data[at : at + 4] == b"caff" or size < 0:
            break
        at += 12 + size
    return at


def _is_wav(data: bytes, at: int) -> bool:
    return data[at : at + 4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and data[at + 8 : at + 12] == b"WAVE"


def _wav(data: bytes, order: ByteOrder, is_64: bool) -> Container:
    at, tag, long_size, block, n_padded = 12, None, None, 1, 0
    needed: list[bytes] = []
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
        if name in NEEDED and (chunk := data[at : body + size + size % 2]) not in needed:
            needed.append(chunk)
        if name == b"data":
            return _wav_data(
                data, order, at, size, long_size if is_64 else None, tag, block, b"".join(needed)
            )
        at = body + size + size % 2
        if size % 2 and data[at - 1 : at + 3] in UNPADDED and n_padded < MOST_PADDED:
            n_padded += 1  # its writer forgot the byte behind odd lengths
            data = data[: at - 1] + b"\0" + data[at - 1 :]
    else:
        return Container(data[:MOST_CHUNKS], True)
    # without a chunk of samples: cut where the last chunk reaches over the end, else libsndfile says what is wrong
    return Container(data, at > len(data))


def _wav_data(
    data: bytes,
    order: ByteOrder,
    at: int,
    size: int,
    long_size: int | None,
    tag: int | None,
    block: int,
    needed: bytes,
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
    behind = 0
    if not unknown and size <= available:
        end = body + size + size % 2
        whole = int.from_bytes(data[4:8] if long_size is None else data[20:28], order)
        forgotten, behind = _unannounced(data, end, 8 + whole, order)
        if forgotten:
            unknown, size = True, size + forgotten - (size + forgotten) % block
    is_cut = size > available
    if tag in MPEG_TAGS:
        return Container(data, is_cut, data[body : body + min(size, available)])
    end = body + size + size % 2
    behind = behind or _more_samples(data, end, order)
    is_plain = not unknown and at == 12 + len(needed) and end >= len(data)
    if not is_plain and not is_cut:  # libsndfile takes some chunks for others: none but those that it needs
        head = b"RIFX" if order == "big" else b"RIFF"
        rest = needed + b"data" + size.to_bytes(4, order) + data[body : body + size] + b"\0" * (size % 2)
        data = head + (4 + len(rest)).to_bytes(4, order) + b"WAVE" + rest
    return Container(data, is_cut, behind=behind)


def _unannounced(data: bytes, end: int, whole: int, order: ByteOrder) -> tuple[int, int]:
    """Bytes behind the announced samples that are samples as well, and that belong to nothing.

    ``end`` is the first byte behind the samples, ``whole`` the end of the container as it announces it.
    """
    tail = len(data) - end
    if tail <= LONGEST_TRAILER or data[end : end + 4] in CHUNKS or not data[end:].strip(b"\0"):
        return 0, 0
    if _is_chunk(data, end, order) or _is_chunk(data, end - 1, order):  # not padded
        return 0, 0
    inside = min(whole, len(data)) - end
    return (inside, 0) if inside > LONGEST_TRAILER else (0, tail)


def _is_chunk(data: bytes, at: int, order: ByteOrder) -> bool:
    """Whether a chunk that fits the file starts here."""
    name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], order)
    return len(data) >= at + 8 and name.isascii() and name.strip().isalnum() and at + 8 + size <= len(data)


def _more_samples(data: bytes, at: int, order: ByteOrder) -> int:
    """Bytes of a second chunk of samples, which decoders pass over."""
    for _ in range(MOST_CHUNKS):
        size = int.from_bytes(data[at + 4 : at + 8], order)
        if data[at : at + 4] == b"data":
            return min(size, len(data) - at - 8)
        if not _is_chunk(data, at, order):
            break
        at += 8 + size + size % 2
    return 0


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
            if at + size > len(data):
                return Container(data, True)
            end = at + (size + 7) // 8 * 8
            whole = int.from_bytes(data[16:24], "little")
            forgotten, behind = _unannounced(data, end, whole, "little")
            size += forgotten - forgotten % block
            head = data[: at + 16] + struct.pack("<Q", size)
            return Container(head + data[at + 24 : at + size], False, behind=behind)
        if size < 24:
            return Container(data, True)
        at += (size + 7) // 8 * 8
    return Container(data, True)


def _aiff(data: bytes) -> Container:
    at, announced = 12, 0
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if name == b"COMM" and data[8:12] == b"AIFF":  # without compression
            n_channels, n_frames, bits = struct.unpack(">HIH", data[at + 8 : at + 16].ljust(8, b"\0"))
            announced = n_channels * n_frames * -(-bits // 8)
        if name == b"SSND":
            streamed = size in NO_LENGTH or size <= 8
            if streamed:
                return Container(data, False)
            end = at + 8 + size + size % 2
            forgotten, behind = _unannounced(data, end, 8 + int.from_bytes(data[4:8], "big"), "big")
            if forgotten:
                data = data[: at + 4] + (size + forgotten).to_bytes(4, "big") + data[at + 8 :]
            is_cut = at + 8 + size > len(data) or announced > size + forgotten - 8
            return Container(data, is_cut, behind=behind)
        at += 8 + size + size % 2
    else:
        return Container(data[:MOST_CHUNKS], True)
    return Container(data, at > len(data))


def _au(data: bytes, order: ByteOrder) -> Container:
    offset, size = (int.from_bytes(data[i : i + 4], order) for i in (4, 8))
    if size == 0xFFFFFFFF or (size == 0 and len(data) > offset):
        size = max(0, len(data) - offset)
        data = data[:8] + (size & 0xFFFFFFFF).to_bytes(4, order) + data[12:]
    return Container(data, offset + size > len(data), behind=_unannounced(data, offset + size, 0, order)[1])


def _caf(data: bytes) -> Container:
    at, packet = 8, 1
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(data):
            break
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 12], "big", signed=True)
        if name == b"desc":
            packet = max(1, int.from_bytes(data[at + 28 : at + 32], "big"))
        if name == b"data":
            available = len(data) - at - 12
            if size <= 4 < available:  # unknown; four bytes are a count of edits
                size = 4 + (available - 4) // packet * packet
                data = data[: at + 4] + size.to_bytes(8, "big") + data[at + 12 : at + 12 + size]
            return Container(data, size > available, behind=_unannounced(data, at + 12 + size, 0, "big")[1])
        if size < 0:
            break
        at += 12 + size
    else:
        return Container(data[:MOST_CHUNKS], True)
    return Container(data, at > len(data))
