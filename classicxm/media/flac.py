"""FLAC (RFC 9639): the number of samples of a stream whose writer did not know it."""

__all__ = ["with_length"]

SIZES = {1: 192, **{i: 576 << i - 2 for i in range(2, 6)}, **{i: 256 << i - 8 for i in range(8, 16)}}
LONGEST_FRAME = 1 << 20


def _table(polynomial: int, bits: int) -> list[int]:
    values = []
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value >> bits - 1 else 0)
            value &= (1 << bits) - 1
        values.append(value)
    return values


CRC_8, CRC_16 = _table(0x07, 8), _table(0x8005, 16)


def with_length(data: bytes) -> tuple[bytes, bool]:
    """The same content with its total number of samples filled in, and whether it is cut: (bytes, bool).

    Where the header says 0 (unknown), the last frame is found by both of its checksums; its position gives the number.
    Content of another kind, or that says its length, comes back as it is.
    """
    if data[:4] != b"fLaC" or len(data) < 42 or int.from_bytes(data[21:26], "big") & (1 << 36) - 1:
        return data, False
    frames_from = _after_metadata(data)
    end = len(data) - 128 if data[-128:-125] == b"TAG" else len(data)
    if frames_from >= end:
        return data, frames_from > end
    total = _total(data, frames_from, end)
    if not total:
        return data, True
    packed = int.from_bytes(data[21:26], "big") | total
    return data[:21] + packed.to_bytes(5, "big") + data[26:end], False


def _after_metadata(data: bytes) -> int:
    at, last = 4, False
    while not last and at + 4 <= len(data):
        last = bool(data[at] & 128)
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    return at


def _total(data: bytes, start: int, end: int) -> int:
    """Samples up to the end of the last frame, or 0 where no whole frame ends there."""
    at = end
    while (at := data.rfind(b"\xff", max(start, end - LONGEST_FRAME), at)) >= 0:
        found = _header(data, at) if data[at + 1 : at + 2] in (b"\xf8", b"\xf9") else None
        if found is not None and _crc_16(data, at, end) == 0:  # over a frame with its checksum: 0
            return found
    return 0


def _crc_16(data: bytes, at: int, end: int) -> int:
    value = 0
    for byte in data[at:end]:
        value = (value << 8 & 0xFFFF) ^ CRC_16[value >> 8 ^ byte]
    return value


def _header(data: bytes, at: int) -> int | None:
    """The number of the sample behind a frame, by its header; None where none starts."""
    varying, code, rate = data[at + 1] & 1, data[at + 2] >> 4, data[at + 2] & 15
    number, after = _coded_number(data, at + 4)
    if number is None or not code:
        return None
    size = SIZES.get(code, 0)
    if code in (6, 7):
        size = int.from_bytes(data[after : after + code - 5], "big") + 1
        after += code - 5
    after += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    value = 0
    for byte in data[at : after + 1]:
        value = CRC_8[value ^ byte]
    if value:
        return None
    usual = int.from_bytes(
        data[10:12], "big"
    )  # every frame but the last is of this size where sizes are fixed
    return number + size if varying else number * usual + size


def _coded_number(data: bytes, at: int) -> tuple[int | None, int]:
    """A number in the manner of UTF-8, up to 36 bits, and the byte behind it."""
    if at >= len(data):
        return None, at
    ones = 8 - (data[at] ^ 255).bit_length()
    if ones == 0:
        return data[at], at + 1
    if ones == 1 or ones == 8:
        return None, at
    value = data[at] & (127 >> ones)
    for byte in data[at + 1 : at + ones]:
        value = value << 6 | byte & 63
    return value, at + ones
