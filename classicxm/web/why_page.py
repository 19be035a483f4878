"""The page that says why an item has its score, of a question and of a file that is sent once more."""

from __future__ import annotations

import shutil
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from classicxm.web.answers import Question, stored_key
from classicxm.web.asked import Asked
from classicxm.web.context import Context, context_of, refusals
from classicxm.web.explained import explained
from classicxm.web.forms import default_target, embedded_form, served_of
from classicxm.web.served import Served
from classicxm.web.shown import evidence_view, item_view
from classicxm.web.templating import render
from classicxm.web.uploads import Uploads

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


def shown_reasons(served: Served, question: Question, name: str, asked: Asked) -> dict[str, Any]:
    """What the template of an explanation shows."""
    retriever = served.retriever
    key = stored_key(retriever, name)
    found = explained(retriever, question, key)
    view = item_view(served, key, asked.model)
    sides = []
    if found["query"] is not None:
        sides.append(evidence_view(found["query"], "The query", None))
    for evidence in found["found"]:
        modality = evidence["modality"]
        picture = view["pictures"].get(modality)
        sides.append(evidence_view(evidence, f"What was found: {modality}", picture))
    return {
        "sides": sides,
        "score": found["score"],
        "metric": found["metric"],
        "item": view,
        "both": found["query"] is not None,
    }


@router.get("/why")
async def why_page(request: Request) -> Response:
    """Why an item has its score."""
    context = context_of(request)
    pairs = request.query_params.multi_items()
    served = served_of(context, pairs)
    name = next((value for key, value in pairs if key == "id"), "")
    asked = Asked.read([pair for pair in pairs if pair[0] != "id"], default_target(served))
    with refusals():
        question = asked.question(served.retriever)
    return await _why_answer(context, served, asked, question, name, Uploads())


@router.post("/why")
async def why_with_file(request: Request) -> Response:
    """Why an item has its score against a file that is sent once more, so that the file is explained too."""
    context = context_of(request)
    asked, served, uploads, folder = await embedded_form(request, context)
    try:
        if len(uploads.files) != 1 or not request.state.key:
            raise HTTPException(400, "one file and the id of one item are explained")
        modality = request.state.kinds[0]
        with refusals(uploads):
            query = await context.described(lambda: {modality: uploads.opened(modality, 0)})
        question = Question([query], asked.target)
        return await _why_answer(context, served, asked, question, request.state.key, uploads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _why_answer(
    context: Context, served: Served, asked: Asked, question: Question, name: str, uploads: Uploads
) -> Response:
    with refusals(uploads):
        if question.fusion not in ("early",):
            raise ValueError("scores of late fusion are sums over ranks; choose fusion early to see why")
        shown = await context.described(lambda: shown_reasons(served, question, name, asked))
    return render("why.html", asked=asked, back=asked.address(), **shown)
