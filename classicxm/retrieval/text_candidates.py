"""Descriptions of texts that are tried beside a retriever's own, and which of them are worth trying."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone

from classicxm.alignment.gram_folds import SPARSE
from classicxm.base import Extractor
from classicxm.errors import EmptyDescriptionWarning
from classicxm.retrieval.description import describe_view, fit_extractor, set_execution

__all__ = ["PIECES", "lone_share", "sparse_features", "text_candidates"]

logger = logging.getLogger(__name__)

#: Texts that are described at a time.
CHUNK = 1024
#: Name of texts by character n-grams, which annotate and explain by no whole words.
PIECES = "pieces of words"
#: Share of texts, at least, whose words no other text has, where pieces are tried: words say nothing of them.
LONE_SHARE = 0.05


def text_candidates(
    extractors: Mapping[str, Extractor],
    items: Sequence[Any],
    ids: Sequence[Any],
    execution: Mapping[str, Any],
) -> Iterator[tuple[str, Extractor, Any]]:
    """Every description of texts that is worth trying: its name, the fitted extractor, and features (n, d).

    Left out, and written to the log, are those that cannot be fitted on these texts, and pieces of words where texts
    share whole ones.

    Parameters
    ----------
    extractors : dict of str to Extractor
        They are cloned.
    items, ids : sequences of equal length
        The texts that are learned from.
    execution : dict
        n_jobs, on_error and cache of the clones, as `set_execution` takes them.

    Examples
    --------
    >>> from classicxm.text import TfidfText
    >>> tried = text_candidates({"words": TfidfText(), "rare": TfidfText(min_df=9)}, ["red sea", "red sky"], "ab", {})
    >>> [(name, features.shape) for name, _, features in tried]
    [('words', (2, 3))]
    """
    for name, extractor in extractors.items():
        extractor = clone(extractor)
        set_execution(extractor, **execution)
        try:
            if name == PIECES and lone_share(extractor, items, ids) < LONE_SHARE:
                logger.info("text features %s were not tried: texts share their words", name)
                continue
            fitted = fit_extractor(extractor, "text", items, ids)
        except ValueError as error:
            logger.info("text features %s were not tried: %s", name, error)
            continue
        yield name, fitted, sparse_features(fitted, items, ids)


def lone_share(extractor: Extractor, items: Sequence[Any], ids: Sequence[Any]) -> float:
    """The share of texts that have no word in common with another text; the extractor says how they are read.

    >>> from classicxm.text import TfidfText
    >>> lone_share(TfidfText(), ["a red dog", "red sea", "dogbarking", "a cat"], "abcd")
    0.5
    """
    words = clone(extractor).set_params(analyzer="word", ngram_range=(1, 1), min_df=1)
    found = sparse_features(fit_extractor(words, "text", items, ids), items, ids) > 0
    shared = np.asarray(found.sum(axis=0)).ravel() > 1
    return float(np.mean(found @ shared.astype(np.float32) == 0))


def sparse_features(extractor: Extractor, items: Sequence[Any], ids: Sequence[Any]) -> Any:
    """Descriptions of texts (n, d) by a fitted extractor, as a sparse matrix where most of them is zero."""
    parts: list[Any] = []
    for start in range(0, len(items), CHUNK):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EmptyDescriptionWarning)  # the retriever's own description warns
            part = describe_view(extractor, "text", items[start : start + CHUNK], ids[start : start + CHUNK])
        features = part.features
        thin = np.count_nonzero(features) <= SPARSE * features.size
        parts.append(sparse.csr_array(features) if thin else features)
    if all(sparse.issparse(part) for part in parts):
        return sparse.vstack(parts, format="csr")
    return np.vstack([part.toarray() if sparse.issparse(part) else part for part in parts])
