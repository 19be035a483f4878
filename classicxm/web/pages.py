"""The page: everything by GET and without a script; files are sent by POST and become vectors in the address."""

from __future__ import annotations

import csv
import functools
import io
import mimetypes
import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio.to_thread
import jinja2
from fastapi import APIRouter, HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from classicxm.media import MODALITIES
from classicxm.reports.rendering import legal
from classicxm.retrieval.documents import ANY
from classicxm.web.answers import Question, as_json, stored_key
from classicxm.web.asked import FUSIONS, Asked, VectorPart
from classicxm.web.context import Context, context_of, refusals
from classicxm.web.described import answers_of, facet_counts, item_ids, model_facts
from classicxm.web.explained import explained
from classicxm.web.served import Served
from classicxm.web.shown import cards, content_of, evidence_view, item_view
from classicxm.web.uploads import InvalidBodyError, Upload, Uploads

__all__ = ["problem_page", "router", "wants_page"]

router = APIRouter(include_in_schema=False)
SHOWN_FIRST = 24


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("classicxm.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=legal,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = "{:+.4f}".format
    return environment


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template."""
    return HTMLResponse(_environment().get_template(template).render(values), status)


def wants_page(request: Request) -> bool:
    """Whether an error is shown as a page."""
    return not request.url.path.startswith(("/api/", "/openapi", "/static/"))


def problem_page(request: Request, status: int, detail: str) -> Response:
    """An error as a page."""
    return render("problem.html", status, detail=detail, code=status)


def _served(context: Context, pairs: list[tuple[str, str]]) -> Served:
    return context.served(next((value for name, value in pairs if name == "model" and value), None))


def default_target(served: Served) -> str:
    """What is searched for unless the question says: pictures where there are any, else the first that is no text."""
    names = list(served.retriever.extractors_)
    return "image" if "image" in names else next((name for name in names if name != "text"), names[0])


def _read(request: Request) -> tuple[Context, Served, Asked]:
    context = context_of(request)
    pairs = request.query_params.multi_items()
    served = _served(context, pairs)
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


async def _embedded(request: Request, context: Context) -> tuple[Asked, Served, Uploads, Path]:
    """The question of a form, its files as vectors; the folder of the files is the caller's to remove."""
    folder = Path(await anyio.to_thread.run_sync(tempfile.mkdtemp, None, "classicxm-"))
    try:
        limits = context.settings.limits
        async with request.form(max_files=limits.files, max_fields=200, max_part_size=1 << 20) as form:
            pairs: list[tuple[str, str]] = []
            files: list[tuple[Upload, str]] = []
            for name, value in form.multi_items():
                if not isinstance(value, UploadFile):
                    pairs.append((name, value))
                elif value.size:
                    upload = Upload(Path(value.filename or "file").name[:200], folder / str(len(files)))
                    upload.path = upload.path.with_suffix(upload.suffix)
                    await anyio.to_thread.run_sync(_written, value, upload.path)
                    files.append((upload, (value.content_type or "").partition("/")[0]))
        served = _served(context, pairs)
        key = [value for name, value in pairs if name == "id"]
        asked = Asked.read([pair for pair in pairs if pair[0] != "id"], default_target(served))
        uploads = Uploads([upload for upload, _ in files], limits.media)
        request.state.key = key[0] if key else None
        if request.url.path == "/why":
            request.state.kinds = [_modality(served, upload, kind) for upload, kind in files]
            return asked, served, uploads, folder

        def vectors() -> list[VectorPart]:
            parts = []
            for n, (upload, kind) in enumerate(files):
                modality = _modality(served, upload, kind)
                vector = served.retriever.project(modality, [uploads.opened(modality, n)])[0]
                parts.append(VectorPart(modality, upload.name, tuple(vector.tolist())))
            return parts

        with refusals(uploads):
            parts = await context.described(vectors) if files else []
        return (
            replace(
                asked,
                vector=(*asked.vector, *parts),
                vector_weight=(*asked.vector_weight, *(1.0 for _ in parts)),
            ),
            served,
            uploads,
            folder,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _written(upload: UploadFile, path: Path) -> None:
    with open(path, "wb") as file:
        shutil.copyfileobj(upload.file, file)


def _modality(served: Served, upload: Upload, kind: str) -> str:
    """What a file is, by what its sender calls it, or by the ending of its name."""
    known = list(served.retriever.extractors_)
    guessed = kind if kind in MODALITIES[1:] else None
    if guessed is None:
        guessed = (mimetypes.guess_type(upload.name)[0] or "").partition("/")[0]
    if guessed == "image" and upload.suffix == ".gif" and "image" not in known:
        guessed = "video"
    if guessed not in known or guessed == "text":
        media = [name for name in known if name != "text"]
        raise HTTPException(415, f"{upload.name} is no file that this model takes: {', '.join(media)}")
    return guessed


@router.post("/")
async def search_with_files(request: Request) -> Response:
    """A form with files: they become vectors, and the answer is the address that has them."""
    asked, _, _, folder = await _embedded(request, context_of(request))
    shutil.rmtree(folder, ignore_errors=True)
    return RedirectResponse(asked.address(), 303)


def _why(served: Served, question: Question, name: str, asked: Asked) -> dict[str, Any]:
    """What the template of an explanation shows."""
    retriever = served.retriever
    key = stored_key(retriever, name)
    found = explained(retriever, question, key)
    view = item_view(served, key, asked.model)
    sides = []
    if found["query"] is not None:
        sides.append(evidence_view(found["query"], "The query", _text_of(question), None))
    for evidence in found["found"]:
        modality = evidence["modality"]
        sides.append(
            evidence_view(
                evidence,
                f"What was found: {modality}",
                content_of(retriever, key, modality),
                view["pictures"].get(modality),
            )
        )
    return {
        "sides": sides,
        "score": found["score"],
        "metric": found["metric"],
        "item": view,
        "both": found["query"] is not None,
    }


def _text_of(question: Question) -> Any:
    (example,) = question.query
    text = example.get("text") if isinstance(example, dict) else None
    return "\n".join(text) if isinstance(text, list) else text


@router.get("/why")
async def why_page(request: Request) -> Response:
    """Why an item has its score."""
    context = context_of(request)
    pairs = request.query_params.multi_items()
    served = _served(context, pairs)
    name = next((value for key, value in pairs if key == "id"), "")
    asked = Asked.read([pair for pair in pairs if pair[0] != "id"], default_target(served))
    with refusals():
        question = asked.question(served.retriever)
    return await _why_answer(context, served, asked, question, name, Uploads())


@router.post("/why")
async def why_with_file(request: Request) -> Response:
    """Why an item has its score against a file that is sent once more, so that the file is explained too."""
    context = context_of(request)
    asked, served, uploads, folder = await _embedded(request, context)
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
        shown = await context.described(lambda: _why(served, question, name, asked))
    return render("why.html", asked=asked, back=asked.address(), **shown)


@router.get("/item")
async def item_page(request: Request) -> Response:
    """All that is stored with one item, and words for it."""
    context = context_of(request)
    pairs = request.query_params.multi_items()
    if unknown := [key for key, _ in pairs if key not in ("id", "model")]:
        raise InvalidBodyError(f"{unknown[0][:100]}: unknown parameter")
    served = _served(context, pairs)
    with refusals():
        key = stored_key(served.retriever, next((value for name, value in pairs if name == "id"), ""))
    view = item_view(served, key, next((value for name, value in pairs if name == "model"), None))
    payload = served.retriever.payload_.get(key, {})
    rows = [(name, value) for name, value in payload.items() if name not in MODALITIES[1:]]
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
    served = _served(context, pairs)
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
            f"q1 Q0 {_word(hit['id'])} {rank} {hit['score']!r} classicxm\n"
            for rank, hit in enumerate(rows["hits"], first)
        ]
        content, media = "".join(lines).encode("utf-8", "backslashreplace"), "text/plain"
    name = f"classicxm.{'run' if kind == 'trec' else kind}"
    return Response(
        content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _word(key: Any) -> str:
    """An id as one word, as the TREC format needs it."""
    return "_".join(str(key).split()) or "_"


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
