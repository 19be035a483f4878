"""Hash tables as sorted arrays of integer keys, in segments that grow by merging."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from classicxm.errors import DamagedFileError
from classicxm.search.hash_keys import KEY_BITS

__all__ = ["Segment", "appended", "read_segment", "renumbered", "write_segment"]

FILES = ("keys", "starts", "members")
#: A directory of all possible keys is made where they are at most this many times the members.
DIRECTORY_FACTOR = 4


@dataclass(frozen=True)
class Segment:
    """Buckets in ascending order of key: bucket i holds rows ``members[starts[i]:starts[i + 1]]``.

    Attributes
    ----------
    keys : uint64 (n_buckets,), strictly ascending, over all tables
    starts : int64 (n_buckets + 1,)
    members : int32 or int64 (n_tables * n_rows,)
    """

    keys: np.ndarray
    starts: np.ndarray
    members: np.ndarray

    @classmethod
    def built(cls, keys: np.ndarray, first_row: int) -> Self:
        """Of keys (n, n_tables) of rows numbered from ``first_row``, the table's number being in the key."""
        dtype: type[np.signedinteger] = np.int32 if first_row + len(keys) < 2**31 else np.int64
        orders = [np.argsort(column) for column in keys.T]
        ordered = np.concatenate([column[order] for column, order in zip(keys.T, orders, strict=True)])
        return cls.grouped(ordered, np.concatenate(orders).astype(dtype) + dtype(first_row))

    @classmethod
    def grouped(cls, keys: np.ndarray, members: np.ndarray) -> Self:
        """Of ascending keys (m,), repeated ones together, and their rows (m,)."""
        first = np.ones(len(keys), bool)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        begins = np.flatnonzero(first)
        return cls(keys[begins], np.append(begins, len(keys)), members)

    @cached_property
    def directory(self) -> tuple[int, np.ndarray] | None:
        """(bits, starts): where each possible key's bucket starts, or None where there are too many keys.

        Hashes are below 2**bits; the key of table t and hash h is number t * 2**bits + h, and the last two starts
        are an empty bucket for keys that cannot be.
        """
        if not len(self.keys):
            return None
        bits = int((self.keys & np.uint64(2**KEY_BITS - 1)).max()).bit_length()
        n_keys = (int(self.keys[-1]) >> KEY_BITS) + 1 << bits
        if n_keys > DIRECTORY_FACTOR * len(self.members):
            return None
        ends = np.zeros(n_keys + 2, np.int32 if len(self.members) < 2**31 else np.int64)
        ends[self._number(self.keys, bits, n_keys) + 1] = np.diff(self.starts)
        return bits, np.cumsum(ends, out=ends)

    @staticmethod
    def _number(keys: np.ndarray, bits: int, n_keys: int) -> np.ndarray:
        hashes = keys & np.uint64(2**KEY_BITS - 1)
        numbers = (keys >> np.uint64(KEY_BITS) << np.uint64(bits)) | hashes
        np.copyto(numbers, np.uint64(n_keys), where=hashes >= np.uint64(2**bits))
        return np.minimum(numbers, np.uint64(n_keys), out=numbers).view(np.int64)

    @cached_property
    def shared(self) -> float:
        """Rows that share a bucket with a row, itself included, on average over rows and tables."""
        sizes = np.diff(self.starts).astype(np.float64)
        return float(sizes @ sizes) / max(1, len(self.members))

    def find(self, probes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First position and size, both of the shape of ``probes``, of the bucket of each key; size 0 if none."""
        if not len(self.keys):
            return np.zeros(probes.shape, np.int64), np.zeros(probes.shape, np.int64)
        if self.directory is not None:
            bits, starts = self.directory
            number = self._number(probes, bits, len(starts) - 2)
            begin = starts[number]
            return begin, starts[number + 1] - begin
        bucket = np.searchsorted(self.keys, probes)
        np.minimum(bucket, len(self.keys) - 1, out=bucket)
        begin = self.starts[bucket]
        return begin, np.where(self.keys[bucket] == probes, self.starts[bucket + 1] - begin, 0)

    def expanded_keys(self) -> np.ndarray:
        """The key of every member."""
        return np.repeat(self.keys, np.diff(self.starts))


def merged(one: Segment, other: Segment) -> Segment:
    """Both segments as one; their rows are different."""
    keys = np.concatenate([one.expanded_keys(), other.expanded_keys()])
    order = np.argsort(keys, kind="stable")  # merges the two ascending runs
    return Segment.grouped(keys[order], np.concatenate([one.members, other.members])[order])


def appended(segments: Sequence[Segment], segment: Segment) -> tuple[Segment, ...]:
    """Segments with a new one, the last ones merged until each is more than twice the size of the next."""
    segments = [*segments, segment]
    while len(segments) > 1 and len(segments[-2].members) <= 2 * len(segments[-1].members):
        last = segments.pop()
        segments[-1] = merged(segments[-1], last)
    return tuple(segments)


def renumbered(segments: Sequence[Segment], kept: np.ndarray) -> tuple[Segment, ...]:
    """One segment of the rows ``kept`` (ascending), numbered anew from 0."""
    whole = segments[0]
    for segment in segments[1:]:
        whole = merged(whole, segment)
    if not len(kept):
        return ()
    size = int(max(whole.members.max(initial=0), kept.max())) + 1
    number = np.full(size, -1, whole.members.dtype)
    number[kept] = np.arange(len(kept))
    members = number[whole.members]
    alive = members >= 0
    return (Segment.grouped(whole.expanded_keys()[alive], members[alive]),)


def write_segment(segments: Sequence[Segment], folder: Path) -> None:
    """Write segments as one: keys.npy, starts.npy and members.npy."""
    whole = segments[0]
    for segment in segments[1:]:
        whole = merged(whole, segment)
    for name in FILES:
        np.save(folder / f"{name}.npy", getattr(whole, name), allow_pickle=False)


def read_segment(folder: Path, n_rows: int, n_tables: int) -> tuple[Segment, ...]:
    """Read what `write_segment` wrote for an index of these sizes; the arrays stay on disk until used."""
    arrays = []
    for name, kind in zip(FILES, "uii", strict=True):
        path = folder / f"{name}.npy"
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise DamagedFileError(path, f"is not a readable array ({error})") from None
        if array.ndim != 1 or array.dtype.kind != kind:
            raise DamagedFileError(path, f"has shape {array.shape} of {array.dtype}, not a hash table")
        arrays.append(array)
    keys, starts, members = arrays
    if len(members) != n_rows * n_tables or len(starts) != len(keys) + 1 or starts[-1] != len(members):
        raise DamagedFileError(folder / "members.npy", f"does not fit {n_tables} tables of {n_rows} vectors")
    if len(members) and not (members.min() >= 0 and members.max() < n_rows):
        raise DamagedFileError(folder / "members.npy", f"names rows outside the {n_rows} vectors")
    return (Segment(keys, starts, members),)
