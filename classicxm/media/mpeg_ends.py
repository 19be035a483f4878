"""Whether an MPEG program or transport stream (ISO/IEC 13818-1) stops before its end, by how multiplexers end one.

Neither announces its length. A program stream is made of packs of one size, of which the last is filled up; a packet of
a transport stream that ends a frame is filled up too, except where the frame happens to end with it (1 in 184).
"""

import math
import re
from typing import BinaryIO

__all__ = ["packet_layout", "program_is_cut", "transport_is_cut", "without_padding"]

SYNC = 0x47
TAIL = 1 << 22  # bytes at the end that are looked at
PACK = re.compile(rb"\x00\x00\x01\xba")
PADDING, END, FILLED = 0xBE, 0xB9, b"\xff" * 8
SMALLEST_SECTOR = 1024  # bytes, of which packs of one size are made


def packet_layout(head: bytes) -> tuple[int, int] | None:
    """Where the first packet's mark stands and how long packets are: plain, or of Blu-ray; None for another kind."""
    for start, packet in ((0, 188), (4, 192)):
        if len(head) > start + 2 * packet and all(head[start + i * packet] == SYNC for i in range(3)):
            return start, packet
    return None


def without_padding(data: bytes) -> bytes:
    """The packets of a transport stream without zeros behind them; content of another kind as it is."""
    if (layout := packet_layout(data[:512])) is None:
        return data
    length = len(data.rstrip(b"\0"))
    return data[: -(-length // layout[1]) * layout[1]]  # the last packet may end in zeros of its own


def transport_is_cut(file: BinaryIO, size: int, start: int, packet: int) -> bool:
    """Whether a transport stream ends inside a packet or inside a frame."""
    from_byte = max(0, size - TAIL) // packet * packet
    file.seek(from_byte)
    data = file.read(TAIL + packet)
    n = len(data) // packet
    while n > 3 and any(data[(n - i) * packet + start] != SYNC for i in (1, 2, 3)):
        n -= 1  # what somebody appended
    rest = data[n * packet + start : (n + 1) * packet]
    if rest[:1] == bytes([SYNC]):
        return True
    missing: dict[
        int, int | None
    ] = {}  # bytes that each stream's frame lacks; None: not announced, filled to the end
    for at in range(start, n * packet, packet):
        _take(data[at : at + 188], missing)
    return any(lacks is None or lacks > 0 for lacks in missing.values())


def _take(packet: bytes, missing: dict[int, int | None]) -> None:
    stream, control = int.from_bytes(packet[1:3], "big") & 0x1FFF, packet[3] >> 4 & 3
    begins = 4 + (1 + packet[4] if control & 2 else 0)
    payload = packet[begins:] if control & 1 else b""
    if packet[1] & 0x40:
        if payload[:3] != b"\0\0\1":  # a table
            missing.pop(stream, None)
            return
        announced = int.from_bytes(payload[4:6], "big")
        missing[stream] = announced + 6 - len(payload) if announced else -1
    elif stream in missing and payload:
        lacks = missing[stream]
        if lacks is not None and lacks > 0:
            missing[stream] = lacks - len(payload)
            return
    elif stream not in missing:
        return
    if missing[stream] in (None, -1):
        missing[stream] = None if len(payload) == 184 else -1


def program_is_cut(file: BinaryIO, size: int) -> bool:
    """Whether a program stream ends inside a packet, or with a pack that is not filled up where others are."""
    from_byte = max(0, size - TAIL)
    file.seek(from_byte)
    data = file.read(TAIL)
    packs = [found.start() for found in PACK.finditer(data)]
    if not packs:
        return False
    at, kinds = packs[-1], []
    while (length := _packet_length(data[at : at + 16])) > 0:
        kinds.append(data[at + 3])
        at += length
    if at > len(data) or data[-3:] == b"\0\0\1":
        return True
    if END in kinds:
        return False
    gaps = [behind - before for before, behind in zip(packs[-5:-1], packs[-4:], strict=False)]
    sector = math.gcd(*gaps)
    if len(gaps) < 3 or sector < SMALLEST_SECTOR:  # packs of any size
        return len(kinds) < 2  # a pack with nothing in it
    return (PADDING not in kinds and data[at - 8 : at] != FILLED) or (at - packs[-1]) % sector != 0


def _packet_length(head: bytes) -> int:
    if head[:3] != b"\0\0\1" or len(head) < 4 or head[3] < END:
        return 0
    if head[3] == END:
        return 4
    if head[3] != 0xBA:
        return 6 + int.from_bytes(head[4:6], "big")
    if len(head) < 12 or (head[4] >> 6 == 1 and len(head) < 14):
        return 14
    return 14 + (head[13] & 7) if head[4] >> 6 == 1 else 12
