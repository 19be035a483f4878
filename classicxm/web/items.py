"""Stored items by id: what is known of them, their media and small pictures; where allowed, adding and removing."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import FileResponse, Response

from classicxm.media import MODALITIES
from classicxm.retrieval import CrossModalRetriever
from classicxm.web.answers import example_parts, shown_payload, stored_key
from classicxm.web.api import Named, json_answer, json_body
from classicxm.web.context import Context, context_of, known_parameters, refusals, served_by
from classicxm.web.openapi import FORMS, body, refused
from classicxm.web.previews import stored_file
from classicxm.web.schemas import AddBody, Changed, RemoveBody, StoredAnswer
from classicxm.web.served import Change, ServedModel
from classicxm.web.uploads import Uploads, parsed, read_body

__all__ = ["router", "write_router"]

router = APIRouter(prefix="/api/v1", dependencies=[Depends(known_parameters)])
write_router = APIRouter(prefix="/api/v1", dependencies=[Depends(known_parameters)])
Medium = Literal["image", "audio", "video"]
KEPT = "private, max-age=300"


def _held(retriever: CrossModalRetriever, key: Hashable) -> list[str]:
    return [modality for modality, index in retriever.indexes_.items() if key in index]


def _medium(retriever: CrossModalRetriever, key: Hashable, wanted: str | None) -> str:
    """The medium that is asked for, or the first that an item has a file of."""
    if wanted is not None:
        return wanted
    payload = retriever.payload_.get(key, {})
    found = next((name for name in MODALITIES[1:] if isinstance(payload.get(name), str)), None)
    if found is None:
        raise KeyError(f"item {key!r} has no picture, sound or clip")
    return found


@router.get(
    "/items/{key:path}/media",
    response_class=FileResponse,
    responses={
        **refused(404, 422),
        200: {"content": {"image/*": {}, "audio/*": {}, "video/*": {}}, "description": "The file."},
        206: {"content": {"image/*": {}, "audio/*": {}, "video/*": {}}, "description": "A part of the file."},
        400: {"description": "The range is not one.", "content": {"text/plain": {}}},
        416: {"description": "The file has no such part.", "content": {"text/plain": {}}},
    },
)
async def media(request: Request, key: str, modality: Medium | None = None, model: Named = None) -> Response:
    """The picture, sound or clip of an item, in a form that browsers show and play; parts of it by Range."""
    context, served = context_of(request), served_by(request, model)

    def work() -> tuple[Any, str]:
        wanted = stored_key(served.retriever, key)
        medium = _medium(served.retriever, wanted, modality)
        return context.previews.playable(stored_file(served.retriever, wanted, medium), medium)

    path, kind = await _found(context, work)
    return FileResponse(path, media_type=kind, headers={"cache-control": KEPT})


async def _found(context: Context, work: Any) -> Any:
    """What work upon a file gives; whatever cannot be shown is 404, with the reason."""
    try:
        with refusals():
            return await context.worked(work)
    except HTTPException as error:
        raise HTTPException(404, error.detail) from None
    except OSError as error:
        raise HTTPException(404, f"the file cannot be read ({error.strerror})") from None


@router.get(
    "/items/{key:path}/thumbnail",
    responses={
        **refused(404, 422),
        200: {"content": {"image/jpeg": {}}, "description": "A JPEG picture."},
        304: {"description": "The picture has not changed."},
    },
    response_class=Response,
)
async def small_picture(
    request: Request,
    key: str,
    modality: Literal["image", "video"] | None = None,
    side: Annotated[int, Query(ge=16, le=640)] = 240,
    model: Named = None,
) -> Response:
    """A small picture of an item: its image, or the first frame of its clip."""
    context, served = context_of(request), served_by(request, model)

    def work() -> bytes:
        wanted = stored_key(served.retriever, key)
        medium = _medium(served.retriever, wanted, modality)
        if medium == "audio":
            raise KeyError(f"item {wanted!r} is a sound, of which there is no picture")
        return context.previews.thumbnail(stored_file(served.retriever, wanted, medium), medium, side)

    picture = await _found(context, work)
    tag = f'"{hashlib.sha256(picture).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": KEPT}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(picture, media_type="image/jpeg", headers=headers)


@router.get("/items/{key:path}", responses=refused(404, 422), response_model=StoredAnswer)
async def item(request: Request, key: str, model: Named = None) -> Response:
    """What is stored with an item, and the modalities that it is found by."""
    context, retriever = context_of(request), served_by(request, model).retriever
    with refusals():
        wanted = stored_key(retriever, key)
    payload = shown_payload(retriever, wanted, context.settings.is_private)
    content = {"id": wanted, "payload": payload, "modalities": _held(retriever, wanted)}
    return json_answer(content)


async def _changed(context: Context, model: ServedModel, work: Any) -> None:
    """Run a change; it is on disk when this returns, or undone."""
    async with model.writing:
        try:
            await anyio.to_thread.run_sync(work)
        except OSError as error:
            raise HTTPException(
                503, f"the model could not be saved ({error.strerror}), so nothing was changed"
            ) from None


@write_router.post(
    "/add",
    response_model=Changed,
    responses=refused(400, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=body(AddBody, FORMS["add"]),
)
async def add(request: Request, model: Named = None) -> Response:
    """Describe an item and keep it; the answer comes when it is on disk."""
    context = context_of(request)
    target = context.model(model)
    async with read_body(request, AddBody, context.settings.limits) as (asked, uploads):

        def work() -> None:
            target.reload()
            retriever = target.now.retriever
            if _held(retriever, asked.id):
                raise HTTPException(409, f"there is an item {asked.id!r} already; remove it first")
            change = _change(asked, uploads, retriever)
            try:
                target.change(change.apply, change.undo)
            except BaseException:
                change.discard()
                raise

        with refusals(uploads):
            await _changed(context, target, work)
    return json_answer({"ids": [asked.id], "saved": target.source is not None})


def _change(asked: AddBody, uploads: Uploads, retriever: CrossModalRetriever) -> Change:
    """The item of a request with its media opened, and written below the collection's folder."""
    parts = example_parts(asked.item, uploads.opened)
    unknown = [name for name in parts if name not in retriever.extractors_]
    if unknown:
        raise ValueError(f"this model keeps {', '.join(retriever.extractors_)}, not {unknown[0]}")
    foreign = [name for name in MODALITIES if name in asked.payload]
    if foreign:
        raise ValueError(f"payload: {foreign[0]} is part of the item, not of its payload")
    change = Change(asked.id, parts, dict(asked.payload))
    if isinstance(parts.get("text"), (str, list)):
        change.payload["text"] = parts["text"]
    try:
        for modality in MODALITIES[1:]:
            number = getattr(asked.item, modality)
            if number is not None:
                upload = uploads.file(number)
                change.keep(retriever, modality, upload.path.read_bytes(), upload.suffix)
    except BaseException:
        change.discard()
        raise
    return change


@write_router.post(
    "/remove",
    response_model=Changed,
    responses=refused(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body(RemoveBody),
)
async def remove(request: Request, model: Named = None) -> Response:
    """Forget items in every modality; the answer comes when that is on disk."""
    context = context_of(request)
    target = context.model(model)
    asked = parsed(RemoveBody, await json_body(request))
    with refusals():
        await _changed(context, target, lambda: target.remove(asked.ids))
    return json_answer({"ids": asked.ids, "saved": target.source is not None})
