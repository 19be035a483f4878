"""Indexes of the faiss library as octets: between processes, in files, and lists that are searched where they lie."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from classicxm.errors import DamagedFileError, MissingExtraError

__all__ = [
    "Backend",
    "bring_to_memory",
    "faiss_library",
    "octets_of",
    "read_lists",
    "read_octets",
    "write_lists",
]


def faiss_library() -> ModuleType:
    """The library; MissingExtraError where it is not installed."""
    try:
        import faiss
    except ImportError:
        raise MissingExtraError("faiss", "faiss-cpu") from None
    return faiss


@dataclass(frozen=True)
class Backend:
    """A faiss index over the rows of a store, and whether it is of the kind asked for or a stand-in."""

    index: Any
    final: bool

    def __reduce__(self) -> tuple[Any, ...]:
        """As faiss's own octets, since its binary indexes know no pickling."""
        return _backend_of, (octets_of(self.index), _is_binary(self.index), self.final)


def octets_of(index: Any) -> np.ndarray:
    """A faiss index, binary or not, as an array of octets: uint8 (n,)."""
    faiss = faiss_library()
    return (faiss.serialize_index_binary if _is_binary(index) else faiss.serialize_index)(index)


def read_octets(path: Path, binary: bool, n: int) -> Any:
    """The faiss index of n items whose octets lie in a file; DamagedFileError where it holds something else."""
    faiss_library()
    try:
        index = _index_of(np.load(path, allow_pickle=False), binary)
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(path, error) from None
    return _of_length(index, path, n)


def write_lists(index: Any, path: Path) -> None:
    """Write an index of lists to a file that it can be searched in."""
    bring_to_memory(index)
    faiss_library().write_index(index, str(path))


def read_lists(path: Path, n: int) -> Any:
    """The faiss index of n items in a file, whose lists stay there; DamagedFileError where it holds something else."""
    faiss = faiss_library()
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    except RuntimeError as error:
        raise _unreadable(path, error) from None
    return _of_length(index, path, n)


def bring_to_memory(index: Any) -> None:
    """Copy lists that lie on disk, read-only, so that they can grow or be written."""
    faiss = faiss_library()
    before = index.invlists
    if isinstance(faiss.downcast_InvertedLists(before), faiss.ArrayInvertedLists):
        return
    lists = faiss.ArrayInvertedLists(index.nlist, index.code_size)
    for number in range(index.nlist):
        n = before.list_size(number)
        if n:
            lists.add_entries(number, n, before.get_ids(number), before.get_codes(number))
    index.replace_invlists(lists, True)
    lists.this.disown()


def _is_binary(index: Any) -> bool:
    return isinstance(index, faiss_library().IndexBinary)


def _index_of(octets: np.ndarray, binary: bool) -> Any:
    faiss = faiss_library()
    return (faiss.deserialize_index_binary if binary else faiss.deserialize_index)(octets)


def _backend_of(octets: np.ndarray, binary: bool, final: bool) -> Backend:
    return Backend(_index_of(octets, binary), final)


def _unreadable(path: Path, error: Exception) -> DamagedFileError:
    return DamagedFileError(path, f"is not a readable faiss index ({str(error).splitlines()[0]})")


def _of_length(index: Any, path: Path, n: int) -> Any:
    if index.ntotal != n:
        raise DamagedFileError(path, f"holds {index.ntotal} items for {n} vectors")
    return index
