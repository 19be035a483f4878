"""What a server says of itself, under ``/api/v1``: its models and what they hold, its health, its counts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import PlainTextResponse, Response

from classicxm import __version__
from classicxm.web.api import Filter, Named, json_answer
from classicxm.web.context import context_of, known_parameters, refusals, served_by
from classicxm.web.described import facet_counts, model_facts
from classicxm.web.openapi import refused
from classicxm.web.schemas import FacetsAnswer, Health, ModelAnswer

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", dependencies=[Depends(known_parameters)])


@router.get("/facets", responses=refused(400, 404, 422), response_model=FacetsAnswer)
async def facets(
    request: Request,
    filter: Filter = None,
    values: Annotated[int, Query(ge=1, le=200)] = 20,
    model: Named = None,
) -> Response:
    """What filters can choose from: the values of every key and how many items have them."""
    context, served = context_of(request), served_by(request, model)
    with refusals():
        return json_answer({"facets": await context.worked(lambda: facet_counts(served, filter, values))})


@router.get("/model", responses=refused(404, 422), response_model=ModelAnswer)
async def model(request: Request, model: Named = None) -> Response:
    """What the model is, what it learned from and how good it was measured to be, beside chance."""
    context, served = context_of(request), served_by(request, model)
    facts = await context.worked(lambda: model_facts(served))
    return json_answer({**facts, "models": list(context.models), "writable": context.writable})


@router.get("/health", response_model=Health)
async def health(request: Request) -> Response:
    """Whether the server answers, and which version it is."""
    context = context_of(request)
    models = {name: {"version": model.now.version} for name, model in context.models.items()}
    return json_answer({"status": "ok", "version": __version__, "models": models})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Counts and times in the text format of Prometheus, of the process that answers."""
    context = context_of(request)
    items = {
        name: float(max((len(index) for index in model.now.retriever.indexes_.values()), default=0))
        for name, model in context.models.items()
    }
    versions = {name: float(model.now.version) for name, model in context.models.items()}
    gauges = {"classicxm_items": items, "classicxm_model_version": versions}
    return PlainTextResponse(context.metrics.text(gauges), media_type="text/plain; version=0.0.4")
