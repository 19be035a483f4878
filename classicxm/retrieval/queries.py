"""What may be asked with: examples of any modality, stored items by id, weights, and what answers shall not be like."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.parameters import Real
from classicxm.retrieval.description import equal_lengths
from classicxm.retrieval.documents import whole_vectors
from classicxm.search.inputs import check_ids, check_queries, is_id
from classicxm.sequences import listed

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = [
    "UNLIKE",
    "Part",
    "history_parts",
    "listed_history",
    "one_query",
    "part_vectors",
    "query_parts",
    "rocchio_weights",
    "stored_ids",
]

#: What the unwanted examples weigh together beside the wanted ones: Rocchio's gamma / beta, 4 / 16 in Buckley et
#: al. 1994 ("The effect of adding relevance information in a relevance feedback environment").
UNLIKE = 0.25
WEIGHT = "weight"
VECTOR = "vector"


@dataclass(frozen=True)
class Part:
    """One part of some queries: one item per query, of one modality, or of stored items by ``"id"``, and its weight."""

    modality: str
    items: list
    weight: float


def one_query(examples: Any) -> list[dict[str, Any]]:
    """Examples of a single query in the form of a batch of one.

    Parameters
    ----------
    examples : None, id, dict, or list of ids and dicts
        A dict maps modalities to items, ``"id"`` to the id of a stored item, and optionally ``"weight"`` to a number.

    Examples
    --------
    >>> one_query(["a", {"image": "b.jpg", "weight": 0.5}])
    [{'id': ['a']}, {'image': ['b.jpg'], 'weight': 0.5}]
    """
    if examples is None:
        return []
    every = examples if isinstance(examples, (list, tuple)) else [examples]
    return [
        {name: item if name == WEIGHT else [item] for name, item in _as_dict(example).items()}
        for example in every
    ]


def query_parts(queries: Any, weights: Mapping[str, float] | None = None, unlike: Any = None) -> list[Part]:
    """The parts of a batch of queries, those of ``unlike`` with negative weights.

    Parameters
    ----------
    queries : dict, or list of dicts
        Modality, ``"id"`` or ``"vector"`` (of the common subspace), to items, one per query; ``"weight"`` in a dict of
        a list counts for the dict.
    weights : dict of str to float, optional
        Modality, or ``"id"``, to a factor; 1 where not given, and negative for what answers shall not be like.
    unlike : dict, or list of dicts, optional
        In the form of queries. Together they weigh `UNLIKE` times what the queries weigh.

    Returns
    -------
    list of Part

    Examples
    --------
    >>> parts = query_parts({"text": ["red"], "image": ["a.jpg"]}, {"image": 0.5}, {"image": ["b.jpg"]})
    >>> [(part.modality, part.weight) for part in parts]
    [('text', 1.0), ('image', 0.5), ('image', -0.375)]
    """
    wanted, unwanted = _parts(queries, "query"), _parts(unlike, "unlike")
    names = list(dict.fromkeys(part.modality for part in wanted))
    if weights is not None and not isinstance(weights, dict):
        raise TypeError(f'weights must be a dict such as {{"text": 1, "image": 0.5}}, got {weights!r:.80}')
    for name, weight in (weights or {}).items():
        if name not in names:
            raise ValueError(f"weights name no part of the query: {name!r}; its parts are {', '.join(names)}")
        _check_weight(f"the weight of {name}", weight)
    wanted = [_weighted(part, (weights or {}).get(part.modality, 1)) for part in wanted]
    negative = next((part for part in unwanted if part.weight < 0), None)
    if negative is not None:
        raise ValueError(
            f"the weight of an unlike {negative.modality} must be at least 0, got {negative.weight:g}; "
            "unlike is negative already"
        )
    shares = rocchio_weights([part.weight for part in wanted], [part.weight for part in unwanted])[1]
    unwanted = [Part(part.modality, part.items, share) for part, share in zip(unwanted, shares, strict=True)]
    return _checked([*wanted, *unwanted])


def listed_history(history: Any) -> list[Any]:
    """A history as a list, as it is looked through more than once; TypeError for one id or one dict.

    >>> listed_history(iter(["a", {"id": "b"}])), listed_history(None)
    (['a', {'id': 'b'}], [])
    """
    if isinstance(history, dict) or (history is not None and np.isscalar(history)):
        raise TypeError(f"history must be a list of ids and dicts, got {history!r:.80}")
    return [] if history is None else list(history)


def history_parts(history: Any) -> list[Part]:
    """The parts of a history, a list of ids and dicts as `one_query` takes them; at least one has a weight.

    >>> [(part.modality, part.weight) for part in history_parts(["a", {"id": "b", "weight": -1}])]
    [('id', 1.0), ('id', -1.0)]
    """
    parts = _parts(one_query(listed_history(history)), "history")
    if not parts:
        raise ValueError("the history is empty; give at least one id or item")
    return _checked(parts)


def stored_ids(history: Iterable[Any]) -> set[Any]:
    """The ids of stored items in a history, whatever their weights.

    >>> sorted(stored_ids(["a", {"id": "b", "weight": 0}, {"text": "red"}]))
    ['a', 'b']
    """
    return set(check_ids(example["id"][0] for example in one_query(list(history)) if "id" in example))


def rocchio_weights(
    wanted: Sequence[float], unwanted: Sequence[float], unlike: Any = UNLIKE
) -> tuple[list[float], list[float]]:
    """Weights of wanted examples as they are, and negative ones of unwanted examples (Rocchio 1971).

    The unwanted ones together weigh ``unlike`` times the wanted ones, whatever their number; alone they weigh 1.

    >>> rocchio_weights([1.0, 1.0], [1.0, 3.0])
    ([1.0, 1.0], [-0.125, -0.375])
    """
    total = sum(map(abs, unwanted))
    scale = (unlike * sum(map(abs, wanted)) or 1.0) / total if total else 0.0
    return list(wanted), [-abs(weight) * scale for weight in unwanted]


def part_vectors(
    retriever: "CrossModalRetriever", parts: Sequence[Part], metric: str
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Every part in the common subspace; the items of all parts of one modality are described together.

    Returns
    -------
    vectors : list of arrays (n_queries, d)
    known : list of bool arrays (n_queries,)
        Which items of a part have anything in them that the model knows.
    """
    vectors: list[Any] = [None] * len(parts)
    known: list[Any] = [None] * len(parts)
    for modality in dict.fromkeys(part.modality for part in parts):
        mine = [n for n, part in enumerate(parts) if part.modality == modality]
        items = [item for n in mine for item in parts[n].items]
        knows = np.ones(len(items), bool)
        if modality == "id":
            with retriever.changing:
                rows = whole_vectors(retriever.indexes_, items, metric)
        elif modality == VECTOR:
            check_queries(items)
            rows = np.asarray(items, np.float64)
        else:
            rows, knows = retriever.projected(modality, items)
        if len(rows) < len(items):
            raise ValueError(
                f"{len(items) - len(rows)} of {len(items)} {modality} queries could not be described; "
                "leave them out, or repair them"
            )
        for n, block, has in zip(mine, np.split(rows, len(mine)), np.split(knows, len(mine)), strict=True):
            vectors[n], known[n] = block, has
    widths = sorted({block.shape[1] for block in vectors})
    if len(widths) > 1:
        raise ValueError(
            f"the parts of the query have {' and '.join(map(str, widths))} dimensions; vectors must be of this model's "
            "common subspace, as project gives them"
        )
    return vectors, known


def _parts(examples: Any, what: str) -> list[Part]:
    if examples is None:
        return []
    every = [examples] if isinstance(examples, dict) else examples
    if not isinstance(every, (list, tuple)) or not all(isinstance(example, dict) for example in every):
        raise TypeError(f'expected a dict such as {{"text": [...], "image": [...]}}, got {examples!r:.80}')
    parts = []
    for example in every:
        weight = example.get(WEIGHT, 1)
        _check_weight(f"the weight in {what}", weight)
        parts += [
            Part(name, listed(items, f"{name} items"), float(weight))
            for name, items in example.items()
            if name != WEIGHT
        ]
    return parts


def _weighted(part: Part, factor: float) -> Part:
    return Part(part.modality, part.items, float(part.weight * factor))


def _checked(parts: Sequence[Part]) -> list[Part]:
    """Parts of one length and not all without weight; those without any are left out."""
    equal_lengths(
        {f"{part.modality}{'' if n == 0 else f' ({n + 1})'}": part.items for n, part in _named(parts)}
    )
    weighted = [part for part in parts if part.weight]
    if not weighted:
        raise ValueError("all weights are zero; give at least one part of the query a weight")
    return weighted


def _named(parts: Sequence[Part]) -> Iterator[tuple[int, Part]]:
    """Parts with a number each within their modality."""
    seen: dict[str, int] = {}
    for part in parts:
        seen[part.modality] = seen.get(part.modality, -1) + 1
        yield seen[part.modality], part


def _as_dict(example: Any) -> dict[str, Any]:
    if isinstance(example, dict):
        return example
    if is_id(example):
        return {"id": example}
    raise TypeError(f'expected an id or a dict such as {{"image": "a.jpg"}}, got {example!r:.80}')


def _check_weight(what: str, weight: Any) -> None:
    if not Real().accepts(weight):
        raise ValueError(f"{what} must be a finite number, got {weight!r}")
