"""Paths that come from a model or a manifest: opened only as regular files inside the collection's folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from classicxm.errors import OutsideRootError

__all__ = ["below", "stored_path"]


def below(root: str | os.PathLike[str], value: str) -> str:
    """A stored relative path from its root; absolute paths, and such as lead upwards, stay as they are.

    >>> below("/photos", "a/b.jpg"), below("/photos", "../b.jpg")
    ('/photos/a/b.jpg', '../b.jpg')
    """
    path = PurePosixPath(value)
    return value if path.is_absolute() or ".." in path.parts or "\0" in value else str(Path(root) / path)


def stored_path(value: str, root: str | os.PathLike[str] | None, allow_outside: bool = False) -> Path:
    """The file that a stored path means.

    Parameters
    ----------
    value : str
        As it stands in a payload.
    root : path or None
        The folder of the collection. None means that nothing lies inside.
    allow_outside : bool, default=False
        Let paths lead out of ``root``.

    Raises
    ------
    OutsideRootError
        For a path that leads out, and for what is no regular file (a folder, a device, a pipe, nothing).
    """
    named = repr(value) if len(value) <= 200 else f"{value[:200]!r}..."
    if "\0" in value:
        raise OutsideRootError(f"the stored path {named} is not one")
    path = Path(value) if root is None else Path(root) / value
    try:
        real = path.resolve()
        inside = root is not None and real.is_relative_to(Path(root).resolve())
        if not inside and not allow_outside:
            where = "which the model does not say" if root is None else str(root)
            raise OutsideRootError(
                f"the stored path {named} lies outside the collection's folder, {where}; name that folder (--root), or "
                "allow it (--allow-outside)"
            )
        mode = os.stat(real).st_mode
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutsideRootError(
            f"the stored path {named} cannot be opened ({reason}); if the folder has moved, name it (--root)"
        ) from None
    if not stat.S_ISREG(mode):
        raise OutsideRootError(f"the stored path {named} is not a regular file")
    return real
