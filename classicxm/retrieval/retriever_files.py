"""A retriever as a folder: its estimators in one file, a folder per index, facts as JSON and payloads as JSON lines."""

import json
from collections.abc import Sequence
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from classicxm.persistence import ESTIMATOR, read_estimator, read_object, write_estimator, write_object
from classicxm.retrieval.payload_files import read_payloads, write_payloads

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["read_retriever", "write_retriever"]

FACTS = "retriever.json"


def write_retriever(retriever: "CrossModalRetriever", folder: Path) -> None:
    """Write a fitted retriever's files into an existing folder; indexes and payloads are of one moment."""
    check_is_fitted(retriever)
    bare = clone(retriever)
    if bare.cache is not None:
        bare.cache = fspath(bare.cache)  # a saved object holds no type that only one system has
    bare.extractors_, bare.aligner_ = retriever.extractors_, retriever.aligner_
    write_estimator(bare, folder / ESTIMATOR)
    facts: dict[str, Any] = {
        "learned": list(retriever.learned_ids_),
        "held_out": list(retriever.held_out_ids_),
        "root": retriever.root_,
        "about": retriever.about_,
        "selection": retriever.selection_,
    }
    with retriever.changing:
        for modality, index in retriever.indexes_.items():
            (folder / f"index-{modality}").mkdir()
            write_object(index, folder / f"index-{modality}")
        retriever._saved_payloads = write_payloads(retriever.payload_, folder, retriever._saved_payloads)
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def read_retriever(folder: Path, trusted: Sequence[Any] = ()) -> Any:
    """Read what `write_retriever` wrote."""
    retriever = read_estimator(folder / ESTIMATOR, trusted)
    retriever.indexes_ = {m: read_object(folder / f"index-{m}", trusted) for m in retriever.extractors_}
    retriever.payload_, retriever._saved_payloads = read_payloads(folder)
    if (folder / FACTS).exists():  # models of format 1 have none
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        retriever.learned_ids_, retriever.held_out_ids_ = facts["learned"], facts["held_out"]
        retriever.root_, retriever.about_ = facts["root"], facts.get("about", {})
        retriever.selection_ = facts.get("selection")
    return retriever
