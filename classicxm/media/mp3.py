"""MPEG audio (mp1, mp2, mp3): the frames of a stream, counted one by one (ISO/IEC 11172-3, 13818-3)."""

import re
import struct
from typing import NamedTuple

__all__ = ["Frame", "Stream", "behind_tags", "frame_at", "looks_like_mpeg", "streams"]

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
#: What may be the header of a frame that says its length: synchronisation, a bit rate, a sample rate.
HEADER = re.compile(
    rb"(?=\xff[\xe2-\xe7\xf2-\xff]["
    + b"".join(b"\\x%02x" % n for n in range(16, 240) if n & 12 != 12)
    + rb"])"
)
FARTHEST = 1 << 26  # bytes between frames that are looked through
MOST_CANDIDATES = 1_000_000  # headers that are looked for between frames, over all of a file
LATEST_START = 65536  # bytes before the first frame of what was cut out of a stream


class Frame(NamedTuple):
    """Header of one frame: its length in bytes (0: free format), samples per channel, rate in Hz, channels."""

    length: int
    n_samples: int
    sample_rate: int
    mark: int  # offset at which a Xing or Info mark would stand
    padding: int
    kind: int  # the header bits that stay the same within a stream
    is_mono: bool


class Stream(NamedTuple):
    """One encoded piece: ``data`` with an accurate header frame, or why it is not whole.

    ``skipped`` counts the bytes before and between its frames that are neither frames nor tags.
    """

    data: bytes
    n_samples: int
    problem: str | None
    skipped: int = 0


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
    return Frame(length, n_samples, rate, 4 + side, slot, word & 0xFFFE0C00, mono)


def behind_tags(data: bytes) -> bytes:
    """The content without the ID3 tags that it starts with, whatever it is."""
    return data[_after_tags(data, 0) :] if data[:3] == b"ID3" else data


def looks_like_mpeg(data: bytes) -> bool:
    """Whether content, behind its tags, starts with two frames in a row, or soon has four: a cut out of a stream."""
    at = _after_tags(data, 0)
    first = frame_at(data, at)
    if first is not None:
        second = at + (first.length or _free_length(data, at, first))
        if second == len(data) or frame_at(data, second) is not None:
            return True
    return _next_frame(data[: at + LATEST_START], at, None, MOST_CANDIDATES)[0] is not None


def streams(data: bytes) -> list[Stream]:
    """The pieces of content whose every frame has been counted: list of `Stream`.

    A frame that carries a Xing, Info or VBRI mark holds no sound and starts a new piece: files are often
    joined end to end. So does one of another sample rate, or of one channel after two. Tags between and behind
    the frames are passed over, and so is what is no frame, whose bytes are counted where frames follow.
    """
    pieces: list[_Piece] = []
    at, free, skipped, tried = _after_tags(data, 0), 0, 0, 0
    while at < len(data):
        frame = frame_at(data, at)
        if frame is None:
            behind = _after_tags(data, at)
            if behind == at:
                kind = pieces[-1].first.kind if pieces else None
                following, n = _next_frame(data, at, kind, MOST_CANDIDATES - tried)
                if following is None:
                    break
                behind, tried, skipped = following, tried + n, skipped + following - at
            at = behind
            continue
        if not frame.length:
            free = free or _free_length(data, at, frame) - frame.padding
        length = frame.length or free + frame.padding
        is_cut = length <= 4 or at + length > len(data)
        mark = None if is_cut else _marked_count(data, at, frame)
        if not pieces or mark is not None or pieces[-1].differs(frame):
            pieces.append(_Piece(frame, mark, skipped))
            skipped = 0
        pieces[-1].skipped += skipped
        skipped = 0
        if is_cut:
            pieces[-1].is_cut = True
            break
        pieces[-1].take(at, at + length, is_sound=mark is None)
        at += length
    # a container may say that it holds MPEG audio and hold something else
    return [piece.stream(data) for piece in pieces] or [Stream(b"", 0, "holds no MPEG frame")]


class _Piece:
    """A stream while its frames are counted."""

    def __init__(self, first: Frame, marked: int | None, skipped: int) -> None:
        self.first, self.marked, self.skipped = first, marked, skipped
        self.spans: list[tuple[int, int]] = []
        self.n_frames, self.is_cut = 0, False

    def differs(self, frame: Frame) -> bool:
        return (frame.sample_rate, frame.is_mono) != (self.first.sample_rate, self.first.is_mono)

    def take(self, start: int, end: int, is_sound: bool) -> None:
        if self.spans and self.spans[-1][1] == start:
            start = self.spans.pop()[0]
        self.spans.append((start, end))
        self.n_frames += is_sound

    def stream(self, data: bytes) -> Stream:
        n, marked, each = self.n_frames, self.marked, self.first.n_samples
        problem = "stops inside its last frame" if self.is_cut else None
        if problem is None and marked and n < marked - 1:
            problem = f"stops before its end, at sample {n * each:,} of {marked * each:,}"
        encoded = b"".join(data[start:end] for start, end in self.spans)
        if marked is None or n > marked:  # no count, or one that is too small: ours is put before the frames
            if marked is not None:
                encoded = encoded[self.first.length :]
            encoded = _counting_frame(encoded, n) + encoded
        return Stream(encoded, n * each, problem, self.skipped)


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


def tag_length(head: bytes) -> int:
    """Bytes of the ID3 or APE tag whose first 32 bytes these are; 0 where none starts.

    >>> tag_length(b"TAG"), tag_length(b"ID3" + bytes(6) + bytes([5])), tag_length(b"OggS")
    (128, 15, 0)
    """
    if head[:3] == b"ID3" and len(head) >= 10:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 127
        return 10 + size + (10 if head[5] & 16 else 0)
    if head[:8] == b"APETAGEX" and len(head) >= 32:
        return int.from_bytes(head[12:16], "little") + (32 if head[23] & 32 else 0)
    return 128 if head[:3] == b"TAG" else 0


def _after_tags(data: bytes, at: int) -> int:
    """The first byte behind ID3, APE and lyrics tags, and zeros, that start here."""
    for _ in range(MOST_TAGS):
        before = at
        if length := tag_length(data[at : at + 32]):
            at += length
        elif data[at : at + 11] == b"LYRICSBEGIN":
            end = data.find(b"LYRICS200", at)
            at = end + 9 if end >= 0 else len(data)
        elif data[at : at + 1] == b"\0":
            found = NOT_ZERO.search(data, at)
            at = found.start() if found else len(data)
        if at == before or at >= len(data):
            break
    return min(at, len(data))


def _next_frame(data: bytes, at: int, kind: int | None, most: int) -> tuple[int | None, int]:
    """Where frames go on behind bytes that are none, and how many places were tried: at most so many.

    Frames of the given kind must be two in a row, others four, or reach to the end.
    """
    tried = 0
    for tried, found in enumerate(HEADER.finditer(data, at, at + FARTHEST), start=1):
        if tried > most:
            break
        frame = frame_at(data, found.start())
        if frame and frame.length and _is_row(data, found.start(), frame, 2 if frame.kind == kind else 4):
            return found.start(), tried
    return None, tried


def _is_row(data: bytes, at: int, first: Frame, least: int) -> bool:
    for _ in range(least):
        frame = frame_at(data, at)
        if frame is None or not frame.length or frame.kind != first.kind:
            return False
        at += frame.length
        if at == len(data):
            return True
    return at < len(data)


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
