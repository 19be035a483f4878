"""A retriever without what was stored beside its items: an index to hand on without texts, paths or labels."""

import copy
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.late_kinds import is_of_kind
from classicxm.parameters import Choice

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["redacted"]

#: What stands where a path was that an extractor cannot be without; nothing lies there, so refitting says so.
REMOVED = "removed"


def redacted(retriever: "CrossModalRetriever") -> "CrossModalRetriever":
    """A copy of a fitted retriever that answers alike, with ids and scores but without payloads.

    Left out are the payloads (texts, paths, labels and whatever else came with the items), notes on items that
    failed, every path among the parameters (caches, files of word vectors) and the names of classes that an
    alignment learned from, which become their numbers.

    What remains, because answers need it: the ids, which should therefore say nothing; the vectors of the items,
    which show what the items are like to anyone who has the extractors, as this folder does; the vocabulary of the
    texts, which holds every word that occurs in ``min_df`` of them, names included, with its frequency; the scores
    that random pairs of training items reach; and the training features that kernel alignments keep, from which the
    words of a text can be read.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
        Stays as it is.

    Examples
    --------
    >>> from classicxm.datasets import make_scenes
    >>> from classicxm.alignment import CCA
    >>> from classicxm.image import ColorHistogram
    >>> from classicxm.retrieval import CrossModalRetriever
    >>> from classicxm.text import TfidfText
    >>> retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    >>> bare = redacted(retriever.fit_collection(make_scenes(30, modalities=("text", "image"))))
    >>> [hit.payload for hit in bare.search({"text": "red"}, "image", k=2)]
    [{}, {}]
    """
    bare = _bare(retriever)
    # ids are in the indexes anyway; their order over all modalities decides ties among whole items
    bare.about_ = {name: value for name, value in retriever.about_.items() if name != "collection"}
    bare.indexes_, bare.payload_ = retriever.indexes_, {key: {} for key in retriever.payload_}
    bare.skipped_, bare.empty_, bare.root_, bare.whole_ = [], [], None, None
    return bare


def _bare(value: Any) -> Any:
    """The value without paths, notes and names of classes, wherever an estimator is inside it."""
    if type(value) in (list, tuple):
        return type(value)(map(_bare, value))
    if type(value) is dict:
        return {key: _bare(part) for key, part in value.items()}
    if isinstance(value, type) or not hasattr(value, "get_params"):
        return value
    bare, ranges = copy.copy(value), _ranges(type(value))
    for name, part in vars(value).items():
        if name == "error_report_" or (
            is_of_kind(value, "sklearn.pipeline", "Pipeline") and name == "memory"
        ):
            part = None
        elif name == "classes_" and isinstance(part, np.ndarray) and part.dtype.kind not in "iufb":
            part = np.arange(len(part))
        elif _is_path(part, ranges.get(name)):
            part = None if ranges.get(name) is None or ranges[name].accepts(None) else REMOVED
        else:
            part = _bare(part)
        vars(bare)[name] = part
    vars(bare).pop("error_report_", None)
    return bare


def _ranges(cls: type) -> dict[str, Any]:
    ranges: dict[str, Any] = {}
    for parent in reversed(cls.__mro__):
        ranges.update(vars(parent).get("parameter_ranges", {}))
    return ranges


def _is_path(value: Any, allowed: Any) -> bool:
    """Whether a value is a path: by its type, or as the str of a parameter that takes paths."""
    if isinstance(value, PathLike):
        return True
    if not isinstance(value, str) or allowed is None or not allowed.accepts(PurePath("x")):
        return False
    names = [option for option in getattr(allowed, "options", ()) if isinstance(option, Choice)]
    return not any(choice.accepts(value) for choice in names)
