"""Forms of the page: their files become vectors of the question, so that the answer is an address."""

from __future__ import annotations

import mimetypes
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import anyio.to_thread
from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile

from classicxm.media import MODALITIES
from classicxm.web.asked import Asked, VectorPart
from classicxm.web.context import Context, refusals
from classicxm.web.served import Served
from classicxm.web.uploads import Upload, Uploads

__all__ = ["default_target", "embedded_form", "served_of"]


def served_of(context: Context, pairs: list[tuple[str, str]]) -> Served:
    """The model that the fields of an address or form name, or the first."""
    return context.served(next((value for name, value in pairs if name == "model" and value), None))


def default_target(served: Served) -> str:
    """What is searched for unless the question says: pictures where there are any, else the first that is no text."""
    names = list(served.retriever.extractors_)
    return "image" if "image" in names else next((name for name in names if name != "text"), names[0])


async def embedded_form(request: Request, context: Context) -> tuple[Asked, Served, Uploads, Path]:
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
        served = served_of(context, pairs)
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
