"""Not found (404): a page for people, a problem document for programs."""

from __future__ import annotations

from typing import Any

from litestar import Response
from litestar.exceptions import NotFoundException

from zhenzan.service.dependencies import Caller
from zhenzan.service.pages.base import page
from zhenzan.service.problems import problem

__all__ = ["missing"]


def missing(request: Caller, error: NotFoundException) -> Response[Any]:
    """The answer where no route matches."""
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/"):
        return page(request, "message.html.jinja", status=404, word="no_page")
    return problem(404, error.detail)
