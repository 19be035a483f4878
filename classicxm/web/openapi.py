"""What the API declares of itself: bodies that are JSON or forms, and every status it answers with."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from classicxm import __version__
from classicxm.web import schemas
from classicxm.web.schemas import Problem

__all__ = ["FORMS", "body", "refused", "use_openapi"]

REASONS = {
    400: "The question cannot be answered: a file that cannot be read, a filter of the wrong form; says why.",
    404: "No such item, model or medium.",
    408: "The body did not arrive in time.",
    409: "There is an item of this id already.",
    413: "The body, or a file, is larger than the limit.",
    415: "The body is neither JSON nor a form.",
    422: "A field is unknown, missing, or not of its kind.",
    503: "Too many wait; try again later.",
}
_OPTIONAL = FieldInfo(default=None)
FILE = {"type": "string", "format": "binary"}
TEXTS = {"type": "array", "items": {"type": "string", "maxLength": 1000}, "maxItems": 64}
MEDIA = {"image": FILE, "audio": FILE, "video": FILE}
TARGET = {"type": "string", "enum": ["text", "image", "audio", "video", "any"]}
REQUEST = {"type": "string", "description": "The JSON body, its files named by their numbers among `files`."}
COMMON = {"text": {"type": "string", "maxLength": 10000}, **MEDIA}
SIZE = {"type": "integer", "minimum": 1, "maximum": 1000}
#: What forms have, by route; the JSON body has the same names.
FORMS: dict[str, dict[str, Any]] = {
    "search": {
        **COMMON,
        "target": TARGET,
        "k": SIZE,
        "page": SIZE,
        "like": TEXTS,
        "unlike": TEXTS,
        "weights": {"type": "string", "description": "Such as text=1,image=.5"},
        "filter": {"type": "string", "maxLength": 10000},
        "fusion": {"type": "string", "enum": ["early", "rrf", "combsum", "combmnz", "confidence"]},
        "min_score": {"type": "number", "minimum": -1e30, "maximum": 1e30},
        "fold": {"type": "boolean"},
    },
    "annotate": {**COMMON, "k": SIZE},
    "embed": COMMON,
    "explain": {**COMMON, "id": {"type": "string", "maxLength": 1000}, "target": TARGET, "like": TEXTS},
    "recommend": {},
    "add": {**COMMON, "id": {"type": "string", "maxLength": 1000}},
}


def body(model: type[BaseModel], form: dict[str, Any] | None = None) -> dict[str, Any]:
    """The ``openapi_extra`` of a route whose body is a model, or a form that says the same."""
    content: dict[str, Any] = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    }
    if form is not None:
        properties = {**form, "request": REQUEST, "files": {"type": "array", "items": FILE, "maxItems": 8}}
        schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        needed = [name for name in ("id", "target") if model.model_fields.get(name, _OPTIONAL).is_required()]
        if needed:
            parts = ["text", *MEDIA] if "item" in model.model_fields else []
            ways = [[*needed, part] for part in parts] or [needed]
            schema["anyOf"] = [{"required": names} for names in (["request"], *ways)]
        content["multipart/form-data"] = {"schema": schema}
    return {"requestBody": {"required": True, "content": content}}


def refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer with these."""
    return {status: {"model": Problem, "description": REASONS[status]} for status in statuses}


def use_openapi(app: FastAPI, needs_token: bool) -> None:
    """Let an application describe itself once, with the bodies that its routes read themselves."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, needs_token)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _described(app: FastAPI, needs_token: bool) -> dict[str, Any]:
    told = get_openapi(
        title="classicxm",
        version=__version__,
        summary="Cross-modal search over text, images, audio and video.",
        routes=app.routes,
    )
    bodies = [
        model
        for model in vars(schemas).values()
        if isinstance(model, type) and issubclass(model, schemas.Strict) and model is not schemas.Strict
    ]
    _, definitions = models_json_schema(
        [(model, "validation") for model in bodies], ref_template="#/components/schemas/{model}"
    )
    known = told.setdefault("components", {}).setdefault("schemas", {})
    known.update({name: schema for name, schema in definitions["$defs"].items() if name not in known})
    for unused in ("HTTPValidationError", "ValidationError"):
        known.pop(unused, None)
    if needs_token:
        told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        told["security"] = [{"token": []}]
    return told
