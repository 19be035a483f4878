"""Unpacks an archive (zip, tar, 7z) below one folder: nothing outside it, no links, no devices, nothing half."""

from __future__ import annotations

import contextlib
import errno
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from classicxm.datasets.fetching import RESERVE, FullDiskError, readable_size
from classicxm.errors import DataSetError, MissingExtraError

__all__ = ["unpack"]

CHUNK = 1 << 20
#: Times its size that an archive may unpack to, beyond a first gigabyte: photographs and sounds hardly shrink.
MOST_EXPANSION = 100
FIRST_GIGABYTE = 1 << 30
MOST_MEMBERS = 2_000_000


@dataclass(frozen=True)
class _Member:
    """One regular file of an archive, by the name it gets below the folder."""

    name: PurePosixPath
    stored: Any
    size: int


class _Archive(Protocol):
    """What every kind of archive can do: tell its files, and write them below a folder."""

    def members(self) -> Iterator[tuple[str, Any, int, bool]]:
        """Name, what stands for it in the archive, bytes, and whether it is a regular file; folders are left out."""

    def extract(self, chosen: list[_Member], folder: Path) -> None:
        """Write the chosen files below an empty folder under their new names."""


def unpack(path: Path, folder: Path, strip: int = 0) -> list[str]:
    """Unpack an archive below a folder; either all of it is there in the end, or nothing.

    Parameters
    ----------
    path : Path
        A zip, tar (also compressed) or 7z archive.
    folder : Path
        Made if it is not there. A file in the place of one of the archive's is replaced.
    strip : int, default=0
        Leading folders to leave out of the names; what has no more of a name is left out.

    Returns
    -------
    list of str
        Paths of the files below ``folder``, in the order of the archive.

    Raises
    ------
    DataSetError
        For what is no whole archive, for a name that leads out of the folder, for links and devices, for two files of
        one name, and for an archive that unpacks to over 100 times its size.
    FullDiskError
        Where it does not fit.
    """
    try:
        with _opened(path) as archive:
            chosen = _checked(path, archive, strip)
            _check_room(path, folder, sum(member.size for member in chosen))
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
                archive.extract(chosen, Path(temporary))
                for member in chosen:
                    _move(Path(temporary, *member.name.parts), folder.joinpath(*member.name.parts), folder)
    except DataSetError:
        raise
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,
    ) as error:
        raise DataSetError(f"{path} is no whole archive ({_one_line(error)}); fetch it again") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FullDiskError(
                f"{path.name}: the disk of {folder} is full; make room and start again"
            ) from None
        raise DataSetError(f"{path} could not be unpacked: {error.strerror or _one_line(error)}") from None
    return [str(member.name) for member in chosen]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Archive]:
    name = path.name.lower()
    if name.endswith(".7z"):
        with _seven_zip(path) as archive:
            yield archive
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield _Zip(archive)
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            yield _Tar(archive)
    else:
        raise DataSetError(f"{path} is no archive that can be unpacked (zip, tar, 7z); fetch it again")


def _checked(path: Path, archive: _Archive, strip: int) -> list[_Member]:
    """The files to unpack; refuses whatever does not belong into an archive of data."""
    chosen: dict[PurePosixPath, _Member] = {}
    most = FIRST_GIGABYTE + MOST_EXPANSION * path.stat().st_size
    total = 0
    for number, (name, stored, size, regular) in enumerate(archive.members()):
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            raise DataSetError(
                f"{path}: {name!r} leads out of the folder; nothing was unpacked, do not trust it"
            )
        if not regular:
            raise DataSetError(
                f"{path}: {name!r} is a link or a device; nothing was unpacked, do not trust it"
            )
        total += size
        if total > most or number >= MOST_MEMBERS:
            raise DataSetError(
                f"{path} unpacks to over {readable_size(most)} or {MOST_MEMBERS} files; nothing was unpacked"
            )
        if len(parts) <= strip:
            continue
        kept = PurePosixPath(*parts[strip:])
        if kept in chosen:
            raise DataSetError(f"{path} has two files {str(kept)!r}; nothing was unpacked, fetch it again")
        chosen[kept] = _Member(kept, stored, size)
    for kept in chosen:
        if clash := next((parent for parent in kept.parents if parent in chosen), None):
            raise DataSetError(f"{path}: {str(clash)!r} is a file and a folder; nothing was unpacked")
    return list(chosen.values())


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    def members(self) -> Iterator[tuple[str, Any, int, bool]]:
        for info in self.archive.infolist():
            if not info.is_dir():
                kind = stat.S_IFMT(info.external_attr >> 16)
                yield info.orig_filename, info, info.file_size, kind in (0, stat.S_IFREG)

    def extract(self, chosen: list[_Member], folder: Path) -> None:
        for member in chosen:
            with self.archive.open(member.stored) as source:
                _write(source, member, folder)


class _Tar:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive

    def members(self) -> Iterator[tuple[str, Any, int, bool]]:
        for info in self.archive:
            if not info.isdir():
                yield info.name, info, info.size, info.isreg()

    def extract(self, chosen: list[_Member], folder: Path) -> None:
        for member in chosen:
            source = self.archive.extractfile(member.stored)
            if source is not None:
                with source:
                    _write(source, member, folder)


class _SevenZip:
    """An archive of py7zr, which writes files itself: what it wrote is looked at again before it is used."""

    def __init__(self, archive: Any) -> None:
        self.archive = archive

    def members(self) -> Iterator[tuple[str, Any, int, bool]]:
        for info in self.archive.files:
            if not info.is_directory:
                regular = not (info.is_symlink or info.is_junction or info.is_socket)
                yield info.filename, info.filename, info.uncompressed, regular

    def extract(self, chosen: list[_Member], folder: Path) -> None:
        raw = folder / ".raw"
        self.archive.extract(path=raw, targets=[member.stored for member in chosen])
        for member in chosen:
            source = raw.joinpath(*PurePosixPath(member.stored.replace("\\", "/")).parts)
            if source.is_symlink() or not source.is_file() or source.stat().st_size != member.size:
                raise DataSetError(f"{member.stored!r} did not come out of the archive as a whole file")
            target = folder.joinpath(*member.name.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)


@contextlib.contextmanager
def _seven_zip(path: Path) -> Iterator[_SevenZip]:
    try:
        import py7zr
    except ImportError:
        raise MissingExtraError("data", "py7zr") from None
    try:
        with py7zr.SevenZipFile(path) as archive:
            if archive.needs_password():
                raise DataSetError(f"{path} needs a password; unpack it by hand")
            yield _SevenZip(archive)
    except py7zr.exceptions.ArchiveError as error:
        raise DataSetError(f"{path} is no whole archive ({_one_line(error)}); fetch it again") from None


def _write(source: IO[bytes], member: _Member, folder: Path) -> None:
    """Copy one file, of no more bytes than the archive announced for it."""
    target = folder.joinpath(*member.name.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with open(target, "xb") as stream:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > member.size:
                raise DataSetError(f"{str(member.name)!r} is longer than its archive says; fetch it again")
            stream.write(chunk)
    if written < member.size:
        raise EOFError(f"{member.name} ends after {written} of {member.size} bytes")


def _move(source: Path, target: Path, folder: Path) -> None:
    for parent in target.parents:
        if parent == folder:
            break
        if parent.is_symlink():
            raise DataSetError(f"{parent} is a link; nothing is unpacked through links")
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def _check_room(path: Path, folder: Path, n_bytes: int) -> None:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if n_bytes + RESERVE > free:
        raise FullDiskError(
            f"{path.name} unpacks to {readable_size(n_bytes)}, but the disk of {folder} has {readable_size(free)} "
            "free; make room and start again"
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
