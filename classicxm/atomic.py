"""Files and folders that readers see whole, old or new, whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "held_still",
    "new_folder",
    "recover_folder",
    "remove_unfinished",
    "replace_folder",
    "whole_file",
    "write_file",
]

#: What names of folders begin with that are being filled.
SAVING = ".saving-"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100
#: What renameat2 says where a system or a file system does not know it.
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def write_file(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write text (UTF-8) or bytes so that readers see the old file or the new one; the folder is made if needed.

    A symbolic link stays one: the file that it points to is replaced. A folder, pipe or device is refused.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(f"{folder}/deep/note.txt", "kept").read_text()
    'kept'
    """
    place = Path(os.path.realpath(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    # names of files need not be Unicode, and may stand in what is written
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    with whole_file(path) as file:
        file.write(data)
    return place


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to be written, which gets its name at the end of the context, or never where that is left by an error.

    A symbolic link stays one: the file that it points to is replaced. A folder, pipe or device is refused.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        raise ValueError(f"{os.fspath(path)} is no regular file, so it is not replaced; name a file")
    prefix = f".{_short(place.name)}-"
    with _named(path, place.parent / prefix):
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=prefix)
        try:
            with open(handle, "wb") as file:
                yield file
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside ``target``, to be filled and handed to `replace_folder`; gone at the end.

    Its owner holds a lock on it, so that what killed owners left can be distinguished from what is being written.
    """
    with _named(target, target.parent / _prefix(target)):
        with _locked(target.parent):
            _remove_leftovers(target)
            folder = target.parent / f"{_prefix(target)}{os.getpid()}-{os.urandom(4).hex()}"
            folder.mkdir()
            owner = os.open(folder, os.O_RDONLY)
            fcntl.flock(owner, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            os.close(owner)
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _named(path: str | os.PathLike[str], temporary: Path) -> Iterator[None]:
    """Errors of the system about a file without a name, or of a name that begins so, as being about ``path``."""
    try:
        yield
    except OSError as error:
        about = error.filename is None or str(error.filename).startswith(str(temporary))
        if error.errno is None or not about:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def replace_folder(folder: Path, target: Path) -> None:
    """Put a complete folder in the place of another, or where there is none; what was there is removed.

    The two change places in one step where the system can do that. Elsewhere a reader may find nothing for a moment,
    and `recover_folder` mends what a kill left at that moment.
    """
    _flush(folder)
    with _locked(target.parent):
        if not target.exists():
            os.rename(folder, target)
        elif not _exchanged(folder, target):
            os.rename(target, _previous(target))
            os.rename(folder, target)
            shutil.rmtree(_previous(target), ignore_errors=True)
        _flush(target.parent)


def recover_folder(target: Path) -> None:
    """Put back what a save removed that was killed before it put its own folder there.

    The old folder comes back only while the new one still lies beside it: once that is in place the old one is no
    more than a leftover, and must not return when its successor is deleted.
    """
    if target.exists() or not _previous(target).exists():
        return
    with _locked(target.parent):
        if not target.exists() and _previous(target).exists() and any(_beside(target)):
            os.rename(_previous(target), target)


def held_still(target: Path) -> contextlib.AbstractContextManager[None]:
    """While it lasts nobody puts a folder in the place of ``target``; several readers may hold it at once."""
    return _locked(target.parent, fcntl.LOCK_SH)


@contextlib.contextmanager
def _locked(folder: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """One writer, or several readers, at a time; the lock is the folder's own and ends with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the two names could be exchanged in one step."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _remove_leftovers(target: Path) -> None:
    """What killed savers of this target left; a folder that a living one fills is locked and stays."""
    if _previous(target).exists():
        if target.exists() or not any(_beside(target)):
            shutil.rmtree(_previous(target), ignore_errors=True)
        else:
            os.rename(_previous(target), target)
    _remove_unlocked(list(_beside(target)))


def remove_unfinished(folder: Path) -> bool:
    """Remove what ended savers of any target in a folder left; whether living ones still fill others there.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     remove_unfinished(Path(folder))
    False
    """
    found = [path for path in folder.iterdir() if path.name.startswith(SAVING)]
    _remove_unlocked(found)
    return any(path.exists() for path in found)


def _remove_unlocked(folders: Iterable[Path]) -> None:
    for leftover in folders:
        with contextlib.suppress(OSError):
            handle = os.open(leftover, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(leftover, ignore_errors=True)
            finally:
                os.close(handle)


def _beside(target: Path) -> Iterator[Path]:
    """Folders that savers of this target fill or left."""
    prefix = _prefix(target)
    return (path for path in target.parent.iterdir() if path.name.startswith(prefix))


def _prefix(target: Path) -> str:
    return f"{SAVING}{_short(target.name)}-"


def _previous(target: Path) -> Path:
    return target.parent / f".previous-{_short(target.name)}"


def _short(name: str) -> str:
    """A name of 16 characters that stands for one of any length and letters."""
    return blake2b(os.fsencode(name), digest_size=8).hexdigest()


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def _flush(folder: Path) -> None:
    """Have a folder's entries on disk before its name is given to it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
