"""A medium's file together with the id of its item, for extractors that look items up by their names."""

from dataclasses import dataclass
from os import PathLike, fspath

__all__ = ["NamedFile"]


@dataclass(frozen=True)
class NamedFile(PathLike[str]):
    """A path that also knows whose it is.

    Attributes
    ----------
    path : path
    name : str or int
        The id of the item.

    Examples
    --------
    >>> file = NamedFile("photos/1.jpg", "dog")
    >>> fspath(file), str(file), file.name
    ('photos/1.jpg', 'photos/1.jpg', 'dog')
    """

    path: str | PathLike[str]
    name: str | int

    def __fspath__(self) -> str:
        return fspath(self.path)

    def __str__(self) -> str:
        return fspath(self.path)
