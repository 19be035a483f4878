"""The NUT container: how long its packets are and, by the table in its main header, its frames (NUT Open Container)."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["NAME", "begins", "length_of_parts"]

NAME = b"nut/multimedia container\0"
MAIN = b"NM\x7aV\x1f_\x04\xad"
LONG = 4096  # bytes; a longer packet has a checksum behind its length, a longer frame no part left out
N = ord("N")  # the first byte of packets, which is no code of a frame
CODED_PTS, STREAM, SIZE, CHECKSUM, RESERVED, HEADER, MATCH, CODED = 8, 16, 32, 64, 128, 1024, 2048, 4096


class _Code(NamedTuple):
    """What the first byte of a frame says of it."""

    flags: int
    factor: int
    size: int
    n_reserved: int
    header: int


class _Numbers:
    """Numbers of 7 bits a byte, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def next(self) -> int:
        """The next number.

        Raises
        ------
        IndexError
            At the end of the data.
        """
        value, more = 0, 128
        while more:
            value = value << 7 | self.data[self.at] & 127
            more = self.data[self.at] & 128
            self.at += 1
        return value


def begins(head: bytes) -> bool:
    """Whether a file of NUT begins here."""
    return head.startswith(NAME)


def length_of_parts(head: bytes) -> Callable[[bytes], int] | None:
    """A function that gives a part's length from its first bytes (0: no part), by the first bytes of the file."""
    if not head.startswith(NAME + MAIN):
        return None
    try:
        codes, omitted = _main_header(head)
    except IndexError:
        return None

    def length(part: bytes) -> int:
        try:
            return _packet_length(part) if part[0] == N else _frame_length(part, codes[part[0]], omitted)
        except IndexError:  # it ends within what says how long it is
            return 1 << 62

    return length


def _main_header(head: bytes) -> tuple[list[_Code], list[int]]:
    """The meaning of the first bytes of frames, and how many bytes each numbered beginning omits."""
    numbers = _Numbers(head, len(NAME) + len(MAIN))
    if numbers.next() > LONG:
        numbers.at += 4
    if numbers.next() > 3:  # a minor version follows the version
        numbers.next()
    n_bases = [numbers.next() for _ in range(3)][2]  # behind the number of streams and a distance
    for _ in range(2 * n_bases):
        numbers.next()
    codes: list[_Code] = []
    factor = header = 0
    while len(codes) < 256:
        flags = numbers.next()
        fields = [numbers.next() for _ in range(numbers.next())]
        given = dict(enumerate(fields))
        factor, header, size = given.get(1, factor), given.get(7, header), given.get(3, 0)
        for step in range(min(given.get(5, factor - size), 256 - len(codes))):
            if len(codes) == N:
                codes.append(_Code(0, 0, 0, 0, 0))
            codes.append(_Code(flags, factor, size + step, given.get(4, 0), header))
    omitted = [0]
    for _ in range(numbers.next()):
        omitted.append(numbers.next())
        numbers.at += omitted[-1]
    return codes[:256], omitted


def _packet_length(part: bytes) -> int:
    numbers = _Numbers(part, 8)
    size = numbers.next()
    return numbers.at + size + (4 if size > LONG else 0)


def _frame_length(part: bytes, code: _Code, omitted: list[int]) -> int:
    numbers = _Numbers(part, 1)
    flags, size, n_reserved, header = code.flags, code.size, code.n_reserved, code.header
    if flags & CODED:
        flags ^= numbers.next()
    for flag in (STREAM, CODED_PTS):
        if flags & flag:
            numbers.next()
    if flags & SIZE:
        size += code.factor * numbers.next()
    if flags & MATCH:
        numbers.next()
    if flags & HEADER:
        header = numbers.next()
    if flags & RESERVED:
        n_reserved = numbers.next()
    for _ in range(n_reserved):
        numbers.next()
    return numbers.at + (4 if flags & CHECKSUM else 0) + size - (omitted[header] if size <= LONG else 0)
