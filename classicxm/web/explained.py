"""Why an item has the score that a question gives it, as the API answers it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from classicxm.media import MODALITIES
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.documents import ANY
from classicxm.retrieval.explanation import explain_found
from classicxm.retrieval.queries import one_query, query_parts
from classicxm.web.answers import Question, fused_vector

__all__ = ["explained"]


def explained(retriever: CrossModalRetriever, question: Question, key: Hashable) -> dict[str, Any]:
    """The explanation of one answer as JSON values; see `classicxm.web.schemas.Explained`.

    One text or file against one modality is explained on both sides; anything else by what was found.
    """
    parts = query_parts(one_query(list(question.query)), question.weights, one_query(list(question.unlike)))
    (first, *more) = parts
    if question.target != ANY and not more and first.modality in MODALITIES and first.weight > 0:
        both = retriever.explain({first.modality: first.items[0]}, key, question.target).to_dict()
        return {**both, "found": [both["target"]]}
    score, metric, evidence = explain_found(
        retriever, fused_vector(retriever, question), key, question.target
    )
    found = [part.to_dict() for part in evidence]
    target = found[0] if question.target != ANY else None
    return {"score": score, "metric": metric, "id": key, "query": None, "target": target, "found": found}
