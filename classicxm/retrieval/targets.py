"""What a retriever may be asked for: a modality that it knows or whole items, and the index that answers with them.

Everything but the query is checked here, before the query is described, which may take long.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from classicxm.retrieval.documents import ANY, whole_index
from classicxm.retrieval.facets import restriction
from classicxm.retrieval.fusion import check_fusion
from classicxm.search.conditions import Condition, Restricted
from classicxm.search.inputs import check_k

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["check_modality", "check_target", "checked_question", "index_of", "scored_by"]


def check_modality(retriever: "CrossModalRetriever", modality: str) -> None:
    """NotFittedError before fit; ValueError for what is no modality of the model."""
    check_is_fitted(retriever)
    if not isinstance(modality, str) or modality not in retriever.extractors_:
        given = " ".join(repr(modality).split())[:80]
        raise ValueError(f"this model knows {', '.join(retriever.extractors_)}, not {given}")


def check_target(retriever: "CrossModalRetriever", target: str) -> None:
    """The same for a target, which may be ``"any"``: whole items."""
    if isinstance(target, str) and target == ANY:
        check_is_fitted(retriever)
    else:
        check_modality(retriever, target)


def checked_question(
    retriever: "CrossModalRetriever",
    target: str,
    k: int,
    allowed: Iterable[Any] | None,
    fusion: str,
    where: str | None,
) -> tuple[int, Iterable[Any] | None, Condition | None]:
    """Everything but the query, checked: k, the ids that may be answered, and what the index applies instead.

    Parameters
    ----------
    retriever : CrossModalRetriever
    target, k, allowed, fusion, where
        As its ``search`` takes them.

    Returns
    -------
    k : int
    allowed : collection of ids or None
    condition : Condition or None
        What is left of ``where`` for an index that filters itself.
    """
    check_target(retriever, target)
    check_fusion(fusion)
    k = check_k(k)
    if where is None:
        return k, allowed, None
    index = None if target == ANY else retriever.indexes_[target]
    return k, *restriction(index, where, retriever.payload_, allowed)


def scored_by(retriever: "CrossModalRetriever", target: str) -> str:
    """What scores of a target are: those of its `metric_of`, or "hamming" where its index compares codes alone."""
    return (retriever.new_index() if target == ANY else retriever.indexes_[target]).scored_by


def index_of(retriever: "CrossModalRetriever", target: str, condition: Condition | None = None) -> Any:
    """The index that answers with a target, under a condition where there is one."""
    check_target(retriever, target)
    index = whole_index(retriever) if target == ANY else retriever.indexes_[target]
    return index if condition is None else Restricted(index, condition)
