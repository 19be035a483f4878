"""MPEG audio (mp1, mp2, mp3): the frames of a stream, counted one by one (ISO/IEC 11172-3, 13818-3)."""

import re
import struct
from typing import NamedTuple

__all__ = ["Frame", "Stream", "frame_at", "looks_like_mpeg", "streams"]

# kbit/s by index 1 to 14; version 1 by layer, then versions 2 and 2.5: layer 1, and layers 2 and 3
BIT_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
SAMPLE_RATES = (44100, 48000, 32000)
LARGEST_FREE_FRAME = 8192
MOST_TAGS = 1000  # in a row
NOT_ZERO = re.compile(rb"[^\0]")


class Frame(NamedTuple):
    """Header of one frame: its length in bytes (0: free format), samples per channel, rate in Hz."""

    length: int
    n_samples: int
    sample_rate: int
    mark: int  # offset at which a Xing or Info mark would stand
    padding: int
    kind: int  # the header bits that stay the same within a stream


class Stream(NamedTuple):
    """One encoded piece: ``data`` with an accurate header frame, or why it is not whole."""

    data: bytes
    n_samples: int
    problem: str | None


def frame_at(data: bytes, at: int) -> Frame | None:
    """The `Frame` whose header starts at a byte, or None."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    word = int.from_bytes(data[at : at + 4], "big")
    version, layer = (word >> 19) & 3, 4 - ((word >> 17) & 3)
    rate_index, rate_of = (word >> 12) & 15, (word >> 10) & 3
    if version == 1 or layer == 4 or rate_index == 15 or rate_of == 3:
        return None
    family = 1 if version == 3 else 2
    rate = SAMPLE_RATES[rate_of] >> {3: 0, 2: 1, 0: 2}[version]
    padding = (word >> 9) & 1
    n_samples = 384 if layer == 1 else 576 if layer == 3 and family == 2 else 1152
    length = 0
    if rate_index:
        bits = BIT_RATES[family, min(layer, 2) if family == 2 else layer][rate_index - 1] * 1000
        length = (12 * bits // rate + padding) * 4 if layer == 1 else n_samples // 8 * bits // rate + padding
    mono = (word >> 6) & 3 == 3
    side = (17 if mono else 32) if family == 1 else (9 if mono else 17)
    slot = padding * (4 if layer == 1 else 1)
    return Frame(length, n_samples, rate, 4 + side, slot, word & 0xFFFE0C00)


def looks_like_mpeg(data: bytes) -> bool:
    """Whether content, behind its tags, starts with two frames in a row."""
    at = _after_tags(data, 0)
    first = frame_at(data, at)
    if first is None:
        return False
    second = at + (first.length or _free_length(data, at, first))
    return second == len(data) or frame_at(data, second) is not None


def streams(data: bytes) -> list[Stream]:
    """The pieces of content whose every frame has been counted: list of `Stream`.

    A frame that carries a Xing, Info or VBRI mark holds no sound and starts a new piece: files are often
    joined end to end. Tags between and behind the frames are passed over.
    """
    at = _after_tags(data, 0)
    first = frame_at(data, at)
    if first is None:  # a container may say that it holds MPEG audio and hold something else
        return [Stream(b"", 0, "holds no MPEG frame")]
    found: list[Stream] = []
    marked: int | None = None
    start, frames, free = at, 0, 0
    while at < len(data):
        frame = frame_at(data, at)
        if frame is None:
            behind_tags = _after_tags(data, at)
            following = behind_tags if behind_tags != at else _resynchronized(data, at, first)
            if following is None:
                break
            at = following
            continue
        if not frame.length:
            free = free or _free_length(data, at, frame) - frame.padding
        length = frame.length or free + frame.padding
        if length <= 4 or at + length > len(data):
            found.append(_stream(data, start, at, first, frames, marked, "stops inside its last frame"))
            return found
        mark = _marked_count(data, at, frame)
        if mark is not None or frame.sample_rate != first.sample_rate:
            if frames or marked is not None:
                found.append(_stream(data, start, at, first, frames, marked))
            start, frames, marked, first = at, 0, mark, frame
        if mark is None:
            frames += 1
        at += length
    found.append(_stream(data, start, at, first, frames, marked))
    return found


def _stream(
    data: bytes,
    start: int,
    end: int,
    first: Frame,
    frames: int,
    marked: int | None,
    problem: str | None = None,
) -> Stream:
    if problem is None and marked and frames < marked - 1:
        problem = (
            f"stops before its end, at sample {frames * first.n_samples:,} of {marked * first.n_samples:,}"
        )
    piece = data[start:end]
    if marked is None or frames > marked:  # no count, or one that is too small: ours is put before the frames
        if marked is not None:
            piece = piece[first.length :]
        piece = _counting_frame(piece, frames) + piece
    return Stream(piece, frames * first.n_samples, problem)


def _counting_frame(piece: bytes, frames: int) -> bytes:
    """A silent frame with a Xing mark that announces so many frames; nothing for layers without one."""
    header = int.from_bytes(piece[:4], "big")
    frame = frame_at(piece, 0)
    if frame is None or (header >> 17) & 3 != 1:
        return b""
    for rate_index in range(1, 15):
        word = (header | 0x10000) & ~0xF200 | rate_index << 12  # without checksum and padding
        made = frame_at(word.to_bytes(4, "big"), 0)
        if made is not None and made.length >= made.mark + 16:
            mark = b"Xing" + struct.pack(">III", 3, frames, len(piece) + made.length)
            return (word.to_bytes(4, "big") + bytes(made.mark - 4) + mark).ljust(made.length, b"\0")
    return b""


def _marked_count(data: bytes, at: int, frame: Frame) -> int | None:
    """How many frames the mark in this frame announces (0: not said), or None without a mark."""
    for mark in (at + frame.mark, at + frame.mark + 2):  # behind a checksum it stands two bytes later
        if data[mark : mark + 4] in (b"Xing", b"Info"):
            said = data[mark + 7] & 1 if mark + 12 <= len(data) else 0
            return int.from_bytes(data[mark + 8 : mark + 12], "big") if said else 0
    if data[at + 36 : at + 40] == b"VBRI":
        return int.from_bytes(data[at + 50 : at + 54], "big")
    return None


def _after_tags(data: bytes, at: int) -> int:
    """The first byte behind ID3, APE and lyrics tags, and zeros, that start here."""
    for _ in range(MOST_TAGS):
        before = at
        if data[at : at + 3] == b"ID3" and at + 10 <= len(data):
            size = 0
            for byte in data[at + 6 : at + 10]:
                size = size << 7 | byte & 127
            at += 10 + size + (10 if data[at + 5] & 16 else 0)
        elif data[at : at + 3] == b"TAG":
            at += 128
        elif data[at : at + 8] == b"APETAGEX" and at + 32 <= len(data):
            size = int.from_bytes(data[at + 12 : at + 16], "little")
            at += size + (32 if data[at + 23] & 32 else 0)
        elif data[at : at + 11] == b"LYRICSBEGIN":
            end = data.find(b"LYRICS200", at)
            at = end + 9 if end >= 0 else len(data)
        elif data[at : at + 1] == b"\0":
            found = NOT_ZERO.search(data, at)
            at = found.start() if found else len(data)
        if at == before or at >= len(data):
            break
    return min(at, len(data))


def _resynchronized(data: bytes, at: int, first: Frame) -> int | None:
    """The next frame of the same kind that another one follows, within 64 kB of damage or padding."""
    for candidate in range(at + 1, min(at + 65536, len(data))):
        frame = frame_at(data, candidate)
        if frame and frame.kind == first.kind and frame.length:
            following = candidate + frame.length
            if following == len(data) or frame_at(data, following):
                return candidate
    return None


def _free_length(data: bytes, at: int, frame: Frame) -> int:
    """Bytes of a free-format frame: to the next header of the same kind."""
    start = data[at : at + 2]
    candidate = data.find(start, at + 24, at + LARGEST_FREE_FRAME)
    while candidate >= 0:
        following = frame_at(data, candidate)
        if following and not following.length and following.kind == frame.kind:
            return candidate - at
        candidate = data.find(start, candidate + 1, at + LARGEST_FREE_FRAME)
    return len(data) - at
