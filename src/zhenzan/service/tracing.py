"""Tracing of requests and settlements with OpenTelemetry, where it is asked for.

Asked for by `OTEL_EXPORTER_OTLP_ENDPOINT`, the standard variable; nothing is imported without it. Spans name
routes, never queries, headers or bodies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zhenzan import __version__
from zhenzan.errors import ZhenzanError

__all__ = ["span", "tracing", "tracing_plugins"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_tracer: Any = None


@contextmanager
def tracing() -> Iterator[None]:
    """Send spans while this is open, where the environment says where to. Raises ZhenzanError where it does
    and the packages are not installed.
    """
    global _tracer
    if not os.environ.get(ENDPOINT):
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise ZhenzanError(
            f"{ENDPOINT} needs the package {error.name}; run: pip install 'zhenzan[otel]'"
        ) from None
    named = {"service.name": os.environ.get("OTEL_SERVICE_NAME", "zhenzan"), "service.version": __version__}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("zhenzan", __version__)
    try:
        yield
    finally:
        _tracer = None
        provider.shutdown()


def tracing_plugins() -> list[Any]:
    """What makes a span of each request; nothing while nobody is `tracing`."""
    if _tracer is None:
        return []
    from litestar.plugins.opentelemetry import OpenTelemetryConfig, OpenTelemetryPlugin

    return [
        OpenTelemetryPlugin(
            OpenTelemetryConfig(
                tracer=_tracer,
                exclude_spans=["receive", "send"],
                exclude=["^/health", "^/live"],
                server_request_hook_handler=_without_query,
            )
        )
    ]


def _without_query(span: Any, scope: Any) -> None:
    """The route is enough: what was asked for names people."""
    for name in ("http.url", "http.target", "url.full", "url.path", "url.query"):
        span.set_attribute(name, "")


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[None]:
    """A piece of work of ours, as a span; free while nobody is `tracing`."""
    if _tracer is None:
        yield
        return
    with _tracer.start_as_current_span(name, attributes=attributes):
        yield
