"""The application: routes, page, guard and counts put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from classicxm.retrieval import CrossModalRetriever
from classicxm.web import api, facts, items, pages, templating, why_page
from classicxm.web.context import Context, lifespan_of
from classicxm.web.guard import Guard
from classicxm.web.metrics import Counted, Metrics
from classicxm.web.openapi import use_openapi
from classicxm.web.served import ServedModel
from classicxm.web.settings import Settings
from classicxm.web.uploads import InvalidBodyError

__all__ = ["create_app"]

STATIC = Path(__file__).parent / "static"


def create_app(
    models: CrossModalRetriever | Mapping[str, CrossModalRetriever] | Sequence[ServedModel],
    settings: Settings | None = None,
) -> FastAPI:
    """The search page and its API as an ASGI application.

    Parameters
    ----------
    models : fitted CrossModalRetriever, dict of str to such, or list of ServedModel
        What is served; the first is asked where none is named.
    settings : Settings, optional
        By default for this machine alone and read-only.

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> from classicxm.datasets import make_scenes
    >>> from classicxm.image import ColorHistogram
    >>> from classicxm.text import TfidfText
    >>> extractors = {"text": TfidfText(), "image": ColorHistogram()}
    >>> scenes = make_scenes(40, modalities=("text", "image"))
    >>> app = create_app(CrossModalRetriever(extractors, CCA(4)).fit_collection(scenes))
    >>> app.title
    'classicxm'
    """
    settings = settings or Settings()
    served = _served(models)
    metrics = Metrics()
    context = Context({model.name: model for model in served}, settings, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with lifespan_of(context):
            yield

    app = FastAPI(
        title="classicxm",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        middleware=[Middleware(Counted, metrics=metrics), Middleware(Guard, settings=settings)],
        redirect_slashes=False,
    )
    app.state.context = context
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(InvalidBodyError, _invalid_body)
    app.include_router(api.router)
    app.include_router(facts.router)
    app.include_router(items.router)
    if settings.allow_write:
        context.writable = True
        app.include_router(items.write_router)
    app.include_router(pages.router)
    app.include_router(why_page.router)
    app.mount("/static", StaticFiles(directory=STATIC))
    use_openapi(app, settings.token is not None)
    return app


def _served(
    models: CrossModalRetriever | Mapping[str, CrossModalRetriever] | Sequence[ServedModel],
) -> list[ServedModel]:
    if isinstance(models, CrossModalRetriever):
        return [ServedModel("model", models)]
    if isinstance(models, Mapping):
        return [ServedModel(name, retriever) for name, retriever in models.items()]
    return list(models)


async def _refused(request: Request, error: Exception) -> Response:
    assert_error = error if isinstance(error, HTTPException) else HTTPException(500)
    if templating.wants_page(request):
        return templating.problem_page(request, assert_error.status_code, str(assert_error.detail))
    return JSONResponse(
        {"detail": str(assert_error.detail)}, assert_error.status_code, headers=assert_error.headers
    )


async def _invalid(request: Request, error: Exception) -> Response:
    """Which parameter is wrong, in one line."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": str(error)}
    place = ".".join(str(part) for part in first["loc"][1:])
    return await _refused(request, HTTPException(422, f"{place}: {first['msg']}"[:500]))


async def _invalid_body(request: Request, error: Exception) -> Response:
    return await _refused(request, HTTPException(422, str(error)))
