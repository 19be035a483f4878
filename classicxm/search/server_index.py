"""What indexes share whose items lie elsewhere, in a server or an engine of its own: an address and a name there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from classicxm.base import Index
from classicxm.persistence import ESTIMATOR, read_estimator, write_estimator
from classicxm.search.passwords import HidesPasswords
from classicxm.search.sql import without_password

__all__ = ["SPARE", "ServerIndex"]

#: Items that are fetched beyond k, so that exact scores decide.
SPARE = 16


class ServerIndex(HidesPasswords, Index):
    """An index that is saved as its parameters, without the password; its items stay where they are.

    A subclass says which parameters are the address and the name of what holds the items there, and how attributes
    begin that belong to one process.
    """

    filters_itself = True
    address: ClassVar[str]
    holder: ClassVar[str]
    of_process: ClassVar[str]

    def __getstate__(self) -> dict[str, Any]:
        """Without what belongs to a process, and without a password."""
        state = super().__getstate__().items()
        kept = {key: value for key, value in state if not key.startswith(self.of_process)}
        return kept | {self.address: without_password(getattr(self, self.address))}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(**self.get_params())

    def of_view(self, modality: str, metric: str) -> Self:
        """The index of one modality of a retriever: a holder of its own, under the alignment's metric."""
        given = self.get_params()
        given[self.holder] += f"_{modality}"
        if self.metric == "cosine":
            given["metric"] = metric
        return type(self)(**given)

    def write_files(self, folder: Path) -> None:
        """Where the items are; they stay there."""
        write_estimator(self, folder / ESTIMATOR)

    @classmethod
    def read_files(cls, folder: Path, trusted: Any = ()) -> Self:
        """The index that `write_files` wrote; nothing is asked of the server yet."""
        return read_estimator(folder / ESTIMATOR, trusted)
