"""Ogg pages (RFC 3533): a file may chain several streams, each of which ends with a marked page."""

import zlib

__all__ = ["LONGEST_PAGE", "ends_here", "links"]

BEGINS, ENDS = 2, 4
LONGEST_PAGE = 27 + 255 + 255 * 255  # bytes
MOST_PAGES = 500_000  # over two hours at one page for each packet
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
SKELETON = b"fishead\0"  # the first packet of a stream of Ogg Skeleton
CUT = "stops before its end, samples are missing"


def links(data: bytes) -> tuple[list[bytes], str | None]:
    """The chained streams of an ogg file and what is wrong with it, if anything: (list of bytes, str or None).

    Pages are checked by their checksums and numbers, since decoders pass damaged ones over. Bytes between and behind
    the pages that are none are left out, and so is a skeleton, which only describes the other streams.
    """
    found: list[list[bytes]] = [[]]
    numbers: dict[bytes, int] = {}  # of the last page of every stream that has begun in this link
    is_open: set[bytes] = set()
    skeletons: set[bytes] = set()
    at, began, n_open, problem = 0, False, 0, None
    for _ in range(MOST_PAGES):
        at = data.find(b"OggS\0", at)
        if at < 0:
            break
        page = _page(data, at)
        if page is None:
            problem = CUT
            break
        serial, number, kind = page[14:18], int.from_bytes(page[18:22], "little"), page[5]
        if kind & BEGINS and page[27 + page[26] :].startswith(SKELETON):
            skeletons.add(serial)
        if serial in skeletons:
            at += len(page)
            continue
        if kind & BEGINS:
            if began:  # behind pages of contents: the next link
                found.append([])
                n_open += len(is_open)
                began, is_open = False, set()
            is_open.add(serial)
        else:
            began = True
            if _checksum(page) != int.from_bytes(page[22:26], "little"):
                problem = problem or f"is damaged at its page {number}"
            elif number != numbers.get(serial, number - 1) + 1:
                problem = problem or f"lacks the pages before its page {number}"
        numbers[serial] = number
        if kind & ENDS:
            is_open.discard(serial)
        found[-1].append(page)
        at += len(page)
    else:
        problem = problem or CUT
    begun = at < 0 and any(data.endswith(b"OggS\0"[:n]) for n in (4, 5))
    if is_open or n_open or begun:
        problem = problem or CUT
    return [b"".join(pages) for pages in found], problem


def ends_here(tail: bytes) -> bool:
    """Whether the last page of a file's end is whole, and marked as that of its stream.

    >>> ends_here(b"OggS\\0\\4" + bytes(20) + b"\\1\\5audio"), ends_here(b"OggS\\0\\4" + bytes(20) + b"\\1\\5aud")
    (True, False)
    """
    page = _page(tail, max(0, tail.rfind(b"OggS\0")))
    return page is not None and page[:4] == b"OggS" and bool(page[5] & ENDS)


def _page(data: bytes, at: int) -> bytes | None:
    """The whole page that starts here, or None where the file ends within it."""
    n_segments = data[at + 26] if at + 27 <= len(data) else 256
    table = data[at + 27 : at + 27 + n_segments]
    end = at + 27 + n_segments + sum(table)
    return None if len(table) < n_segments or end > len(data) else data[at:end]


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32, whose bits run the other way than zlib's, from 0."""
    cleared = (page[:22] + bytes(4) + page[26:]).translate(REVERSED)
    return int(f"{zlib.crc32(cleared, 0xFFFFFFFF) ^ 0xFFFFFFFF:032b}"[::-1], 2)
