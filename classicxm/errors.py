"""Every exception and warning that classicxm raises on purpose."""

from typing import Self

__all__ = [
    "CacheWarning",
    "ClassicXMError",
    "CollectionError",
    "DamagedFileError",
    "DataSetError",
    "EmptyDescriptionWarning",
    "IgnoredSettingWarning",
    "ItemError",
    "MediaDecodeError",
    "MissingExtraError",
    "OutsideRootError",
    "ShardFailedError",
    "ShardMissingWarning",
    "UnknownWordsWarning",
    "UnpairedViewsError",
    "UnsavableError",
    "WorkerLostError",
]


class ClassicXMError(Exception):
    """Base of all classicxm errors; the message is always one line."""


class MediaDecodeError(ClassicXMError, ValueError):
    """A file or buffer that cannot be decoded as the medium it should be."""

    def __init__(self, source: object, reason: str) -> None:
        self.source = str(source)
        self.reason = reason
        super().__init__(f"{self.source}: {reason}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.source, self.reason)


class ItemError(ClassicXMError, ValueError):
    """One item of a collection could not be described."""

    def __init__(self, item: object, reason: str) -> None:
        self.item = str(item)
        self.reason = reason
        super().__init__(f"item {self.item!r}: {reason}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.item, self.reason)


class CollectionError(ClassicXMError, ValueError):
    """A folder or manifest that is not a readable collection."""


class DataSetError(ClassicXMError, RuntimeError):
    """Files of a published data set that cannot be fetched, unpacked or kept."""


class UnpairedViewsError(ClassicXMError, ValueError):
    """Views whose rows do not describe the same items."""


class OutsideRootError(ClassicXMError, ValueError):
    """A path from a model or a manifest that leads out of the collection's folder, or to no regular file."""


class UnsavableError(ClassicXMError, ValueError):
    """An object that could be written but not read back; nothing was written."""


class DamagedFileError(ClassicXMError, ValueError):
    """A saved object with a missing, truncated or altered file."""

    def __init__(self, path: object, reason: str) -> None:
        self.path = str(path)
        self.reason = reason
        super().__init__(f"{self.path}: {reason}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.path, self.reason)


class MissingExtraError(ClassicXMError, ImportError):
    """An optional package that is not installed.

    >>> print(MissingExtraError("faiss", "faiss-cpu"))
    faiss-cpu is not installed; run: pip install "classicxm[faiss]"
    """

    def __init__(self, extra: str, package: str | None = None) -> None:
        self.extra = extra
        self.package = package or extra
        super().__init__(f'{self.package} is not installed; run: pip install "classicxm[{extra}]"')

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.extra, self.package)


class WorkerLostError(ClassicXMError, RuntimeError):
    """A worker process that was ended from outside."""


class ShardFailedError(ClassicXMError, ConnectionError):
    """A part of an index that did not answer, in an index that is set to answer from all of its parts or from none."""


class ShardMissingWarning(UserWarning):
    """Answers that lack those of a part of an index, which did not answer."""


class CacheWarning(UserWarning):
    """A cache of descriptions that cannot be used, so that everything is computed."""


class IgnoredSettingWarning(UserWarning):
    """A setting that the estimator it was meant for does not take."""


class UnknownWordsWarning(UserWarning):
    """A query with words that the model does not know."""


class EmptyDescriptionWarning(UserWarning):
    """Items with nothing to describe (flat, silent or empty), which became zero vectors."""
