"""The application: routes and their guards, error handling, middleware, start and stop."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.middleware import DefineMiddleware

from zhenzan.rooms import parts
from zhenzan.service.auth import Authentication
from zhenzan.service.bodies import JSON_BYTES_MAX, BodyDeadline, check_json
from zhenzan.service.injection import dependencies
from zhenzan.service.interactions.api import post_interactions
from zhenzan.service.limits import RATE_STORE, BoundedStore, rate_limit
from zhenzan.service.openapi import document, openapi_config
from zhenzan.service.pages.base import Frame
from zhenzan.service.pages.not_found import missing
from zhenzan.service.problems import PROBLEM_HANDLERS, log_error
from zhenzan.service.request_ids import HEADER, stamp_answer
from zhenzan.service.resources import Resources
from zhenzan.service.tracing import tracing_plugins

__all__ = ["make_app"]


def make_app(resources: Resources) -> Litestar:
    """The service as an ASGI application on open resources, which its caller closes."""
    settings = resources.settings
    routes, pages = (
        [handler for of_room in parts(kind) for handler in of_room] for kind in ("routes", "pages")
    )
    # the one route whose limit is a setting
    messages = Router("/", route_handlers=[post_interactions], request_max_body_size=settings.body_bytes_max)
    return Litestar(
        route_handlers=[messages, document, *routes, *pages],
        dependencies=dependencies(resources),
        state=State({"resources": resources, "frame": Frame(pages)}),
        middleware=[
            DefineMiddleware(BodyDeadline, seconds=settings.body_seconds),
            DefineMiddleware(Authentication),
            *rate_limit(settings.requests_per_minute),
        ],
        stores={RATE_STORE: BoundedStore()},
        cors_config=_cross_origin(settings.allowed_origins),
        plugins=tracing_plugins(),
        exception_handlers={**PROBLEM_HANDLERS, NotFoundException: missing},
        request_max_body_size=JSON_BYTES_MAX,
        logging_config=None,
        before_request=check_json,
        before_send=[stamp_answer],
        after_exception=[log_error],
        openapi_config=openapi_config(),
    )


def _cross_origin(origins: Sequence[str]) -> CORSConfig | None:
    """Which pages of other origins may call the API, without cookies; None: no page may."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", HEADER],
        expose_headers=[HEADER, "Idempotency-Replayed", "Retry-After"],
        max_age=600,
    )
