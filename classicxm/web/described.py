"""What a served model is and holds: facts, facets, ids, and answers as JSON values."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Any

from sklearn.pipeline import Pipeline

from classicxm import __version__
from classicxm.media import MODALITIES
from classicxm.reports import score_meaning
from classicxm.retrieval.filters import admitted
from classicxm.web.answers import Answers, shown_rows
from classicxm.web.served import Served

__all__ = ["answers_of", "bare_answers", "facet_counts", "item_ids", "model_facts"]

#: Keys with more values than this, nearly all different, are no facets.
MOST_VALUES = 500
_cache: OrderedDict[tuple, Any] = OrderedDict()


def answers_of(served: Served, answers: Answers, is_private: bool) -> dict[str, Any]:
    """A page of answers as the API gives it."""
    rows = shown_rows(served.retriever, answers, is_private)
    facts = {"page": answers.page, "more": answers.more, "match": answers.match, "unknown": answers.unknown}
    return {"hits": rows, **facts} | ({"missing": list(answers.missing)} if answers.missing else {})


def bare_answers(batch: tuple[Any, Any]) -> dict[str, Any]:
    """The answers to many vectors as the API gives them: ids and scores, and the shards that did not answer.

    >>> import numpy as np
    >>> bare_answers((np.array([["a", None]], object), np.array([[0.5, -np.inf]])))
    {'results': [{'hits': [{'id': 'a', 'score': 0.5}]}]}
    """
    ids, scores = batch
    rows = [
        {"hits": [{"id": key, "score": score} for key, score in zip(*row, strict=True) if key is not None]}
        for row in zip(ids.tolist(), scores.tolist(), strict=True)
    ]
    missing = list(getattr(batch, "missing", ()))
    return {"results": rows} | ({"missing": missing} if missing else {})


def _remembered(served: Served, what: tuple, make: Any) -> Any:
    """A value that holds until the model changes."""
    key = (id(served), served.mark, *what)
    if key not in _cache:
        _cache[key] = make()
        while len(_cache) > 64:
            _cache.popitem(last=False)
    return _cache[key]


def item_ids(served: Served) -> list[Hashable]:
    """The ids of all items, in whatever modality."""
    retriever = served.retriever

    def make() -> list[Hashable]:
        with retriever.changing:
            return list(dict.fromkeys(key for index in retriever.indexes_.values() for key in index.ids()))

    return _remembered(served, ("ids",), make)


def facet_counts(served: Served, where: str | None, most: int) -> dict[str, list[dict[str, Any]]]:
    """Values of every key that has few enough of them, the most frequent first.

    Raises
    ------
    ValueError
        For a filter that cannot be parsed.
    """

    def make() -> dict[str, list[dict[str, Any]]]:
        payloads = served.retriever.payload_
        admitting = admitted(where or None, payloads)
        chosen = None if admitting is None else list(admitting)
        counts: dict[str, Counter] = {}
        for key in payloads if chosen is None else chosen:
            for name, value in payloads.get(key, {}).items():
                if name in MODALITIES:
                    continue
                every = value if isinstance(value, list) else [value]
                counter = counts.setdefault(name, Counter())
                counter.update({one for one in every if isinstance(one, (str, int, float, bool))})
        n_items = len(payloads if chosen is None else chosen)
        return {
            name: [{"value": value, "count": n} for value, n in _ordered(counter)[:most]]
            for name, counter in counts.items()
            if counter and len(counter) <= MOST_VALUES and (len(counter) < 0.6 * n_items or n_items < 5)
        }

    return _remembered(served, ("facets", where, most), make)


def _ordered(counter: Counter) -> list[tuple[Any, int]]:
    return sorted(counter.items(), key=lambda pair: (-pair[1], str(pair[0])))


def model_facts(served: Served) -> dict[str, Any]:
    """What the model is, what it learned from, and how good it was measured to be."""
    retriever = served.retriever
    aligner = retriever.aligner_
    metric = aligner.score_metric
    return {
        "name": served.name,
        "version": __version__,
        "modalities": list(retriever.extractors_),
        "indexed": {modality: len(index) for modality, index in retriever.indexes_.items()},
        "learned_from": len(retriever.learned_ids_),
        "held_out": len(retriever.held_out_ids_),
        "aligner": type(aligner).__name__,
        "settings": {name: _plain(value) for name, value in aligner.get_params(deep=False).items()},
        "extractors": {modality: _named(part) for modality, part in retriever.extractors_.items()},
        "index": type(next(iter(retriever.indexes_.values()))).__name__,
        "metric": metric,
        "meaning": score_meaning(next(iter(retriever.indexes_.values())).scored_by),
        **served.quality.to_dict(),
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, bool, type(None))) or _is_finite(value) else str(value)[:200]


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and abs(value) < float("inf")


def _named(extractor: Any) -> str:
    if isinstance(extractor, Pipeline):
        return " > ".join(_named(step) for _, step in extractor.steps)
    blocks = getattr(extractor, "blocks", None)
    if blocks:
        return " + ".join(_named(block) for _, block in blocks)
    inner = [_named(getattr(extractor, name)) for name in ("local", "encoder") if hasattr(extractor, name)]
    return f"{type(extractor).__name__}({', '.join(inner)})" if inner else type(extractor).__name__
