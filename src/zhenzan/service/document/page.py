"""Console page of the API's document: every call, who may make it, its bodies; public."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Response, get

from zhenzan.service.dependencies import Caller
from zhenzan.service.openapi import DOCUMENT_PATH, TAGS, document_of
from zhenzan.service.pages.base import page

__all__ = ["DOCUMENT"]


@dataclass(frozen=True)
class Body:
    """A body of one media type: its example as text, its schema's name where it has one."""

    media_type: str
    schema: str
    example: str


@dataclass(frozen=True)
class Call:
    """One call of the API. `roles`: who may make it; None: everybody."""

    method: str
    path: str
    summary: str
    description: str
    roles: list[str] | None
    parameters: list[dict[str, Any]]
    sends: list[Body]
    answers: list[tuple[str, str, list[Body]]]

    @property
    def id(self) -> str:
        """Of its place on the page."""
        return f"{self.method}{self.path}".replace("/", "-").strip("{}")


@get("/v1/docs", include_in_schema=False)
async def document_page(request: Caller) -> Response[Any]:
    """The document of the API as a page."""
    document = await asyncio.to_thread(document_of, request.app)
    calls: dict[str, list[Call]] = {tag: [] for tag in TAGS}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            calls[operation["tags"][0]].append(_call(path, method, operation))
    version = document["info"]["version"]
    return page(request, "document.html.jinja", calls=calls, version=version, document_path=DOCUMENT_PATH)


def _call(path: str, method: str, operation: dict[str, Any]) -> Call:
    return Call(
        method.upper(),
        path,
        operation["summary"],
        operation.get("description", ""),
        operation.get("x-roles"),
        operation.get("parameters", []),
        _bodies(operation.get("requestBody")),
        [
            (status, answer.get("description", ""), _bodies(answer) if status.startswith("2") else [])
            for status, answer in sorted(operation["responses"].items())
        ],
    )


def _bodies(about: dict[str, Any] | None) -> list[Body]:
    content = (about or {}).get("content") or {}
    return [
        Body(media_type, body["schema"].get("$ref", "").rpartition("/")[2], _shown(body.get("example")))
        for media_type, body in content.items()
    ]


def _shown(example: Any) -> str:
    if example is None or isinstance(example, str):
        return example or ""
    return msgspec.json.format(msgspec.json.encode(example), indent=2).decode()


DOCUMENT = (document_page,)
