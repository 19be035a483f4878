"""Why an item has the score that a question gives it, as the API answers it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from classicxm.media import MODALITIES
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.documents import ANY
from classicxm.retrieval.explanation import explain_found
from classicxm.web.answers import Question, fused_vector

__all__ = ["explained"]


def explained(retriever: CrossModalRetriever, question: Question, key: Hashable) -> dict[str, Any]:
    """The explanation of one answer as JSON values; see `classicxm.web.schemas.Explained`.

    One text or file against one modality is explained on both sides; anything else by what was found.
    """
    if question.target != ANY and not question.unlike and len(question.query) == 1:
        (example,) = question.query
        query = {n: v for n, v in example.items() if n != "weight"} if isinstance(example, dict) else {}
        if len(query) == 1 and set(query) <= set(MODALITIES) and example.get("weight", 1) > 0:
            both = retriever.explain(query, key, question.target).to_dict()
            return {**both, "found": [both["target"]]}
    score, metric, evidence = explain_found(
        retriever, fused_vector(retriever, question), key, question.target
    )
    found = [part.to_dict() for part in evidence]
    target = found[0] if question.target != ANY else None
    return {"score": score, "metric": metric, "id": key, "query": None, "target": target, "found": found}
