"""Errors of the API as `application/problem+json` (RFC 9457), and which of them are logged."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.types import Scope
from msgspec import Meta

from zhenzan.errors import (
    CatalogueError,
    ConflictError,
    CredentialError,
    InputError,
    LedgerError,
    MarketError,
    NotThereError,
    PolicyError,
    PromotionError,
    ProofError,
    RedemptionError,
    ZhenzanError,
)
from zhenzan.ledger import LeaseLostError
from zhenzan.promote import NotFeasibleError
from zhenzan.service.api_keys import AccessError
from zhenzan.service.request_ids import request_id
from zhenzan.service.webhooks.use_cases import WebhookError
from zhenzan.store import UnfitValueError
from zhenzan.translation import preferred_language, translated

__all__ = ["MEDIA_TYPE", "PROBLEM_HANDLERS", "Problem", "log_error", "problem"]

MEDIA_TYPE = "application/problem+json"
REFUSALS = (MarketError, RedemptionError, LedgerError, CredentialError)

log = logging.getLogger("zhenzan.service")


class WrongField(msgspec.Struct, omit_defaults=True):
    """One field or parameter that does not fit."""

    message: Annotated[str, Meta(description="What was expected.", examples=["Expected `int`, got `str`"])]
    key: Annotated[str, Meta(description="Which one.", examples=["price"])] = ""
    source: Annotated[str, Meta(description="Where it stood: body, query, path, header.")] = ""


class NearestOrder(msgspec.Struct):
    """An order that can be done: units in all, in so many hours, `everybody`: only without an audience."""

    units: int
    hours: float
    everybody: bool
    done_chance: float


class Problem(msgspec.Struct, omit_defaults=True):
    """A problem document: why a request was refused or failed (RFC 9457)."""

    status: Annotated[int, Meta(description="The status of the answer.", examples=[409], ge=400, le=599)]
    title: Annotated[str, Meta(description="The status in words.", examples=["Conflict"])]
    detail: Annotated[str, Meta(description="What stands against it.", examples=["nothing is settled yet"])]
    extra: Annotated[list[WrongField], Meta(description="Fields that do not fit, one by one.")] = []
    code: Annotated[str, Meta(description="Of a refusal of promotion: why, for programs.")] = ""
    nearest: Annotated[
        NearestOrder | None, Meta(description="Of an order that cannot be done: the nearest that can.")
    ] = None


async def log_error(error: Exception, scope: Scope) -> None:
    """Write to the log what is a fault of the service, or keeps it from answering; callers are told no more
    than that there was a fault.
    """
    status = _status_of(error)
    if status < 500:
        return
    named = {"method": scope.get("method"), "path": scope.get("path"), "request_id": request_id(scope)}
    if status == 500:
        log.error("%s %s (request %s)", *named.values(), exc_info=error, extra=named | {"status": status})
    else:
        values = (*named.values(), error)
        log.warning("%s %s (request %s): %s", *values, extra=named | {"status": status})


def problem(
    status: int, detail: str, *, extra: Any = None, headers: dict[str, str] | None = None
) -> Response[Problem]:
    """An answer that is a problem."""
    body = Problem(status, HTTPStatus(status).phrase, detail, extra or [])
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _of_product(request: Request[Any, Any, Any], error: ZhenzanError) -> Response[Problem]:
    language = preferred_language(request.headers.get("accept-language", ""))
    status, detail = _status_of(error), translated(str(error), language)
    body = Problem(status, HTTPStatus(status).phrase, detail, code=str(getattr(error, "code", "")))
    if isinstance(error, NotFeasibleError) and error.offer is not None:
        offer = error.offer
        body.nearest = NearestOrder(offer.units, offer.hours, offer.is_wider, offer.done_chance)
    return Response(body, status_code=status, media_type=MEDIA_TYPE)


def _of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What the framework refuses, and what routes refuse with `ProblemDetailsException`."""
    status, headers = error.status_code, dict(error.headers or {})
    if status >= 500 and not isinstance(error, ProblemDetailsException):
        return _fault(request, error)
    if status == HTTPStatus.TOO_MANY_REQUESTS and "RateLimit-Reset" in headers:
        headers["Retry-After"] = headers["RateLimit-Reset"]
    return problem(status, error.detail or HTTPStatus(status).phrase, headers=headers)


def _of_fields(request: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    """Fields of the body that do not fit are 422; parameters of the query, the path or a header are 400."""
    wrong = msgspec.convert(error.extra or [], list[WrongField])
    detail = "; ".join(
        f"{field_error.key}: {field_error.message}" if field_error.key else field_error.message
        for field_error in wrong
    )
    in_body = bool(wrong) and all(field_error.source == "body" for field_error in wrong)
    return problem(422 if in_body else 400, detail or error.detail, extra=wrong)


def _fault(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    return problem(500, "a fault of the service; its log says more")


PROBLEM_HANDLERS: dict[int | type[Exception], Any] = {
    ZhenzanError: _of_product,
    ValidationException: _of_fields,
    HTTPException: _of_framework,
    500: _fault,
}


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
    if isinstance(error, PolicyError | CatalogueError | WebhookError | PromotionError):
        return 422
    return 400 if isinstance(error, InputError | ProofError | AccessError | UnfitValueError) else 503
