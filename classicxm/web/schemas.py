"""What the API takes and gives, as pydantic models; unknown fields are errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from classicxm.web.settings import LONGEST_LIST

__all__ = [
    "AddBody",
    "AnnotateBody",
    "Asked",
    "BatchAnswer",
    "EmbedBody",
    "Example",
    "ExplainBody",
    "Problem",
    "RecommendBody",
    "RemoveBody",
    "SearchAnswer",
    "SearchBody",
    "VectorBody",
    "VectorsBody",
]

#: Vectors that one request may bring.
MOST_VECTORS = 100

Modality = Literal["text", "image", "audio", "video"]
Target = Literal["text", "image", "audio", "video", "any"]


def _whole(value: Any) -> Any:
    """``5.0`` as 5: to JSON they are one number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
Number = Annotated[float, Field(ge=-1e30, le=1e30)]
Text = Annotated[str, Field(max_length=10_000)]
Id = Annotated[str, Field(max_length=1000)] | Annotated[int, Field(ge=-(2**63), le=2**63 - 1), WHOLE]
FileNumber = Annotated[
    int, Field(ge=0, le=63, description="Which of the parts `files` it is, from 0."), WHOLE
]
Vector = Annotated[list[Number], Field(min_length=1, max_length=8192)]
Size = Annotated[int, Field(ge=1, le=LONGEST_LIST), WHOLE]


class Strict(BaseModel):
    """A model that takes what it declares and nothing else, and converts nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Example(Strict):
    """One or several voices of a question: a text, files by their number, a stored item, a vector."""

    text: Text | Annotated[list[Text], Field(max_length=50)] | None = None
    image: FileNumber | None = None
    audio: FileNumber | None = None
    video: FileNumber | None = None
    id: Id | None = None
    vector: Vector | None = None
    weight: Number = 1.0


Examples = Annotated[list[Example | Id], Field(max_length=64)]


class Asked(Strict):
    """What every question may say: text, stored items, and examples in the retriever's own form."""

    query: Example | Id | Examples | None = Field(
        None, description="An example, a stored id, or a list of both, as `CrossModalRetriever.search` takes."
    )
    text: Text | None = Field(None, description="Short for an example of one text.")
    like: Annotated[list[Id], Field(max_length=64)] = Field([], description="Stored items to be like.")


class Listed(Strict):
    """What every list of answers may say."""

    target: Target
    k: Size = 10
    filter: Text | None = Field(None, description="Such as `label=horse and not split=train`.")
    allowed: Annotated[list[Id], Field(max_length=100_000)] | None = None


class SearchBody(Asked, Listed):
    """A search; see `CrossModalRetriever.search`."""

    unlike: Example | Id | Examples | None = None
    weights: dict[Literal["text", "image", "audio", "video", "id", "vector"], Number] | None = None
    fusion: Literal["early", "rrf", "combsum", "combmnz", "confidence"] = "early"
    min_score: Number | None = Field(None, description="Answers below this score are left out.")
    page: Size = Field(1, description="Of k answers each; k times page is at most 1000.")
    fold: bool = Field(False, description="Fold answers whose vectors are near-duplicates of a better one.")


class VectorBody(Listed):
    """A search with a vector that `embed`, or a client on its own, made of an item that stays private."""

    vector: Vector
    min_score: Number | None = None
    page: Size = 1


class VectorsBody(Listed):
    """The same search for many vectors at once, as `RemoteIndex` asks it."""

    vectors: Annotated[list[Vector], Field(min_length=1, max_length=MOST_VECTORS)]


class RecommendBody(Listed):
    """See `CrossModalRetriever.recommend`."""

    history: Annotated[list[Example | Id], Field(min_length=1, max_length=200)]
    exclude_seen: bool = True
    min_score: Number | None = Field(None, description="Answers below this score are left out.")
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0


class AnnotateBody(Strict):
    """See `CrossModalRetriever.annotate`."""

    query: Example | None = None
    text: Text | None = None
    k: Annotated[int, Field(ge=1, le=LONGEST_LIST), WHOLE] = 10
    min_df: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] = 2
    correction: Literal["csls"] | None = None


class ExplainBody(Asked):
    """Why an item has its score: the question as it was searched with, the item's id, and where it was found."""

    id: Id
    target: Target
    unlike: Example | Id | Examples | None = None
    weights: dict[Literal["text", "image", "audio", "video", "id", "vector"], Number] | None = None


class EmbedBody(Strict):
    """An item to be made a vector of the common subspace."""

    query: Example | None = None
    text: Text | None = None


class AddBody(Strict):
    """An item to be kept: its id, what it has, and what comes back with every hit."""

    id: Id
    item: Example
    payload: dict[Annotated[str, Field(max_length=200)], Any] = {}


class RemoveBody(Strict):
    """Items to be forgotten."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]


class Problem(BaseModel):
    """Why there is no answer, in one line."""

    detail: str


class HitAnswer(BaseModel):
    """One answer: higher scores are better."""

    id: str | int
    score: float
    payload: dict[str, Any]
    folded: list[str | int] = []


class SearchAnswer(BaseModel):
    """Answers, best first, as `classicxm search --json` prints them."""

    hits: list[HitAnswer]
    page: int = 1
    more: bool = False
    match: bool | None = Field(
        None,
        description="Whether the best answer scores above what strangers do; null where that is unknown.",
    )
    unknown: str = Field("", description="Names the words of one text that the model does not know.")
    missing: list[str] = Field(
        [], description="Parts of a sharded index that did not answer; left out where all did."
    )


class BareHit(BaseModel):
    """An answer without what is stored with the item."""

    id: str | int
    score: float


class BareAnswer(BaseModel):
    """The answers to one of many vectors, best first."""

    hits: list[BareHit]


class BatchAnswer(BaseModel):
    """The answers to many vectors, in their order."""

    results: list[BareAnswer]
    missing: list[str] = Field(
        [], description="Parts of a sharded index that did not answer; left out where all did."
    )


class ItemAnswer(BaseModel):
    """A stored item."""

    id: str | int
    payload: dict[str, Any]


class StoredAnswer(ItemAnswer):
    """A stored item and the modalities it is found by."""

    modalities: list[Modality]


class RandomAnswer(BaseModel):
    """Some stored items."""

    items: list[ItemAnswer]


class Term(BaseModel):
    """A word and its score."""

    term: str
    score: float


class TermsAnswer(BaseModel):
    """Words, best first."""

    terms: list[Term]


class VectorAnswer(BaseModel):
    """An item in the common subspace."""

    modality: Modality
    vector: list[float]


class Explained(BaseModel):
    """A score divided among the parts of the item found, and of the query where that is one item.

    `found` has an entry for each modality of the item, and for each of its captions where whole items are asked for and
    captions are indexed one by one; their parts and baselines add up to the score. Spans of words are those of the
    entry's `text`. `query` and `target` are as `Explanation.to_dict` has them; null where the question has several
    parts, or stored ones.
    """

    score: float
    metric: str
    id: str | int
    query: dict[str, Any] | None
    target: dict[str, Any] | None
    found: list[dict[str, Any]]


class FacetValue(BaseModel):
    """A value and how many items have it."""

    value: str | int | float | bool
    count: int


class FacetsAnswer(BaseModel):
    """Values by key, the most frequent first."""

    facets: dict[str, list[FacetValue]]


class ModelAnswer(BaseModel):
    """What the model is."""

    name: str
    models: list[str]
    writable: bool
    version: str
    modalities: list[Modality]
    indexed: dict[str, int]
    learned_from: int
    held_out: int
    aligner: str
    settings: dict[str, Any]
    extractors: dict[str, str]
    index: str
    metric: str
    meaning: str
    figures: list[dict[str, Any]]
    strangers: list[dict[str, Any]]


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok"]
    version: str
    models: dict[str, dict[str, int]]


class Changed(BaseModel):
    """A change that is on disk."""

    ids: list[str | int]
    saved: bool
