"""From the body of a request to the question or item that it asks with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from classicxm.media import MODALITIES
from classicxm.web.answers import Opened, Question, example_parts
from classicxm.web.schemas import AnnotateBody, EmbedBody, Example, SearchBody
from classicxm.web.uploads import Uploads

__all__ = ["asked_examples", "has_files", "one_example", "question_of", "unlike_examples", "weights_of"]


def asked_examples(body: Any, opened: Opened) -> list[Any]:
    """All that a body asks with: its text, its query, and the stored items to be like, in this order."""
    given = [] if body.query is None else body.query if isinstance(body.query, list) else [body.query]
    text = [] if body.text is None else [{"text": body.text}]
    return [*text, *(example_parts(example, opened) for example in given), *body.like]


def unlike_examples(body: Any, opened: Opened) -> list[Any]:
    """The examples that answers shall not be like."""
    given = [] if body.unlike is None else body.unlike if isinstance(body.unlike, list) else [body.unlike]
    return [example_parts(example, opened) for example in given]


def has_files(examples: Any) -> bool:
    """Whether any example of a body names a file, which takes time to describe."""
    every = examples if isinstance(examples, list) else [examples]
    return any(
        getattr(example, modality, None) is not None for example in every for modality in MODALITIES[1:]
    )


def weights_of(given: Mapping[Any, float] | None) -> dict[str, float] | None:
    """Weights by modality, as the retriever takes them; None where none are given."""
    return {str(name): weight for name, weight in given.items()} if given else None


def question_of(body: SearchBody, uploads: Uploads) -> Question:
    """The question that a body of a search asks."""
    return Question(
        asked_examples(body, uploads.opened),
        body.target,
        body.k,
        body.page,
        weights_of(body.weights),
        body.fusion,
        unlike_examples(body, uploads.opened),
        body.filter,
        body.allowed,
        body.min_score,
        body.fold,
    )


def one_example(asked: AnnotateBody | EmbedBody, uploads: Uploads) -> dict[str, Any]:
    """The one item of a body: a text, or what its query names."""
    if (asked.query is None) == (asked.text is None):
        raise ValueError("give one item: a text, or a file")
    example = Example(text=asked.text) if asked.query is None else asked.query
    if example.id is not None or example.vector is not None:
        raise ValueError("an item is a text or a file here, neither an id nor a vector")
    parts = example_parts(example, uploads.opened)
    parts.pop("weight", None)
    return parts
