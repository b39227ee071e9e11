"""Spans go where the environment says, and nothing secret in them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.service.conftest import started
from tests.service.test_webhooks import receiving

from zhenzan.service.tracing import ENDPOINT, tracing

pytest.importorskip("opentelemetry.sdk", reason="OpenTelemetry comes with the otel extra")


def test_requests_and_settlements_are_traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url.partition("/hook")[0])
        with tracing(), started(tmp_path / "home") as api:
            row = {"account": "somebody", "item": "v", "timestamp": 1_790_000_000}
            assert api.post("/v1/interactions", json=row).status_code == 200
            api.settle()
            assert api.get("/v1/verdicts?account=somebody").status_code == 200
            secret = api.headers["Authorization"].split("_", 2)[2]
        bodies = [
            gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
            for headers, body in collector.got
        ]
    traces = b"".join(bodies)
    for name in (b"/v1/interactions", b"/v1/verdicts", b"take up a settlement"):
        assert name in traces
    for hidden in (b"somebody", secret.encode()):
        assert hidden not in traces


def test_nothing_is_sent_or_imported_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from zhenzan.service import tracing as module

    monkeypatch.delenv(ENDPOINT, raising=False)
    with tracing():
        assert module.tracing_plugins() == []
        with module.span("nothing"):
            pass
