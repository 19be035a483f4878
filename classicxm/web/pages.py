"""The page: everything by GET and without a script; files are sent by POST and become vectors in the address."""

from __future__ import annotations

import csv
import functools
import io
import random
import shutil
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from classicxm.evaluation.trec import run_field
from classicxm.media import MODALITIES
from classicxm.retrieval.documents import ANY
from classicxm.web.answers import as_json, stored_key
from classicxm.web.asked import FUSIONS, Asked
from classicxm.web.context import Context, context_of, refusals
from classicxm.web.described import answers_of, facet_counts, item_ids, model_facts
from classicxm.web.forms import default_target, embedded_form, served_of
from classicxm.web.served import Served
from classicxm.web.shown import cards, item_view, stored_text
from classicxm.web.templating import render
from classicxm.web.uploads import InvalidBodyError

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
SHOWN_FIRST = 24


def _read(request: Request) -> tuple[Context, Served, Asked]:
    context = context_of(request)
    pairs = request.query_params.multi_items()
    served = served_of(context, pairs)
    return context, served, Asked.read(pairs, default_target(served))


async def _found(context: Context, served: Served, asked: Asked) -> dict[str, Any]:
    """What a list of answers shows; what the question does wrong is a line in it."""
    if asked.is_empty:

        def some() -> list[dict[str, Any]]:
            keys = item_ids(served)
            return [
                item_view(served, key, asked.model)
                for key in random.Random(0).sample(keys, min(SHOWN_FIRST, len(keys)))
            ]

        return {"cards": await context.worked(some), "answers": None, "problem": "", "status": 200}
    try:
        with refusals():
            answers = await context.answers(served, asked.question(served.retriever))
            return {
                "cards": await context.worked(lambda: cards(served, asked, answers)),
                "answers": answers,
                "problem": "",
                "status": 200,
            }
    except HTTPException as error:
        return {"cards": [], "answers": None, "problem": str(error.detail), "status": error.status_code}


def _chips(served: Served, asked: Asked) -> list[dict[str, Any]]:
    """The parts of a question besides its text, each with the address without it."""
    chips = [
        {
            "role": part.modality,
            "name": part.name or "file",
            "field": "vector",
            "value": part.written(),
            "weight": weight,
            "remove": asked.without("vector", n),
            "picture": "",
        }
        for n, (part, weight) in enumerate(zip(asked.vector, asked.vector_weight, strict=True))
    ]
    for field in ("like", "unlike"):
        for n, name in enumerate(getattr(asked, field)):
            try:
                view = item_view(served, stored_key(served.retriever, name), asked.model)
            except KeyError:
                view = {"title": name, "pictures": {}}
            picture = next(iter(view["pictures"].values()), "")
            chips.append(
                {
                    "role": "like" if field == "like" else "not like",
                    "name": view["title"],
                    "field": field,
                    "value": name,
                    "weight": None,
                    "remove": asked.without(field, n),
                    "picture": picture,
                }
            )
    return chips


def _facets(served: Served, asked: Asked) -> dict[str, list[dict[str, Any]]]:
    try:
        counts = facet_counts(served, asked.filter.strip() or None, 12)
    except ValueError:
        return {}
    return {
        name: [value | {"address": asked.narrowed(name, value["value"])} for value in values]
        for name, values in counts.items()
        if len(values) > 1 or asked.filter
    }


@router.get("/")
async def search_page(request: Request) -> Response:
    """The search page."""
    context, served, asked = _read(request)
    found = await _found(context, served, asked)
    status = found.pop("status")
    server = str(request.base_url).rstrip("/")
    model = context.model(asked.model)
    return render(
        "search.html",
        status,
        asked=asked,
        served=served,
        models=list(context.models),
        targets=[*served.retriever.extractors_, ANY],
        fusions=FUSIONS,
        chips=_chips(served, asked),
        facets=await context.worked(lambda: _facets(served, asked)),
        facts=await context.worked(lambda: model_facts(served)),
        accept=",".join(f"{name}/*" for name in served.retriever.extractors_ if name != "text"),
        command=asked.command(model.source.folder if model.source else "MODEL"),
        python=asked.python(server),
        download={kind: asked.address("/download") + f"&as={kind}" for kind in ("json", "csv", "trec")},
        total=len(item_ids(served)),
        **found,
    )


@router.post("/")
async def search_with_files(request: Request) -> Response:
    """A form with files: they become vectors, and the answer is the address that has them."""
    asked, _, _, folder = await embedded_form(request, context_of(request))
    shutil.rmtree(folder, ignore_errors=True)
    return RedirectResponse(asked.address(), 303)


@router.get("/item")
async def item_page(request: Request) -> Response:
    """All that is stored with one item, and words for it."""
    context = context_of(request)
    pairs = request.query_params.multi_items()
    if unknown := [key for key, _ in pairs if key not in ("id", "model")]:
        raise InvalidBodyError(f"{unknown[0][:100]}: unknown parameter")
    served = served_of(context, pairs)
    with refusals():
        key = stored_key(served.retriever, next((value for name, value in pairs if name == "id"), ""))
    view = item_view(served, key, next((value for name, value in pairs if name == "model"), None))
    payload = served.retriever.payload_.get(key, {})
    rows = [(name, stored_text(value)) for name, value in payload.items() if name not in MODALITIES[1:]]
    similar = Asked(like=(str(key),), default_target=default_target(served), target=default_target(served))
    return render("item.html", item=view, rows=rows, similar=similar.address())


@router.get("/compare")
async def compare_page(request: Request) -> Response:
    """One question under two models, side by side."""
    context = context_of(request)
    pairs = request.query_params.multi_items()
    names = list(context.models)
    chosen = {
        side: next((value for name, value in pairs if name == side and value), fallback)
        for side, fallback in (("left", names[0]), ("right", names[-1]))
    }
    rest = [pair for pair in pairs if pair[0] not in chosen]
    columns = []
    asked = Asked()
    for name in chosen.values():
        served = context.served(name)
        asked = Asked.read([*rest, ("model", name)], default_target(served))
        found = await _found(context, served, asked)
        facts = await context.worked(functools.partial(model_facts, served))
        columns.append({"name": name, "facts": facts, **found})
    ranks = [{card["id"]: card.get("rank", 0) for card in column["cards"]} for column in columns]
    both = set(ranks[0]) & set(ranks[1])
    return render(
        "compare.html",
        asked=asked,
        columns=columns,
        models=names,
        chosen=chosen,
        both=both if not asked.is_empty else set(),
        other=ranks[::-1],
        targets=[*context.served(chosen["left"]).retriever.extractors_, ANY],
    )


@router.get("/download")
async def download(request: Request) -> Response:
    """The ranking that a page shows, as a file: JSON, CSV or a TREC run."""
    context = context_of(request)
    pairs = request.query_params.multi_items()
    kind = next((value for name, value in pairs if name == "as"), "json")
    served = served_of(context, pairs)
    asked = Asked.read([pair for pair in pairs if pair[0] != "as"], default_target(served))
    if kind not in ("json", "csv", "trec"):
        raise InvalidBodyError("as: expected json, csv or trec")
    with refusals():
        question = asked.question(served.retriever)
        answers = await context.answers(served, question)
    rows = answers_of(served, answers, context.settings.is_private)
    first = (asked.page - 1) * asked.k + 1
    if kind == "json":
        content, media = as_json({"hits": rows["hits"]}), "application/json"
    elif kind == "csv":
        content, media = _csv(rows["hits"], first), "text/csv"
    else:
        lines = [
            f"q1 Q0 {run_field(hit['id'])} {rank} {hit['score']!r} classicxm\n"
            for rank, hit in enumerate(rows["hits"], first)
        ]
        content, media = "".join(lines).encode("utf-8", "backslashreplace"), "text/plain"
    name = f"classicxm.{'run' if kind == 'trec' else kind}"
    return Response(
        content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _csv(hits: list[dict[str, Any]], first: int) -> bytes:
    names = list(dict.fromkeys(name for hit in hits for name in hit["payload"]))
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["rank", "id", "score", *names])
    for rank, hit in enumerate(hits, first):
        values = [_cell(hit["payload"].get(name)) for name in names]
        table.writerow([rank, _cell(hit["id"]), hit["score"], *values])
    return stream.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    """A value as a cell that no spreadsheet takes for a formula."""
    text = " / ".join(map(str, value)) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@router.get("/docs")
async def docs_page(request: Request) -> Response:
    """The API, operation by operation, as the server describes it."""
    told = request.app.openapi()
    operations = [
        {"path": path, "method": method.upper(), "about": operation}
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = told["components"]["schemas"]
    return render(
        "docs.html", operations=operations, schemas=schemas, query=urlencode({"text": "a red circle"})
    )
