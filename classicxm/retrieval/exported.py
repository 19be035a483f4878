"""The vectors of a retriever, or the raw features behind them, as files for other programs: npz, csv, parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.atomic import write_file
from classicxm.errors import MissingExtraError
from classicxm.retrieval.description import describe_view, held_content
from classicxm.retrieval.single_captions import one_caption, view_rows
from classicxm.retrieval.targets import check_modality
from classicxm.search import MultiVectorIndex
from classicxm.sequences import listed, taken

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["Exported", "check_export", "exported_items", "exported_queries", "write_exported"]

FORMATS = (".npz", ".csv", ".parquet")


@dataclass(frozen=True)
class Exported:
    """Rows of one modality.

    Attributes
    ----------
    modality : str
    ids : list of str or int
    vectors : float array (n, d)
    payloads : list of dict
    """

    modality: str
    ids: list[Any]
    vectors: np.ndarray
    payloads: list[dict]


def exported_items(
    retriever: CrossModalRetriever,
    modalities: Sequence[str] | None = None,
    ids: Sequence[Any] | None = None,
    raw: bool = False,
) -> list[Exported]:
    """Held items, modality by modality; texts that are indexed by their captions have a row for each of these.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
    modalities : sequence of str, optional
        None takes all.
    ids : sequence of ids, optional
        Only these; None takes all.
    raw : bool, default=False
        Features before the alignment instead of vectors of the common subspace. They are not stored: the items are
        described anew from the texts and paths in their payloads.

    Raises
    ------
    ValueError
        For raw features of items whose content the model does not know.
    """
    parts = []
    for modality in retriever.extractors_ if modalities is None else modalities:
        check_modality(retriever, modality)
        index = retriever.indexes_[modality]
        wanted = None if ids is None else set(ids)
        keys = [key for key in index.ids() if wanted is None or key in wanted]
        if not keys:
            continue
        if not raw:
            vectors, keys, numbers = index.parts(keys)
            parts.append(Exported(modality, keys, vectors, _payloads(retriever, modality, keys, numbers)))
            continue
        rows = view_rows(retriever, modality, [_content(retriever, modality, key) for key in keys], keys)
        keys = taken(keys, rows.items)
        parts.append(
            Exported(modality, keys, rows.features, _payloads(retriever, modality, keys, rows.numbers))
        )
    return parts


def exported_queries(
    retriever: CrossModalRetriever, modality: str, items: Sequence[Any], raw: bool = False
) -> Exported:
    """Items that are not held, such as queries, as rows; their ids are their numbers from 0."""
    items = listed(items, "queries")
    names = list(range(len(items)))
    view = describe_view(retriever.extractors_[modality], modality, items, names)
    vectors = view.features if raw else retriever.aligner_.transform_view(modality, view.features)
    shown = [{modality: str(items[row])} for row in view.kept.tolist()]
    return Exported(modality, taken(names, view.kept), vectors, shown)


def check_export(path: str | PathLike[str]) -> str:
    """The ending of a name; ValueError, before any work, for one that is no format, MissingExtraError for parquet."""
    suffix = Path(fspath(path)).suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{path} must end with one of {', '.join(FORMATS)}")
    if suffix == ".parquet":
        _pyarrow()
    return suffix


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("frames", "pyarrow") from None
    return pyarrow


def write_exported(parts: Sequence[Exported], path: str | PathLike[str]) -> Path:
    """Write rows in the format that the name ends with; a file that is there is replaced in one step.

    ``.npz`` holds arrays ``MODALITY_ids``, ``MODALITY_vectors`` and ``MODALITY_payloads`` (JSON) each; ``.csv`` and
    ``.parquet`` have columns modality, id, payload (JSON), and the vector as columns v0, v1, ... (csv, as wide as
    the widest) or as one list (parquet).

    Raises
    ------
    ValueError
        For another ending, and where there is nothing to write.
    MissingExtraError
        For parquet without pyarrow.
    """
    suffix = check_export(path)
    if not parts:
        raise ValueError("there are no items to export")
    for part in parts:
        _check_written_ids(part.ids)
    return write_file(path, {".npz": _npz, ".csv": _csv, ".parquet": _parquet}[suffix](parts))


def _content(retriever: CrossModalRetriever, modality: str, key: Any) -> Any:
    content = held_content(retriever, modality, key)
    if content is None:
        raise ValueError(
            f"item {key!r}: raw features need its {modality}, which the model does not hold; export vectors instead"
        )
    return content


def _payloads(
    retriever: CrossModalRetriever, modality: str, keys: Sequence[Any], numbers: Sequence[int] | None
) -> list[dict[str, Any]]:
    """What is stored with the item of each row; of captions that are indexed one by one, each row has its own."""
    payloads = [retriever.payload_of(key) for key in keys]
    if numbers is None or not isinstance(retriever.indexes_[modality], MultiVectorIndex):
        return payloads
    return [one_caption(*row, modality) for row in zip(payloads, numbers, strict=True)]


def _check_written_ids(ids: Sequence[Any]) -> None:
    """ValueError for ids that a file would not tell apart: 7 and "7", or two that differ in a last zero character."""
    written: dict[str, Any] = {}
    for key in ids:
        other = written.setdefault(str(key).rstrip("\0"), key)
        if other != key:
            raise ValueError(f"the ids {other!r} and {key!r} are one in a file of embeddings; rename one")


def _ids_array(ids: list[Any]) -> np.ndarray:
    numbers = all(isinstance(key, int) and abs(key) < 2**63 for key in ids)
    return np.array(ids, np.int64 if numbers else np.str_)


def _json(payload: dict) -> str:
    return json.dumps(payload, ensure_ascii=False)


def _npz(parts: Sequence[Exported]) -> bytes:
    arrays: dict[str, Any] = {}
    for part in parts:
        arrays[f"{part.modality}_ids"] = _ids_array(part.ids)
        arrays[f"{part.modality}_vectors"] = part.vectors
        arrays[f"{part.modality}_payloads"] = np.array(list(map(_json, part.payloads)), np.str_)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _csv(parts: Sequence[Exported]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    width = max(part.vectors.shape[1] for part in parts)
    writer.writerow(["modality", "id", "payload", *(f"v{n}" for n in range(width))])
    for part in parts:
        for key, vector, payload in zip(part.ids, part.vectors.tolist(), part.payloads, strict=True):
            writer.writerow([part.modality, key, _json(payload), *vector])
    return buffer.getvalue().encode("utf-8", "surrogatepass")


def _parquet(parts: Sequence[Exported]) -> bytes:
    pyarrow = _pyarrow()
    from pyarrow import parquet

    columns: dict[str, list[Any]] = {"modality": [], "id": [], "payload": [], "vector": []}
    for part in parts:
        columns["modality"] += [part.modality] * len(part.ids)
        columns["id"] += map(str, part.ids)
        columns["payload"] += map(_json, part.payloads)
        columns["vector"] += part.vectors.tolist()
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()
