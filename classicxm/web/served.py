"""Models that are served: loaded once, again when they are replaced on disk, and changed one writer at a time."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from classicxm.errors import ClassicXMError
from classicxm.media import MODALITIES
from classicxm.retrieval import CrossModalRetriever
from classicxm.web.quality import Quality, measured

__all__ = ["Change", "Served", "ServedModel", "Source", "named"]

log = logging.getLogger("classicxm.web")
#: Media of items that the API adds lie in this folder of the collection's.
ADDED = "classicxm-added"


@dataclass(frozen=True)
class Source:
    """Where a model lies and how it is loaded; see `CrossModalRetriever.load`."""

    folder: str
    trusted: tuple[str, ...] = ()
    root: str | None = None
    allow_outside: bool = False

    def load(self) -> CrossModalRetriever:
        """The retriever of the folder, read anew."""
        return CrossModalRetriever.load(self.folder, self.trusted, self.root, self.allow_outside)

    def state(self) -> tuple[int, ...] | None:
        """What distinguishes one saved model from another in the same place; None where there is none now."""
        try:
            facts = (Path(self.folder) / "contents.json").stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_mtime_ns, facts.st_size


@dataclass
class Served:
    """One state of a model: requests keep the one they started with."""

    name: str
    retriever: CrossModalRetriever
    version: int
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    changes: int = 0  # items added or removed since it was loaded

    @cached_property
    def _measured(self) -> Quality:
        return measured(self.retriever)

    @property
    def quality(self) -> Quality:
        """How good the model is on the items it holds, measured once."""
        with self._lock:
            return self._measured

    @property
    def mark(self) -> str:
        """Changes with every change of the model."""
        return f"{self.version}.{self.changes}"


class ServedModel:
    """A model under its name, as it is now.

    Parameters
    ----------
    name : str
    retriever : fitted CrossModalRetriever, optional
        What is served; by default what ``source`` loads.
    source : Source, optional
        Where it lies; a model without one is neither loaded again nor saved.
    """

    def __init__(
        self, name: str, retriever: CrossModalRetriever | None = None, source: Source | None = None
    ) -> None:
        self.name, self.source = name, source
        self.state = source.state() if source else None
        self.writing = asyncio.Lock()
        if retriever is None and source is not None:
            retriever = source.load()
        if retriever is None:
            raise ValueError(f"model {name!r} has neither a retriever nor a folder to load it from")
        self.now = Served(name, retriever, 1)

    def reload(self) -> bool:
        """Load the model again if it was replaced on disk; what cannot be loaded leaves the old one in service."""
        if self.source is None:
            return False
        state = self.source.state()
        if state is None or state == self.state:
            return False
        try:
            retriever = self.source.load()
        except (ClassicXMError, OSError, ValueError) as error:
            log.warning(
                "model %s was replaced and cannot be loaded, the old one is served: %s", self.name, error
            )
            self.state = state
            return False
        self.state = state
        self.now = Served(self.name, retriever, self.now.version + 1)
        log.warning("model %s was replaced on disk and has been loaded again", self.name)
        return True

    def change(
        self, change: Callable[[CrossModalRetriever], object], undo: Callable[[CrossModalRetriever], object]
    ) -> None:
        """Change the model and save it; when saving fails the change is undone and the error raised."""
        self.reload()
        served = self.now
        change(served.retriever)
        try:
            if self.source is not None:
                served.retriever.save(self.source.folder)
                self.state = self.source.state()
        except BaseException:
            undo(served.retriever)
            raise
        served.changes += 1

    def remove(self, ids: Sequence[Hashable]) -> None:
        """Forget items, and the media that were kept of them; KeyError where one is unknown, and none is removed."""
        self.reload()
        retriever = self.now.retriever
        ids = list(dict.fromkeys(ids))
        with retriever.changing:
            held = {
                modality: index.parts([key for key in ids if key in index])
                for modality, index in retriever.indexes_.items()
                if any(key in index for key in ids)
            }
        payloads = {key: retriever.payload_.get(key) for key in ids}

        def undo(changed: CrossModalRetriever) -> None:
            with changed.changing:
                changed.payload_.update({k: p for k, p in payloads.items() if p is not None})
                for modality, parts in held.items():
                    changed.indexes_[modality].add_parts(*parts)
                changed.whole_ = None

        self.change(lambda changed: changed.remove(ids), undo)
        if retriever.root_ is None:
            return
        kept = [
            str(payload.get(m)) for payload in retriever.payload_.values() for m in MODALITIES if m in payload
        ]
        for payload in filter(None, payloads.values()):
            for modality in MODALITIES[1:]:
                value = payload.get(modality)
                if isinstance(value, str) and value.startswith(f"{ADDED}/") and value not in kept:
                    (Path(retriever.root_) / ADDED / Path(value).name).unlink(missing_ok=True)


@dataclass
class Change:
    """An item that is added: the files that are kept of it, written before the model names them."""

    key: Hashable
    items: dict[str, object]
    payload: dict[str, object]
    files: list[Path] = field(default_factory=list)

    def keep(self, retriever: CrossModalRetriever, modality: str, content: bytes, suffix: str) -> None:
        """Write a medium below the collection's folder, where there is one, and name it in the payload."""
        if retriever.root_ is None or not Path(retriever.root_).is_dir():
            return
        name = f"{hashlib.sha256(content).hexdigest()[:32]}{suffix}"
        path = Path(retriever.root_) / ADDED / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            self.files.append(path)
            path.write_bytes(content)
        self.payload[modality] = f"{ADDED}/{name}"

    def apply(self, retriever: CrossModalRetriever) -> None:
        """Index the item under every modality that it has, or under none."""
        try:
            for modality, item in self.items.items():
                retriever.add(modality, [item], [self.key], [self.payload])
        except BaseException:
            self.undo(retriever)
            raise

    def undo(self, retriever: CrossModalRetriever) -> None:
        """Forget the item and its files."""
        if any(self.key in index for index in retriever.indexes_.values()):
            retriever.remove([self.key])
        self.discard()

    def discard(self) -> None:
        """Remove the files that were written for it."""
        for path in self.files:
            path.unlink(missing_ok=True)


def named(sources: Sequence[Source]) -> list[ServedModel]:
    """Models under the names of their folders; a name that occurs twice is numbered.

    Raises whatever loading raises.
    """
    models: list[ServedModel] = []
    for source in sources:
        base = Path(source.folder).resolve().name or "model"
        taken = {model.name for model in models}
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        models.append(ServedModel(name, source=source))
    return models
