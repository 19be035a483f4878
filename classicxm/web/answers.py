"""From a checked question to its answers, by the retriever's own search."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from classicxm.distances import similarity
from classicxm.media import MODALITIES
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.description import describe_view
from classicxm.retrieval.fusion import early_fusion
from classicxm.retrieval.known_words import unknown_words
from classicxm.retrieval.queries import one_query, part_vectors, query_parts
from classicxm.retrieval.single_captions import BEST, best_captions
from classicxm.retrieval.targets import index_of
from classicxm.search.inputs import reachable
from classicxm.web.schemas import Example
from classicxm.web.served import Served
from classicxm.web.settings import LONGEST_LIST

__all__ = [
    "Answers",
    "Question",
    "answered",
    "answered_together",
    "as_json",
    "example_parts",
    "fused_vector",
    "shown_rows",
    "stored_key",
]

#: Vectors at least this alike are near-duplicates.
DUPLICATE = 0.99
#: A product of so many queries is faster than one query after the other; of fewer it is slower.
TOGETHER = 8

Opened = Callable[[str, int], object]


@dataclass(frozen=True)
class Question:
    """What is searched for, in the retriever's own form, and how much of the ranking is shown."""

    query: Sequence[Any]
    target: str
    k: int = 10
    page: int = 1
    weights: dict[str, float] | None = None
    fusion: str = "early"
    unlike: Sequence[Any] = ()
    where: str | None = None
    allowed: Sequence[Hashable] | None = None
    min_score: float | None = None
    fold: bool = False
    source: str = ""  # of a vector: what it was made of
    is_known: bool = True  # whether the model knows anything of it
    unknown: str = ""  # names the words that the model does not know

    @property
    def depth(self) -> int:
        """Answers to look for: one more than are shown shows whether there are more."""
        last = self.k * self.page
        return LONGEST_LIST if self.fold else last + 1

    @property
    def is_plain(self) -> bool:
        """Whether it can be answered together with others: one product, no list of its own."""
        return self.fusion == "early" and self.where is None and self.allowed is None

    def check(self) -> None:
        """ValueError where more is asked for than is ever listed, or nothing is asked."""
        if self.k * self.page > LONGEST_LIST:
            raise ValueError(
                f"k times page must be at most {LONGEST_LIST}, got {self.k} times {self.page}; filter, or ask for less"
            )
        if not self.query and not self.unlike:
            raise ValueError("nothing to search with; give a text, a file, a stored item or a vector")


@dataclass
class Answers:
    """One page of a ranking: ids, scores, what each folds, whether there are more, and whether the best is a match.

    ``missing`` names the parts of a sharded index that did not answer, ``captions`` of items whose captions are indexed
    one by one the one that was found.
    """

    ids: list[Any]
    scores: list[float]
    folded: dict[Any, list[Any]] = field(default_factory=dict)
    more: bool = False
    match: bool | None = None
    page: int = 1
    unknown: str = ""
    missing: tuple[str, ...] = ()
    captions: dict[Any, str] = field(default_factory=dict)


def example_parts(example: Example | str | int, opened: Opened) -> Any:
    """An example of the API as the retriever takes it: files by their number are opened."""
    if not isinstance(example, Example):
        return example
    parts: dict[str, Any] = {}
    for name in example.model_fields_set:
        value = getattr(example, name)
        if value is None or name == "weight":
            continue
        parts[name] = opened(name, value) if name in MODALITIES[1:] else value
    if not parts:
        raise ValueError("an example of the query is empty; give it a text, a file, an id or a vector")
    return parts | ({"weight": example.weight} if example.weight != 1 else {})


def stored_key(retriever: CrossModalRetriever, text: str) -> Hashable:
    """The id that is written in an address: a number stands for the id of that number where no text does.

    Raises
    ------
    KeyError
        Where nothing is stored under it.
    """
    keys: list[Hashable] = [text]
    if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 20 and str(int(text)) == text:
        keys.append(int(text))
    for key in keys:
        if any(key in index for index in retriever.indexes_.values()):
            return key
    raise KeyError(f"no item {text[:200]!r}; search shows ids")


def fused_vector(retriever: CrossModalRetriever, question: Question) -> np.ndarray:
    """The vector (d,) of the common subspace that an early-fused question searches with."""
    metric = retriever.metric_of(question.target)
    parts = query_parts(one_query(list(question.query)), question.weights, one_query(list(question.unlike)))
    vectors, _ = part_vectors(retriever, parts, metric)
    return np.asarray(early_fusion(vectors, [part.weight for part in parts], metric))[0]


def described_once(retriever: CrossModalRetriever, question: Question) -> Question:
    """A question of one text as one of its vector, which also says whether any of its words is known."""
    if len(question.query) != 1 or question.weights is not None or question.unlike:
        return question
    (example,) = question.query
    extractor = retriever.extractors_.get("text")
    if not isinstance(example, dict) or set(example) != {"text"} or extractor is None:
        return question
    view = describe_view(extractor, "text", [example["text"]], ["query"])
    if not len(view.kept):
        return question
    vector = retriever.aligner_.transform_view("text", view.features)[0]
    unknown = unknown_words(extractor, example["text"])
    return replace(
        question, query=[{"vector": vector}], source="text", is_known=bool(view.known.all()), unknown=unknown
    )


def answered(served: Served, question: Question) -> Answers:
    """The page of the ranking that a question asks for.

    Raises
    ------
    ValueError, TypeError, KeyError, ClassicXMError
        As `CrossModalRetriever.search`.
    """
    question.check()
    retriever = served.retriever
    question = described_once(retriever, question)
    k = reachable(index_of(retriever, question.target), question.depth)
    found = retriever.search_batch(
        one_query(list(question.query)),
        question.target,
        k,
        question.allowed,
        weights=question.weights,
        fusion=question.fusion,
        unlike=one_query(list(question.unlike)),
        where=question.where,
    )
    return paged(served, question, found)


def answered_together(asked: list[tuple[Served, Question]]) -> list[Answers | Exception]:
    """Answers to plain questions with one target and depth of one model, by one product where they are many.

    What one question does wrong is its own answer: an exception.
    """
    answers: list[Answers | Exception] = []
    if len(asked) < TOGETHER:
        for served, question in asked:
            try:
                answers.append(answered(served, question))
            except Exception as error:  # raised again where it was asked
                answers.append(error)
        return answers
    served = asked[0][0]
    vectors: dict[int, np.ndarray] = {}
    answers = [ValueError()] * len(asked)
    for n, (_, question) in enumerate(asked):
        try:
            question.check()
            question = described_once(served.retriever, question)
            asked[n] = (served, question)
            vectors[n] = fused_vector(served.retriever, question)
        except Exception as error:  # raised again where it was asked
            answers[n] = error
    if not vectors:
        return answers
    question = asked[0][1]
    try:
        index = index_of(served.retriever, question.target)
        found = index.search(np.stack(list(vectors.values())), reachable(index, question.depth))
    except Exception as error:  # raised again where it was asked
        return [error if n in vectors else answers[n] for n in range(len(asked))]
    for row, n in enumerate(vectors):
        answers[n] = paged(served, asked[n][1], found, row)
    return answers


def paged(served: Served, question: Question, batch: tuple[np.ndarray, np.ndarray], row: int = 0) -> Answers:
    """Of one ranking of a batch what one page shows: scores from ``min_score`` on, near-duplicates folded."""
    ids, scores = batch[0][row], batch[1][row]
    found = [
        (key, score)
        for key, score in zip(ids.tolist(), np.asarray(scores, np.float64).tolist(), strict=True)
        if key is not None and (question.min_score is None or score >= question.min_score)
    ]
    folded: dict[Any, list[Any]] = {}
    if question.fold:
        found, folded = without_duplicates(served.retriever, question.target, found)
    first = (question.page - 1) * question.k
    shown = found[first : first + question.k]
    return Answers(
        [key for key, _ in shown],
        [score for _, score in shown],
        {key: folded[key] for key, _ in shown if key in folded},
        len(found) > first + question.k,
        _is_match(served, question, ids, scores),
        question.page,
        question.unknown,
        tuple(getattr(batch, "missing", ())),
        best_captions(
            served.retriever,
            [key for key, _ in shown],
            lambda: fused_vector(served.retriever, question),
            question.target,
        ),
    )


def _is_match(served: Served, question: Question, ids: np.ndarray, scores: np.ndarray) -> bool | None:
    """Whether the best answer, other than what was asked with, beats random pairs; None where that is not known."""
    if not question.is_known:
        return False
    parts = query_parts(one_query(list(question.query)), question.weights, one_query(list(question.unlike)))
    if question.source:
        parts = [replace(part, modality=question.source) for part in parts]
    asked = {item for part in parts if part.modality == "id" for item in part.items}
    bound = served.retriever.match_bound(parts, question.target, question.fusion)
    others = (float(s) for key, s in zip(ids, scores, strict=True) if key is not None and key not in asked)
    best = next(others, None)
    return None if bound is None or best is None else best > bound


def without_duplicates(
    retriever: CrossModalRetriever, target: str, found: list[tuple[Any, float]]
) -> tuple[list[tuple[Any, float]], dict[Any, list[Any]]]:
    """A ranking with near-duplicates of better items taken out, and which item each went to."""
    index = index_of(retriever, target)
    found = [pair for pair in found if pair[0] in index]
    if not found:
        return [], {}
    vectors = index.vectors([key for key, _ in found])
    alike = similarity(vectors, vectors, "cosine") >= DUPLICATE
    left = np.ones(len(found), bool)
    kept, folded = [], {}
    for row, pair in enumerate(found):
        if not left[row]:
            continue
        same = np.flatnonzero(alike[row] & left)
        others = [found[n][0] for n in same.tolist() if n > row]
        left[same] = False
        kept.append(pair)
        if others:
            folded[pair[0]] = others
    return kept, folded


def shown_payload(retriever: CrossModalRetriever, key: Hashable, is_private: bool) -> dict[str, Any]:
    """What is stored with an item as it is answered: to this machine alone with whole paths."""
    payload = retriever.payload_.get(key, {})
    if is_private and any(name in payload for name in MODALITIES[1:]):
        return retriever.shown_payload(payload)
    return payload


def shown_rows(retriever: CrossModalRetriever, answers: Answers, is_private: bool) -> list[dict[str, Any]]:
    """Answers as JSON values: ``{"id", "score", "payload"}`` each, and what it folds where it does."""
    rows = []
    for key, score in zip(answers.ids, answers.scores, strict=True):
        row = {"id": key, "score": score, "payload": shown_payload(retriever, key, is_private)}
        if key in answers.captions:
            row["payload"] = {**row["payload"], BEST: answers.captions[key]}
        if key in answers.folded:
            row["folded"] = answers.folded[key]
        rows.append(row)
    return rows


def as_json(value: Any) -> bytes:
    """JSON in ASCII, so that file names that are no Unicode pass too."""
    return json.dumps(value, allow_nan=False).encode()
