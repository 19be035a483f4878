"""Requests of several kinds as one: JSON, or a form whose files are kept in a folder that is gone afterwards."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from classicxm.errors import MediaDecodeError
from classicxm.json_lines import unique_keys
from classicxm.media.extent import Bounds, bounded
from classicxm.media.text import read_text
from classicxm.numerals import written_float, written_whole
from classicxm.web.schemas import Strict
from classicxm.web.settings import Limits

__all__ = ["MEDIA", "InvalidBodyError", "Upload", "Uploads", "form_values", "read_body"]

MEDIA = ("text", "image", "audio", "video")
#: Whether a form holds JSON that says the same.
WRITTEN = "has request"
LISTS = ("like", "unlike", "allowed")
NUMBERS: dict[str, Callable[[str], float | None]] = {
    **dict.fromkeys(("k", "page", "min_df"), written_whole),
    **dict.fromkeys(("min_score", "diversity"), written_float),
}
FLAGS = {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")

Body = TypeVar("Body", bound=Strict)


class InvalidBodyError(Exception):
    """A body that is not what the route declares; answered with 422."""


def _parsed_form(model: type[Body], values: dict[str, Any]) -> Body:
    """The values of a form as a model; what is wrong inside of its text ``request`` is answered by 400."""
    written = values.pop(WRITTEN)
    try:
        return parsed(model, json.dumps(values).encode())
    except InvalidBodyError as error:
        if written:
            raise HTTPException(400, str(error)) from None
        raise


@dataclass
class Upload:
    """One file of a request: the name it came by, and where it lies until the answer is given."""

    name: str
    path: Path

    @property
    def suffix(self) -> str:
        """The ending of its name, in lower case, where it is a plain one."""
        suffix = Path(self.name).suffix.lower()
        return suffix if SUFFIX.fullmatch(suffix) else ""


@dataclass
class Uploads:
    """The files of a request, and the bounds they are read within."""

    files: list[Upload] = field(default_factory=list)
    bounds: Bounds = field(default_factory=Bounds)

    def opened(self, modality: str, number: int) -> object:
        """A file, by its number, as what extractors take; it is refused by its header where it is too large."""
        upload = self.file(number)
        return read_text(upload.path) if modality == "text" else bounded(modality, upload.path, self.bounds)

    def file(self, number: int) -> Upload:
        """A file by its number; ValueError where there is none."""
        if number >= len(self.files):
            raise ValueError(
                f"the request names file {number} and brings {len(self.files)}; send it as a part 'files' of a form"
            )
        return self.files[number]

    def named(self, message: str) -> str:
        """A message without the places where files lie for a moment."""
        for upload in self.files:
            message = message.replace(str(upload.path), upload.name)
        return message


@asynccontextmanager
async def read_body(
    request: Request, model: type[Body], limits: Limits
) -> AsyncIterator[tuple[Body, Uploads]]:
    """The body of a request as its model, and its files; they are removed when the context ends.

    Raises
    ------
    InvalidBodyError
        For what is not in the form that the model declares.
    HTTPException
        415 for a body that is neither JSON nor a form, 400 for a form that is broken.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        yield parsed(model, await request.body()), Uploads(bounds=limits.media)
    elif kind == "multipart/form-data":
        folder = Path(await anyio.to_thread.run_sync(tempfile.mkdtemp, None, "classicxm-"))
        try:
            async with request.form(max_files=limits.files, max_fields=200, max_part_size=1 << 20) as form:
                values, files = await _divided(form, folder, model)
                values[WRITTEN] = "request" in form
            yield _parsed_form(model, values), Uploads(files, limits.media)
        finally:
            await anyio.to_thread.run_sync(shutil.rmtree, folder, True)
    else:
        raise HTTPException(
            415, "send application/json, or multipart/form-data with the files of the question"
        )


def parsed(model: type[Body], content: bytes) -> Body:
    """JSON as its model; InvalidBodyError says in one line which field is wrong."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidBodyError(f"{place or 'body'}: {first['msg']}"[:500]) from None


async def _divided(
    form: FormData, folder: Path, model: type[BaseModel]
) -> tuple[dict[str, Any], list[Upload]]:
    """The values of a form, and its files, which are named by their number in the values."""
    files: list[Upload] = []
    named: list[tuple[str, int]] = []
    fields: list[tuple[str, str]] = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields.append((name, value))
            continue
        if not value.filename and not value.size:
            continue  # a form's field of files that was left empty
        upload = Upload(Path(value.filename or "upload").name[:200], folder / f"{len(files)}")
        path = upload.path.with_suffix(upload.suffix)
        upload.path = path
        await anyio.to_thread.run_sync(_copied, value, path)
        if name != "files":
            named.append((name, len(files)))
        files.append(upload)
    return form_values(fields, named, model, files), files


def _copied(upload: UploadFile, path: Path) -> None:
    with open(path, "wb") as file:
        upload.file.seek(0)
        shutil.copyfileobj(upload.file, file)


def form_values(
    fields: list[tuple[str, str]], named: list[tuple[str, int]], model: type[BaseModel], files: list[Upload]
) -> dict[str, Any]:
    """The fields of a form as the JSON that says the same; ``request`` holds such JSON itself.

    >>> from classicxm.web.schemas import SearchBody
    >>> form_values([("text", "red"), ("k", "3")], [("image", 0)], SearchBody, [])
    {'text': 'red', 'k': 3, 'query': [{'image': 0}]}
    """
    values: dict[str, Any] = {}
    for name, text in fields:
        if name == "request":
            values |= _json_object(text)
        elif name in LISTS:
            values.setdefault(name, []).append(text)
        elif name in NUMBERS:
            values[name] = _number(name, text)
        elif name == "weights":
            values[name] = _weights(text)
        elif name in ("fold", "exclude_seen"):
            values[name] = FLAGS.get(text.lower(), text)
        elif name in values:
            raise InvalidBodyError(f"{name}: given twice")
        elif text or name in ("text", "id", "target"):
            values[name] = text
    examples: list[dict[str, Any]] = []
    for name, number in named:
        if name == "text":
            examples.append({"text": _text_of(files[number])})
        elif name in MEDIA:
            examples.append({name: number})
        else:
            raise InvalidBodyError(f"{name}: no file is expected here")
    if "item" in model.model_fields:
        return _with_item(values, examples)
    if examples:
        several = "like" in model.model_fields
        if not several and (len(examples) > 1 or values.get("query") or values.get("text")):
            raise HTTPException(400, "one item is expected, got several")
        values["query"] = [*_listed(values.get("query")), *examples] if several else examples[0]
    return values


def _with_item(values: dict[str, Any], examples: list[dict[str, Any]]) -> dict[str, Any]:
    """The values of a form that adds an item: its text and files are what the item has."""
    item = values.pop("item", {})
    if not isinstance(item, dict):
        raise HTTPException(400, "request: item must be an object")
    parts = [*([{"text": values.pop("text")}] if "text" in values else []), *examples]
    for part in parts:
        if item.keys() & part.keys():
            raise HTTPException(400, f"an item has one {next(iter(part))}, got several")
        item = {**item, **part}
    return values | {"item": item} if item else values


def _text_of(upload: Upload) -> str:
    try:
        return read_text(upload.path)
    except MediaDecodeError as error:
        raise HTTPException(400, f"{upload.name}: {error.reason}") from None


def _listed(examples: Any) -> list[Any]:
    return [] if examples is None else examples if isinstance(examples, list) else [examples]


def _json_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError):
        raise HTTPException(400, "request: not JSON, or a key occurs twice") from None
    if not isinstance(found, dict):
        raise HTTPException(400, "request: expected a JSON object")
    return found


def _number(name: str, text: str) -> Any:
    if not text:
        return None
    number = NUMBERS[name](text.strip())
    if number is None:
        raise InvalidBodyError(f"{name}: expected a number, got {text[:40]!r}")
    return number


def _weights(text: str) -> Any:
    """``text=1,image=.5``, or JSON, as a dict; None where it is empty."""
    if text.lstrip().startswith("{"):
        return _json_object(text)
    parts = [part.partition("=") for part in text.split(",") if part]
    found = {name.strip(): written_float(number.strip()) for name, _, number in parts}
    if None in found.values() or len(found) < len(parts):
        raise HTTPException(400, f"weights: expected such as text=1,image=.5, got {text[:80]!r}")
    return found or None
