"""The HTTP API under ``/api/v1``: what a retriever does, as JSON."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from classicxm.retrieval.single_captions import BEST
from classicxm.web.answers import (
    Question,
    answered,
    as_json,
    example_parts,
    shown_payload,
    stored_key,
)
from classicxm.web.bodies import (
    asked_examples,
    has_files,
    one_example,
    question_of,
    unlike_examples,
    weights_of,
)
from classicxm.web.context import context_of, known_parameters, refusals, served_by
from classicxm.web.described import answers_of, bare_answers, item_ids
from classicxm.web.explained import explained
from classicxm.web.openapi import FORMS, body, refused
from classicxm.web.schemas import (
    AnnotateBody,
    BatchAnswer,
    EmbedBody,
    ExplainBody,
    Explained,
    RandomAnswer,
    RecommendBody,
    SearchAnswer,
    SearchBody,
    Target,
    TermsAnswer,
    VectorAnswer,
    VectorBody,
    VectorsBody,
)
from classicxm.web.served import Served
from classicxm.web.uploads import Uploads, parsed, read_body

__all__ = ["asked_examples", "router"]

router = APIRouter(prefix="/api/v1", dependencies=[Depends(known_parameters)])
Named = Annotated[str | None, Query(max_length=200, description="Which model; the first by default.")]
Filter = Annotated[str | None, Query(max_length=10_000, description="Such as `label=horse`.")]
Count = Annotated[int, Query(ge=1, le=1000)]


def json_answer(content: Any) -> Response:
    """JSON values as an answer, in which no NaN stands."""
    return Response(as_json(content), media_type="application/json")


@router.post(
    "/search",
    response_model=SearchAnswer,
    responses=refused(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body(SearchBody, FORMS["search"]),
)
async def search(request: Request, model: Named = None) -> Response:
    """The best answers to texts, files, stored items and vectors, one or several of them together."""
    context, served = context_of(request), served_by(request, model)
    async with read_body(request, SearchBody, context.settings.limits) as (asked, uploads):
        with refusals(uploads):
            if has_files(asked.query) or has_files(asked.unlike):
                answers = await context.described(lambda: answered(served, question_of(asked, uploads)))
            else:
                answers = await context.answers(served, question_of(asked, uploads))
            return json_answer(answers_of(served, answers, context.settings.is_private))


@router.post(
    "/search-by-vector",
    response_model=SearchAnswer,
    responses=refused(400, 404, 408, 413, 415, 422),
    openapi_extra=body(VectorBody),
)
async def search_by_vector(request: Request, model: Named = None) -> Response:
    """The best answers to a vector of the common subspace, so that a private file need not be sent."""
    context, served = context_of(request), served_by(request, model)
    asked = parsed(VectorBody, await json_body(request))
    question = Question(
        [{"vector": asked.vector}],
        asked.target,
        asked.k,
        asked.page,
        where=asked.filter,
        allowed=asked.allowed,
        min_score=asked.min_score,
    )
    with refusals():
        answers = await context.answers(served, question)
        return json_answer(answers_of(served, answers, context.settings.is_private))


@router.post(
    "/search-by-vectors",
    response_model=BatchAnswer,
    responses=refused(400, 404, 408, 413, 415, 422),
    openapi_extra=body(VectorsBody),
)
async def search_by_vectors(request: Request, model: Named = None) -> Response:
    """The best answers to many vectors of the common subspace: ids and scores, nothing of what is stored."""
    context, served = context_of(request), served_by(request, model)
    asked = parsed(VectorsBody, await json_body(request))

    def found() -> dict[str, Any]:
        width = {len(vector) for vector in asked.vectors}
        if len(width) != 1:
            raise ValueError(f"vectors must be of one length, got {sorted(width)}")
        batch = served.retriever.search_batch(
            {"vector": np.array(asked.vectors)}, asked.target, asked.k, asked.allowed, where=asked.filter
        )
        return bare_answers(batch)

    with refusals():
        return json_answer(await context.worked(found))


async def json_body(request: Request) -> bytes:
    """The body of a request that has to be JSON; HTTPException 415 where it is not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send application/json")
    return await request.body()


@router.get(
    "/similar/{key:path}",
    response_model=SearchAnswer,
    responses=refused(400, 404, 422),
)
async def similar(
    request: Request,
    key: str,
    target: Target = "any",
    k: Count = 10,
    filter: Filter = None,
    model: Named = None,
) -> Response:
    """Items like a stored one, which is left out."""
    context, served = context_of(request), served_by(request, model)

    def work() -> dict[str, Any]:
        wanted = stored_key(served.retriever, key)
        hits = served.retriever.recommend([wanted], target, k, where=filter)
        return hit_rows(served.retriever, hits, context.settings.is_private)

    with refusals():
        return json_answer(await context.worked(work))


def hit_rows(retriever: Any, hits: Any, is_private: bool) -> dict[str, Any]:
    """Hits of the retriever as the API answers them."""
    rows = []
    for hit in hits:
        best = {BEST: hit.payload[BEST]} if BEST in hit.payload else {}
        payload = {**shown_payload(retriever, hit.id, is_private), **best}
        rows.append({"id": hit.id, "score": hit.score, "payload": payload})
    return {"hits": rows, "match": hits.is_match} | ({"missing": list(hits.missing)} if hits.missing else {})


@router.get("/random", responses=refused(404, 422), response_model=RandomAnswer)
async def random_items(
    request: Request,
    k: Count = 10,
    seed: Annotated[int | None, Query(ge=0, le=2**63)] = None,
    model: Named = None,
) -> Response:
    """Some stored items, to begin with."""
    context, served = context_of(request), served_by(request, model)

    def work() -> dict[str, Any]:
        keys = item_ids(served)
        chosen = random.Random(seed).sample(keys, min(k, len(keys)))
        private = context.settings.is_private
        return {
            "items": [{"id": key, "payload": shown_payload(served.retriever, key, private)} for key in chosen]
        }

    return json_answer(await context.worked(work))


@router.post(
    "/recommend",
    response_model=SearchAnswer,
    responses=refused(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body(RecommendBody, FORMS["recommend"]),
)
async def recommend(request: Request, model: Named = None) -> Response:
    """Items that somebody may like who liked, or disliked, these."""
    context, served = context_of(request), served_by(request, model)
    async with read_body(request, RecommendBody, context.settings.limits) as (asked, uploads):

        def work() -> dict[str, Any]:
            hits = served.retriever.recommend(
                [example_parts(example, uploads.opened) for example in asked.history],
                asked.target,
                asked.k,
                asked.allowed,
                exclude_seen=asked.exclude_seen,
                diversity=asked.diversity,
                where=asked.filter,
                min_score=asked.min_score,
            )
            return hit_rows(served.retriever, hits, context.settings.is_private)

        with refusals(uploads):
            run = context.described if has_files(asked.history) else context.worked
            return json_answer(await run(work))


async def _described(
    request: Request,
    model: str | None,
    kind: type[AnnotateBody] | type[EmbedBody] | type[ExplainBody],
    work: Callable[[Served, Any, Uploads], dict[str, Any]],
) -> Response:
    """The answer of ``work(served, asked, uploads)``, which describes what a body of this kind holds."""
    context, served = context_of(request), served_by(request, model)
    async with read_body(request, kind, context.settings.limits) as (asked, uploads):
        with refusals(uploads):
            return json_answer(await context.described(lambda: work(served, asked, uploads)))


@router.post(
    "/annotate",
    response_model=TermsAnswer,
    responses=refused(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body(AnnotateBody, FORMS["annotate"]),
)
async def annotate(request: Request, model: Named = None) -> Response:
    """Words for an item: the terms of the vocabulary that lie nearest to it."""

    def work(served: Served, asked: AnnotateBody, uploads: Uploads) -> dict[str, Any]:
        query = one_example(asked, uploads)
        terms = served.retriever.annotate(query, asked.k, asked.min_df, asked.correction)
        return {"terms": [{"term": term, "score": score} for term, score in terms]}

    return await _described(request, model, AnnotateBody, work)


@router.post(
    "/embed",
    response_model=VectorAnswer,
    responses=refused(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body(EmbedBody, FORMS["embed"]),
)
async def embed(request: Request, model: Named = None) -> Response:
    """An item as a vector of the common subspace; nothing of it is kept."""

    def work(served: Served, asked: EmbedBody, uploads: Uploads) -> dict[str, Any]:
        query = one_example(asked, uploads)
        if len(query) != 1:
            raise ValueError("one item of one modality becomes a vector; give a text or a file")
        ((modality, item),) = query.items()
        vector = served.retriever.project(modality, [item])
        if not len(vector):
            raise ValueError("the item could not be described")
        return {"modality": modality, "vector": vector[0].tolist()}

    return await _described(request, model, EmbedBody, work)


@router.post(
    "/explain",
    response_model=Explained,
    responses=refused(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body(ExplainBody, FORMS["explain"]),
)
async def explain(request: Request, model: Named = None) -> Response:
    """Which words, regions and frames carry the score of one answer; everything adds up to the score."""

    def work(served: Served, asked: ExplainBody, uploads: Uploads) -> dict[str, Any]:
        question = Question(
            asked_examples(asked, uploads.opened),
            asked.target,
            weights=weights_of(asked.weights),
            unlike=unlike_examples(asked, uploads.opened),
        )
        question.check()
        return explained(served.retriever, question, asked.id)

    return await _described(request, model, ExplainBody, work)
