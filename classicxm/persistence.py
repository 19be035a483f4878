"""Saving fitted objects to a folder and loading them back, without pickle.

Estimators go through skops with a fixed allow-list: classes of classicxm, and the scikit-learn, SciPy and NumPy
types that skops itself trusts. A class with ``write_files(folder)`` and ``read_files(folder)`` says itself
what it writes (vectors as .npy, records as JSON lines). ``contents.json`` lists every file with its size and
checksum, so a truncated or altered one is named. A folder is written beside its target and then renamed: a
crash leaves the old folder or the new one, never half of one.
"""

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from classicxm.errors import DamagedFileError

__all__ = [
    "check_place",
    "check_target",
    "load",
    "read_estimator",
    "read_object",
    "save",
    "write_estimator",
    "write_object",
]

FORMAT = 1
CONTENTS = "contents.json"
CLASS = "class.json"
ESTIMATOR = "estimator.skops"


def save(obj, folder):
    """Write a fitted object to a folder, replacing what `save` wrote there before.

    Parameters
    ----------
    obj : estimator of classicxm
    folder : path
        Made with its parents; refused when it exists and is not a saved object.

    Returns
    -------
    pathlib.Path of the folder.

    Examples
    --------
    >>> import tempfile
    >>> from classicxm.search import ExactIndex
    >>> index = ExactIndex().add([[1.0, 0.0]], ["a"])
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     len(load(save(index, parent + "/index")))
    1
    """
    folder = check_target(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.saving-", dir=folder.parent))
    try:
        write_object(obj, temporary)
        _write_contents(temporary)
        os.chmod(temporary, 0o755)
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def check_target(folder):
    """The folder as a Path; ValueError where something else lies there, or where no folder can be made."""
    folder = Path(folder)
    if (
        folder.exists()
        and not (folder / CONTENTS).is_file()
        and (not folder.is_dir() or any(folder.iterdir()))
    ):
        raise ValueError(f"{folder} exists and is not a saved object; choose another name or remove it")
    return check_place(folder)


def check_place(path):
    """A path as a Path; ValueError where no file or folder can be made there, said before the work and not after it."""
    above = next(parent for parent in Path(os.path.abspath(path)).parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        wrong = "may not be written to" if above.is_dir() else "is a file"
        raise ValueError(f"{path} cannot be made, as {above} {wrong}; choose another place")
    return Path(path)


def load(folder):
    """Read an object that `save` wrote.

    Raises
    ------
    FileNotFoundError
        If nothing was saved there.
    DamagedFileError
        If a file is missing, truncated or altered, or names something that is not a classicxm class.
    """
    folder = Path(folder)
    previous = _previous(folder)
    if not folder.exists() and previous.exists():  # a save was killed between its two renames
        os.rename(previous, folder)
    contents = _read_contents(folder)
    for name, expected in contents["files"].items():
        _check_file(folder / name, expected)
    return read_object(folder)


def write_object(obj, folder):
    """Write an object's files into an existing folder; parts of an object have folders of their own."""
    if hasattr(obj, "write_files"):
        obj.write_files(folder)
    else:
        write_estimator(obj, folder / ESTIMATOR)
    name = f"{type(obj).__module__}.{type(obj).__qualname__}"
    (folder / CLASS).write_text(json.dumps({"class": name}), encoding="utf-8")


def read_object(folder):
    """Read what `write_object` wrote."""
    path = folder / CLASS
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["class"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(path, f"does not name a class ({error})") from None
    cls = _classicxm_class(str(name))
    if cls is None:
        raise DamagedFileError(path, f"names {name!r}, which is not a class that can be loaded")
    return cls.read_files(folder) if hasattr(cls, "read_files") else read_estimator(folder / ESTIMATOR)


def write_estimator(estimator, path):
    """Write one scikit-learn style estimator as a skops file."""
    from skops import io

    io.dump(estimator, path)


def read_estimator(path):
    """Read a skops file; types outside the allow-list are refused before anything is made."""
    from skops import io

    try:
        unknown = io.get_untrusted_types(file=path)
        refused = [name for name in unknown if _classicxm_class(name) is None]
        if refused:
            raise DamagedFileError(path, f"holds types that are not allowed: {', '.join(refused)}")
        return io.load(path, trusted=unknown)
    except DamagedFileError:
        raise
    except Exception as error:  # skops and zipfile raise many kinds for a file that is not theirs
        raise DamagedFileError(path, f"is not a readable estimator ({error})") from error


def _classicxm_class(qualified_name):
    """The classicxm class of this name that may be loaded, or None."""
    module_name, _, name = qualified_name.rpartition(".")
    if module_name.split(".")[0] != "classicxm":
        return None
    try:
        cls = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError):
        return None
    return cls if isinstance(cls, type) and cls.__module__ == module_name else None


def _write_contents(folder):
    import classicxm

    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        files[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        _flush(path)
    contents = {
        "format": FORMAT,
        "classicxm": classicxm.__version__,
        "files": files,
    }
    (folder / CONTENTS).write_text(json.dumps(contents, indent=1), encoding="utf-8")
    _flush(folder / CONTENTS)


def _read_contents(folder):
    path = folder / CONTENTS
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no saved object (it has no {CONTENTS})")
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
        version, _ = contents["format"], contents["files"].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(path, f"is not a list of contents ({error})") from None
    if version != FORMAT:
        raise DamagedFileError(path, f"has format {version!r}, this version reads format {FORMAT}")
    return contents


def _check_file(path, expected):
    if not path.is_file():
        raise DamagedFileError(path, "is missing; save the object again")
    size = path.stat().st_size
    if size != expected["bytes"]:
        raise DamagedFileError(
            path, f"has {size} bytes instead of {expected['bytes']}; save the object again"
        )
    if _sha256(path) != expected["sha256"]:
        raise DamagedFileError(path, "was altered since it was saved; save the object again")


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _previous(folder):
    return folder.parent / f".{folder.name}.previous"


def _swap(temporary, folder):
    previous = _previous(folder)
    if folder.exists():
        os.rename(folder, previous)
    os.rename(temporary, folder)
    shutil.rmtree(previous, ignore_errors=True)


def _remove_leftovers(folder):
    """What killed saves left beside the folder; an old version without its folder is put back first."""
    previous = _previous(folder)
    if previous.exists():
        if folder.exists():
            shutil.rmtree(previous, ignore_errors=True)
        else:
            os.rename(previous, folder)
    for leftover in folder.parent.glob(f".{folder.name}.saving-*"):
        with contextlib.suppress(OSError):
            shutil.rmtree(leftover)
