"""The API's document, OpenAPI 3.1: what the framework derives from the routes, completed.

Added here: the problems that every route may answer, the header with the request's id, what a message of
interactions may look like, and an example of every body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request, get
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from zhenzan import __version__
from zhenzan.interactions import Interaction
from zhenzan.service.api_keys import Role
from zhenzan.service.auth import roles_of
from zhenzan.service.examples import example_of
from zhenzan.service.problems import MEDIA_TYPE, Problem
from zhenzan.service.request_ids import HEADER

__all__ = ["DOCUMENT_PATH", "document", "document_of", "openapi_config"]

DOCUMENT_PATH = "/v1/openapi.json"
TAGS = {
    "interactions": "Intake of interactions: likes, views and everything else that accounts do.",
    "verdicts": "Verdicts of the newest settlement: items, accounts, rings, moments, likes.",
    "live": "Interactions as they come in.",
    "creators": "The leaderboard, and totals and fans of creators.",
    "rewards": "Points, cards, levels, rights and redemptions of accounts.",
    "market": "Listings, auctions, offers and rentals of cards.",
    "promotion": "Orders of labelled exposure, billed by likes that settle.",
    "ledger": "Checkpoints, proofs and entries with which anyone can verify the ledger.",
    "cases": "Cases and appeals, their decisions, and the audit log.",
    "policies": "Versions of the policy: drafts, shadow runs, publishing.",
    "people": "API keys, and signing keys of platforms.",
    "webhooks": "Subscriptions to events, and their deliveries.",
    "running": "Health checks and metrics for monitors.",
}
PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "The key is missing or not valid.",
    "403": "The key may not make this call.",
    "404": "There is nothing with this id.",
    "409": "The request conflicts with the present state.",
    "422": "A field of the body is not valid.",
    "429": "Too many requests, or the service is overloaded: wait for `Retry-After` seconds.",
}
ROW = {
    "id": "like-1", "account": "fan-7", "item": "video-3", "creator": "c-1",
    "timestamp": "2026-11-27T10:00:00Z", "watched": 5_200, "duration": 9_000,
}  # fmt: skip
Schema = dict[str, Any]


class _Document(OpenAPIRenderPlugin):
    """Serves the completed document for the framework, which answers all else below its path with a page."""

    def __init__(self) -> None:
        super().__init__(path="/document.json", media_type=MediaType.JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: Schema) -> bytes:
        return msgspec.json.encode(document_of(request.app))


@get(DOCUMENT_PATH, include_in_schema=False, media_type=MediaType.JSON)
async def document(request: Request[Any, Any, Any]) -> bytes:
    """The document of the API."""
    return msgspec.json.encode(document_of(request.app))


def openapi_config() -> OpenAPIConfig:
    """For the framework: what its part of the document says, and where it is served."""
    return OpenAPIConfig(
        title="Zhenzan",
        version=__version__,
        description="Tells genuine likes from bought ones, and pays rewards for the genuine ones alone.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path=DOCUMENT_PATH.removesuffix(".json"),
        render_plugins=[_Document()],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, method, parts: _operation_id(method, parts),
        tags=[Tag(name=name, description=about) for name, about in TAGS.items()],
        components=Components(
            security_schemes={
                "key": SecurityScheme(
                    type="http", scheme="bearer", description="An API key, or a token that a platform signed."
                )
            }
        ),
        security=[{"key": []}],
    )


def _operation_id(method: Any, parts: list[Any]) -> str:
    """`get_items_days`, `post_cases_by_case_decision`."""
    names = [part if isinstance(part, str) else f"by_{part.name}" for part in parts]
    words = "_".join([str(getattr(method, "value", method)).lower(), *names])
    return re.sub(r"\W+", "_", words.replace("v1_", "", 1))


def document_of(app: Litestar) -> Schema:
    """The whole document, made once for an application."""
    document: Schema | None = app.state.get("openapi_document")
    if document is None:
        document = _completed(app, app.openapi_schema.to_schema())
        app.state.openapi_document = document
    return document


def _completed(app: Litestar, document: Schema) -> Schema:
    schemas = document["components"]["schemas"]
    roots, others = msgspec.json.schema_components(
        [Interaction, Problem], ref_template="#/components/schemas/{name}"
    )
    schemas |= others
    for name, record in _records(app).items():
        if name in schemas:
            _add_notes(schemas[name], record)
    roles = {(path, method): roles for path, method, roles in _callers(app)}
    for path, method, operation in _operations(document):
        if path == "/v1/interactions":
            operation["requestBody"] = _message_body()
        may_call = roles[path, method]
        if may_call is None:
            operation["security"] = []
        else:
            operation["x-roles"] = list(may_call)
        _add_problems(operation, may_call is None)
        for body in (operation.get("requestBody"), *operation["responses"].values()):
            _add_example(body, schemas)
    assert len(roots) == 2, "their references"
    return document


def _callers(app: Litestar) -> Iterator[tuple[str, str, tuple[Role, ...] | None]]:
    """Path, method, and who may call."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                yield route.path_format, str(method).lower(), roles_of(handler)


def _add_notes(schema: Schema, record: Schema) -> None:
    """What a record says of itself, and which of its fields are old names; the framework leaves it out."""
    if record.get("description"):
        schema.setdefault("description", record["description"])
    for name, field in record.get("properties", {}).items():
        if field.get("deprecated"):
            schema["properties"][name]["deprecated"] = True


def _records(app: Litestar) -> Schema:
    """The records that go in and come out, as msgspec describes them, by name."""
    kinds: list[Any] = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.resolve_include_in_schema():
                fields = (handler.parsed_data_field, handler.parsed_return_field)
                kinds += [field.annotation for field in fields if field is not None]
                kinds += [spec.data_container for spec in (handler.responses or {}).values()]
    records = [kind for kind in kinds if isinstance(kind, type) and kind.__module__.startswith("zhenzan")]
    _, schemas = msgspec.json.schema_components(records, ref_template="{name}")
    return schemas


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _message_body() -> Schema:
    row = {"$ref": "#/components/schemas/Interaction"}
    text = {"type": "string", "description": "Interactions as JSON, one a line."}
    return {
        "required": True,
        "description": "One interaction, or up to 100,000; plain or gzip.",
        "content": {
            "application/json": {
                "schema": {"anyOf": [row, {"type": "array", "items": row, "minItems": 1}]},
                "example": [ROW],
            },
            "application/x-ndjson": {"schema": text, "example": msgspec.json.encode(ROW).decode()},
            "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }


def _add_problems(operation: Schema, is_public: bool) -> None:
    """What may be answered otherwise, and the header that every answer has."""
    answers: Schema = operation["responses"]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    has_body, has_input = "requestBody" in operation, bool(operation.get("parameters"))
    statuses = {
        "400": has_body or has_input, "401": not is_public, "403": not is_public,
        "404": has_body or has_input, "409": not is_public, "422": has_body, "429": True,
    }  # fmt: skip
    for status, may_be in statuses.items():
        others = answers.get(status, {}).get("content")
        if status in ("400", "429") or (may_be and others is None):
            answers.pop(status, None)
        if may_be and status not in answers:
            answers[status] = {"description": PROBLEMS[status], "content": content}
    answers["default"] = {"description": "A refusal or a fault.", "content": content}
    for status, answer in answers.items():
        if answer.get("content") is None and status[0] not in "23":
            answer["content"] = content
        answer.setdefault("headers", {})[HEADER] = {
            "description": "Of the request: the caller's, or one that was made.",
            "schema": {"type": "string"},
        }  # fmt: skip


def _add_example(body: Schema | None, schemas: Schema) -> None:
    for media_type, about in ((body or {}).get("content") or {}).items():
        if media_type.endswith("json") and "example" not in about:
            about["example"] = example_of(about["schema"], schemas)
