"""The application: routes, who may call them, how errors look, what is opened and closed with it."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.problem_details import (
    ProblemDetailsConfig,
    ProblemDetailsException,
    ProblemDetailsPlugin,
)
from litestar.types import Scope

from zhenzan import __version__
from zhenzan.errors import (
    CatalogueError,
    ConflictError,
    CredentialError,
    InputError,
    LedgerError,
    MarketError,
    NotThereError,
    PolicyError,
    ProofError,
    RedemptionError,
    ZhenzanError,
)
from zhenzan.ledger import LeaseLostError
from zhenzan.service.access import Authentication
from zhenzan.service.core import Core
from zhenzan.service.pages import PAGES, missing
from zhenzan.service.people import AccessError
from zhenzan.service.routes import API
from zhenzan.service.tracing import tracing_plugins
from zhenzan.service.webhooks import WebhookError
from zhenzan.store import UnfitValueError

__all__ = ["make_app"]

log = logging.getLogger("zhenzan.service")


def make_app(core: Core) -> Litestar:
    """The service as an ASGI application on an open core, which its caller closes."""
    return Litestar(
        route_handlers=[*API, *PAGES],
        state=State({"core": core}),
        middleware=[DefineMiddleware(Authentication)],
        plugins=[
            ProblemDetailsPlugin(ProblemDetailsConfig(enable_for_all_http_exceptions=True)),
            *tracing_plugins(),
        ],
        exception_handlers={ZhenzanError: _as_problem, NotFoundException: missing, 500: _as_fault},
        request_max_body_size=core.settings.body_bytes_max,
        logging_config=None,
        after_exception=[_log],
        openapi_config=OpenAPIConfig(
            title="Zhenzan",
            version=__version__,
            path="/v1/schema",
            components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"key": []}],
        ),
    )


async def _log(error: Exception, scope: Scope) -> None:
    """Faults of ours go to the log, and what keeps us from answering; callers are told no more than that
    there was a fault.
    """
    status = _status_of(error)
    asked = {"method": scope.get("method"), "path": scope.get("path")}
    if status == 500:
        log.error("%s %s", *asked.values(), exc_info=error, extra=asked | {"status": status})
    elif status > 500:
        log.warning("%s %s: %s", *asked.values(), error, extra=asked | {"status": status})


def _as_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return ProblemDetailsException("a fault of the service; its log says more", status_code=500).to_response(
        request
    )


REFUSALS = (MarketError, RedemptionError, LedgerError, CredentialError)


def _as_problem(request: Request[Any, Any, Any], error: ZhenzanError) -> Response[Any]:
    return ProblemDetailsException(str(error), status_code=_status_of(error)).to_response(request)


def _status_of(error: Exception) -> int:
    """What is not there is 404, what stands against it 409, what is no policy 422, what cannot be read 400;
    else the caller can do nothing about it.
    """
    if isinstance(error, HTTPException):
        return error.status_code
    if not isinstance(error, ZhenzanError):
        return 500
    if isinstance(error, NotThereError):
        return 404
    if isinstance(error, ConflictError):
        return 409
    if isinstance(error, REFUSALS) and not isinstance(error, LeaseLostError):
        return 409
    if isinstance(error, PolicyError | CatalogueError | WebhookError):
        return 422
    return 400 if isinstance(error, InputError | ProofError | AccessError | UnfitValueError) else 503
