"""Word vectors from files: word2vec text and binary, GloVe and fastText's .vec, plain or gzipped."""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import numpy as np

from classicxm.errors import MediaDecodeError
from classicxm.text.normal_form import fold

__all__ = ["read_word_vectors"]

CHUNK = 1 << 20  # bytes read at once from a binary file
LONGEST_WORD = 10_000  # bytes
LARGEST_WIDTH = 100_000  # dimensions
LONGEST_LINE = 4 << 20  # bytes, room for the widest vectors
MOST_PADDING = 65536  # zero bytes behind packed contents
MOST_EXPANSION = 100  # times its packed size; vectors of real words pack to a third
MARK = b"\xef\xbb\xbf"
FORMATS = "expected word2vec (text or binary), GloVe or fastText .vec"


def read_word_vectors(
    path: str | os.PathLike[str], max_words: int | None = None
) -> tuple[list[str], np.ndarray]:
    """Words and their vectors.

    Text formats have one word and its numbers per line; word2vec and fastText's .vec begin with a line of two integers
    (words, dimensions), GloVe does not. The binary format has that line too, then for each word its name, a space and
    little-endian float32 values.

    Parameters
    ----------
    path : path
    max_words : int or None
        Read only the first, which such files give the most frequent words.

    Returns
    -------
    words : list of str
        In the file's order and the form that texts are compared in (`classicxm.text.normal_form`): a word written so
        is preferred to the same with capitals or in another form, and otherwise the first one counts.
    vectors : float32 array (n_words, n_dimensions)

    Raises
    ------
    MediaDecodeError
        If the file is missing, truncated or of another format.
    """
    words, rows = [], []
    if not os.path.isdir(path) and os.path.exists(path) and not os.path.isfile(path):
        raise MediaDecodeError(path, f"word vectors cannot be read (no regular file); {FORMATS}")
    try:
        with open(path, "rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(max(0, os.path.getsize(path) - MOST_PADDING))
            if packed and not plain.read().strip(b"\0"):  # which gzip reads one by one
                raise MediaDecodeError(path, f"ends in over {MOST_PADDING} zero bytes; fetch it again")
        opener: Callable[..., Any] = gzip.open if packed else open
        with opener(path, "rb") as file:
            most = MOST_EXPANSION * os.path.getsize(path) + CHUNK if packed else np.inf
            for word, row in _rows(path, file, max_words):
                if file.tell() > most:
                    raise MediaDecodeError(
                        path, f"unpacks to over {MOST_EXPANSION} times its size; unpack it first"
                    )
                words.append(word.decode("utf-8", "replace").replace("\n", " "))
                rows.append(row)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaDecodeError(path, f"word vectors cannot be read ({reason})") from None
    if foreign := [word for word in words if "\ufffd" in word]:
        n_other = sum(not word.isascii() for word in words)
        if 2 * len(foreign) > n_other:
            raise MediaDecodeError(
                path, f"has {len(foreign)} words that are not UTF-8, first {foreign[0]!r}; save it as UTF-8"
            )
    vectors = np.stack(rows)
    if not np.isfinite(vectors).all():
        first = words[int((~np.isfinite(vectors).all(axis=1)).argmax())]
        raise MediaDecodeError(path, f"the vector of {first!r} has NaN or infinity; remove that word")
    return _small_letters(words, vectors)


def _small_letters(words: Sequence[str], vectors: np.ndarray) -> tuple[list[str], np.ndarray]:
    first: dict[str, int] = {}
    for row, word in enumerate(words):  # a word in its folded form has first claim on it
        if word == fold(word):
            first.setdefault(word, row)
    for row, word in enumerate(words):
        first.setdefault(fold(word), row)
    return list(first), vectors[list(first.values())]


def _rows(
    path: str | os.PathLike[str], file: IO[bytes], max_words: int | None
) -> Iterator[tuple[bytes, np.ndarray]]:
    """Yield (word, vector) after finding out the format."""
    start = _line(path, file, 1)
    begin = len(MARK) if start.startswith(MARK) else 0
    fields = start[begin:].split()
    announced = None
    if len(fields) == 2 and all(field.isdigit() and len(field) < 19 for field in fields):
        announced, n_dimensions = map(int, fields)
        after_header = file.tell()
        sample = file.read(4096)
        file.seek(after_header)
        rows = _binary_rows if _is_binary(sample) else _text_rows
    else:
        n_dimensions = len(fields) - 1
        rows = _text_rows
        file.seek(begin)
    if not 1 <= n_dimensions <= LARGEST_WIDTH or announced == 0:
        raise MediaDecodeError(path, f"holds no word vectors; {FORMATS}")
    wanted = min(n for n in (max_words, announced, np.inf) if n is not None)
    n_read = 0
    found = rows(path, file, n_dimensions, announced is not None)
    for n_read, pair in enumerate(found, 1):
        yield pair
        if n_read >= wanted:
            if n_read == announced and next(found, None) is not None:
                raise MediaDecodeError(
                    path, f"announces {announced} words and holds more; write their number"
                )
            return
    if announced is not None:
        raise MediaDecodeError(path, f"ends after {n_read} of {announced} words; fetch it again")


def _is_binary(sample: bytes) -> bool:
    """Whether bytes are no text: control characters, or not UTF-8 before the last, maybe cut, character."""
    if any(byte < 32 and byte not in b"\t\n\r" for byte in sample):
        return True
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start < len(sample) - 4
    return False


def _text_rows(
    path: str | os.PathLike[str], file: IO[bytes], n_dimensions: int, has_header: bool
) -> Iterator[tuple[bytes, np.ndarray]]:
    number = 1 if has_header else 0
    while line := _line(path, file, number := number + 1):
        line = line.strip(b" \t\r\n")
        if not line:
            continue
        fields = line.replace(b"\t", b" ").rsplit(b" ", n_dimensions)
        if len(fields) != n_dimensions + 1:
            raise MediaDecodeError(
                path, f"line {number} has {len(fields) - 1} numbers instead of {n_dimensions}; {FORMATS}"
            )
        try:
            numbers = b"".join(fields[1:])
            if b"_" in numbers or b"\0" in numbers:  # which NumPy reads over
                raise ValueError(numbers)
            yield fields[0].rstrip(b" "), np.array(fields[1:], dtype=np.bytes_).astype(np.float32)
        except ValueError:
            raise MediaDecodeError(
                path, f"line {number} is not a word and {n_dimensions} numbers; {FORMATS}"
            ) from None


def _line(path: str | os.PathLike[str], file: IO[bytes], number: int) -> bytes:
    line = file.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE:
        raise MediaDecodeError(path, f"line {number} is over {LONGEST_LINE} bytes; {FORMATS}")
    return line


def _binary_rows(
    path: str | os.PathLike[str], file: IO[bytes], n_dimensions: int, has_header: bool
) -> Iterator[tuple[bytes, np.ndarray]]:
    width, buffer, place = 4 * n_dimensions, b"", 0
    while True:
        space = buffer.find(b" ", place)
        stop = space + 1 + width
        if space < 0 or stop > len(buffer):
            if space - place > LONGEST_WORD or (space < 0 and len(buffer) - place > LONGEST_WORD):
                raise MediaDecodeError(path, f"has a word of over {LONGEST_WORD} bytes; {FORMATS}")
            more = file.read(max(CHUNK, width))
            if not more:
                return
            buffer, place = buffer[place:] + more, 0
            continue
        yield buffer[place:space].strip(b"\n"), np.frombuffer(buffer, "<f4", n_dimensions, space + 1)
        place = stop
