"""Ogg pages (RFC 3533): a file may chain several streams, each of which ends with a marked page."""

__all__ = ["links"]

BEGINS, ENDS = 2, 4
MOST_PAGES = 500_000  # over two hours at one page for each packet


def links(data: bytes) -> tuple[list[bytes], bool]:
    """The chained streams of an ogg file and whether it is cut: (list of bytes, bool).

    Bytes behind the last page that are none are ignored.
    """
    found: list[bytes] = []
    is_open: set[bytes] = set()
    at, start, began, n_open = 0, 0, False, 0
    for _ in range(MOST_PAGES):
        if data[at : at + 4] != b"OggS":
            break
        n_segments = data[at + 26] if at + 27 <= len(data) else 256
        table = data[at + 27 : at + 27 + n_segments]
        end = at + 27 + n_segments + sum(table)
        if len(table) < n_segments or end > len(data):
            return [*found, data[start:at]], True
        kind, serial = data[at + 5], data[at + 14 : at + 18]
        if kind & BEGINS:
            if began:  # behind pages of contents: the next link
                found.append(data[start:at])
                n_open += len(is_open)
                start, began, is_open = at, False, set()
            is_open.add(serial)
        else:
            began = True
        if kind & ENDS:
            is_open.discard(serial)
        at = end
    else:
        return [data[:start]], True
    cut_in_header = 0 < len(data) - at < 27 and b"OggS".startswith(data[at : at + 4])
    return [*found, data[start:at]], bool(is_open or n_open or cut_in_header)
