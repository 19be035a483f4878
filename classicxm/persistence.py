"""Saving fitted objects to a folder and loading them back, without pickle.

Estimators are written as JSON and arrays (`classicxm.estimator_state`). A class with ``write_files(folder)`` and
``read_files(folder, trusted)`` says itself what it writes (vectors as .npy, records as JSON lines). ``contents.json``
names the format and lists every file with its size and checksum: a truncated or altered one is named, and one that
is not listed is refused. Checksums show damage, not malice: whoever may write to a folder may write a new list. What
a folder can do is bounded otherwise: nothing in it is run, and it names classes of a fixed list, or of packages that
the caller trusts.

A folder is written beside its target and then put in its place in one step: a crash leaves the old folder or the new
one. A loaded model keeps its files open, so saving over a folder that is in use is safe; changing files in place
(``cp`` or ``rsync --inplace`` over them) is not, since memory-mapped vectors change with their file. To replace a
model that is served, save to the same folder, or put a whole new folder in its place by `save` or by a rename.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from classicxm.atomic import held_still, new_folder, recover_folder, replace_folder
from classicxm.errors import DamagedFileError
from classicxm.estimator_state import class_name, known_class, read_state, write_state
from classicxm.estimator_state.class_names import untrusted_class
from classicxm.kept_files import Save, saving
from classicxm.saved_contents import (
    CLASS,
    CONTENTS,
    check_files,
    listed_files,
    read_contents,
    read_json,
    saved_state,
    write_contents,
)

__all__ = [
    "check_place",
    "check_target",
    "load",
    "read_estimator",
    "read_json",
    "read_object",
    "save",
    "saved_by",
    "saved_state",
    "write_estimator",
    "write_object",
]

ESTIMATOR = "estimator.zip"
OLD_ESTIMATOR = "estimator.skops"
#: A folder that is replaced while it is read is read again, so often before savers are made to wait.
ATTEMPTS = 3


def save(obj: Any, folder: str | os.PathLike[str], unchanged: Any = None) -> Path:
    """Write a fitted object to a folder, replacing what `save` wrote there before.

    What an object that was loaded from there still has as it was (segments of vectors, ids and payloads) is taken
    over and not written again.

    Parameters
    ----------
    obj : estimator
        Of classicxm or of an importable module; lambdas and classes of a script or a function are refused.
    folder : path
        Made with its parents. Refused when it exists and holds anything that `save` did not write. A symbolic link
        stays one: what it points to is replaced.
    unchanged : optional
        What `saved_state` said of the folder; where it says otherwise by now, somebody else has saved there.

    Returns
    -------
    pathlib.Path of the folder.

    Raises
    ------
    ValueError
        If the folder is not ours to replace, or was replaced meanwhile.
    UnsavableError
        For what could not be loaded again; the folder is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> from classicxm.search import ExactIndex
    >>> index = ExactIndex().add([[1.0, 0.0]], ["a"])
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     len(load(save(index, parent + "/index")))
    1
    """
    check_target(folder)
    target = Path(os.path.realpath(folder))
    here = target.exists() and os.path.samefile(target, os.curdir)
    target.parent.mkdir(parents=True, exist_ok=True)
    with new_folder(target) as written:
        with saving(Save(target, written, listed_files(target))) as under_way:
            try:
                write_object(obj, written)
                write_contents(written, under_way.kept)
            except OSError as error:
                if error.errno is not None:
                    raise
                # NumPy says only how many numbers it could write
                raise OSError(errno.ENOSPC, f"could not be written whole ({error})", str(folder)) from error
        check_target(target)
        if unchanged is not None and saved_state(target) != unchanged:
            raise ValueError(
                f"{folder} was saved by somebody else meanwhile and is left as it is; do it again"
            )
        replace_folder(written, target)
    if here:
        os.chdir(target)  # the folder of that name is another one now
    return Path(folder)


def check_target(folder: str | os.PathLike[str]) -> Path:
    """The folder as a Path; ValueError where something else lies there, or where no folder can be made."""
    place = Path(folder)
    if not place.exists():
        _check_link(place)
        return check_place(place)
    # a folder without a list of contents is not looked through: it may be somebody's home, or all there is
    if not place.is_dir() or (any(place.iterdir()) and not (place / CONTENTS).is_file()):
        raise ValueError(f"{place} exists and is not a saved object; choose another name or remove it")
    if (place / CONTENTS).is_file():
        try:
            ours = {CONTENTS, *read_contents(place)["files"]}
        except (DamagedFileError, FileNotFoundError):
            ours = set()
        if len(ours) < 2:
            raise ValueError(f"{place} exists and is not a saved object; choose another name or remove it")
        folders = {parent.as_posix() for name in ours for parent in PurePosixPath(name).parents}
        if foreign := sorted(
            name
            for path in place.rglob("*")
            for name in [path.relative_to(place).as_posix()]
            if name not in (folders if path.is_dir() and not path.is_symlink() else ours)
        ):
            raise ValueError(
                f"{place} holds {foreign[0]}, which is no part of the saved object; move it away or choose another name"
            )
    return check_place(place)


def _check_link(place: Path) -> None:
    try:
        os.stat(place)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ValueError(f"{place} is a symbolic link that leads to itself; remove it") from None


def check_place(path: str | os.PathLike[str]) -> Path:
    """A path as a Path; ValueError where no file or folder can be made there, said before the work and not after it."""
    place = Path(os.path.realpath(path))
    above = next(parent for parent in place.parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        wrong = "may not be written to" if above.is_dir() else "is a file"
        raise ValueError(f"{path} cannot be made, as {above} {wrong}; choose another place")
    return Path(path)


def load(folder: str | os.PathLike[str], trusted: Sequence[str] = ()) -> Any:
    """Read an object that `save` wrote.

    Parameters
    ----------
    folder : path
        While another process saves there, the complete old object or the complete new one is read.
    trusted : sequence of str
        Packages such as ``["mypackage"]`` whose classes and functions the folder may name; they are imported, which
        runs their code.

    Raises
    ------
    FileNotFoundError
        If nothing was saved there.
    DamagedFileError
        If a file is missing, truncated, altered or not listed, if the format is newer than this version, or if a
        class is named that is neither known nor trusted.
    """
    if isinstance(trusted, str):
        raise TypeError(f"trusted must be a list of packages, got the str {trusted!r}; write [{trusted!r}]")
    place = Path(folder)
    for _ in range(ATTEMPTS):
        recover_folder(Path(os.path.realpath(place)))
        before = saved_state(place)
        try:
            found = _read(place, trusted)
        except (DamagedFileError, FileNotFoundError):
            if saved_state(place) == before:
                raise
        else:
            if saved_state(place) == before:
                return found
    with held_still(Path(os.path.realpath(place))):  # savers that come faster than it is read wait a moment
        return _read(place, trusted)


def _read(place: Path, trusted: Sequence[str]) -> Any:
    """What a folder holds, once all its files are found to be as they were written."""
    check_files(place, read_contents(place)["files"])
    return read_object(place, trusted)


def saved_by(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Of a saved object, the format and the version of classicxm that wrote it."""
    contents = read_contents(Path(folder))
    return {"format": contents["format"], "saved_by": str(contents.get("classicxm", "unknown"))}


def write_object(obj: Any, folder: Path) -> None:
    """Write an object's files into an existing folder; parts of an object have folders of their own."""
    name = class_name(type(obj))
    if hasattr(obj, "write_files"):
        obj.write_files(folder)
    else:
        write_estimator(obj, folder / ESTIMATOR)
    (folder / CLASS).write_text(json.dumps({"class": name}), encoding="utf-8")


def read_object(folder: Path, trusted: Sequence[str] = ()) -> Any:
    """Read what `write_object` wrote."""
    path = folder / CLASS
    named = read_json(path)
    name = named.get("class") if isinstance(named, dict) else None
    if not isinstance(name, str):
        raise DamagedFileError(path, "does not name a class")
    cls = known_class(_short_name(name), trusted)
    if cls is None:
        raise untrusted_class(path, name)
    if hasattr(cls, "read_files"):
        return cls.read_files(folder, trusted)
    return read_estimator(folder / ESTIMATOR, trusted)


def write_estimator(estimator: Any, path: Path | BinaryIO) -> None:
    """Write one scikit-learn style estimator as one file."""
    write_state(estimator, path)


def read_estimator(path: Path | BinaryIO, trusted: Sequence[str] = ()) -> Any:
    """Read one estimator; types that are neither known nor trusted are refused before anything is made."""
    if isinstance(path, Path) and path.name == ESTIMATOR and not path.exists():
        old = path.with_name(OLD_ESTIMATOR)
        if old.exists():
            return _read_old_estimator(old, trusted)
    return read_state(path, trusted)


def _read_old_estimator(path: Path, trusted: Sequence[str]) -> Any:
    """An estimator of format 1: a skops file, whose classes are looked up by their names alone."""
    from skops import io

    try:
        names = io.get_untrusted_types(file=path)
        refused = [name for name in names if known_class(_short_name(name), trusted) is None]
        if refused:
            raise DamagedFileError(path, f"holds types that are not allowed: {', '.join(refused)}")
        with _old_modules(names):
            return io.load(path, trusted=names)
    except DamagedFileError:
        raise
    except Exception as error:  # skops and zipfile raise many kinds for a file that is not theirs
        raise DamagedFileError(path, f"is not a readable estimator ({error})") from error


class _old_modules:
    """While it lasts, modules of older layouts stand for those that hold their classes now."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = [name for name in names if name.startswith("classicxm.")]

    def __enter__(self) -> None:
        import sys
        import types

        self.made: list[str] = []
        for name in self.names:
            module, _, cls = name.rpartition(".")
            found = known_class(cls)
            if found is None or found.__module__ == module:
                continue
            if module not in sys.modules:
                sys.modules[module] = types.ModuleType(module)
                self.made.append(module)
            setattr(sys.modules[module], cls, found)

    def __exit__(self, *error: Any) -> None:
        import sys

        for module in self.made:
            sys.modules.pop(module, None)


def _short_name(name: str) -> str:
    """The name of a class of ours without the module that held it; other names as they are."""
    return name.rpartition(".")[2] if name.startswith("classicxm.") else name
