"""The application: routes, who may call them, how errors look, what is opened and closed with it."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
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
from zhenzan.service.pages import PAGES
from zhenzan.service.people import AccessError
from zhenzan.service.routes import API
from zhenzan.service.tracing import tracing_plugins
from zhenzan.service.webhooks import WebhookError

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
        exception_handlers={ZhenzanError: _as_problem, 500: _as_fault},
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
    """Faults of ours go to the log; callers are told no more than that there was one."""
    if not isinstance(error, HTTPException | ZhenzanError) or getattr(error, "status_code", 0) == 500:
        log.error("%s %s", scope.get("method"), scope.get("path"), exc_info=error)


def _as_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return ProblemDetailsException("a fault of the service; its log says more", status_code=500).to_response(
        request
    )


REFUSALS = (MarketError, RedemptionError, LedgerError, CredentialError)


def _as_problem(request: Request[Any, Any, Any], error: ZhenzanError) -> Response[Any]:
    """What is not there is 404, what stands against it 409, what cannot be read 400; else the caller can do
    nothing about it.
    """
    status = 503
    if isinstance(error, NotThereError):
        status = 404
    elif isinstance(error, REFUSALS) and not isinstance(error, LeaseLostError):
        status = 409
    elif isinstance(error, PolicyError | CatalogueError | WebhookError):
        status = 422
    elif isinstance(error, InputError | ProofError | AccessError):
        status = 400
    return ProblemDetailsException(str(error), status_code=status).to_response(request)
