"""Is it alive, is it ready, and the numbers that a monitor reads."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from zhenzan.service.answers import answers
from zhenzan.service.answers.people import Alive, Ready
from zhenzan.service.callers import core_of

__all__ = ["HEALTH"]


@get(
    "/health/live",
    exclude_from_auth=True,
    tags=["running"],
    summary="Is the process alive?",
    responses=answers(Alive),
)
async def alive() -> dict[str, str]:
    """Say so."""
    return {"status": "alive"}


@get(
    "/health/ready",
    exclude_from_auth=True,
    tags=["running"],
    summary="Does all of it work?",
    responses=answers(Ready) | answers(Ready, 503, "Not just now."),
)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Whether interactions are taken and settled just now, else 503: each check with its name, and why."""
    core = core_of(request)
    checks = await core.readiness.look()
    is_ready = all(check.ok for check in checks)
    told = {
        "status": "ready" if is_ready else "not ready",
        "waiting_rows": core.intake.waiting_rows,
        "checks": [msgspec.to_builtins(check) for check in checks],
    }
    return Response(told, status_code=200 if is_ready else 503)


@get(
    "/metrics",
    exclude_from_auth=True,
    media_type="text/plain",
    tags=["running"],
    summary="Prometheus metrics",
)
async def metrics(request: Request[Any, Any, Any]) -> str:
    """Counters and gauges in the Prometheus text format."""
    core = core_of(request)
    lines = ["# HELP zhenzan_interactions_total Interactions kept since the start, by kind."]
    lines.append("# TYPE zhenzan_interactions_total counter")
    lines += [
        f'zhenzan_interactions_total{{kind="{kind}"}} {count}'
        for kind, count in sorted(core.live.kinds.items())
    ]
    lines += [
        "# HELP zhenzan_late_interactions_total Kept since the start when their day had settled for good.",
        "# TYPE zhenzan_late_interactions_total counter",
        f"zhenzan_late_interactions_total {core.intake.late}",
    ]
    lines += ["# HELP zhenzan_check_ok Whether a part of the service works, as /health/ready tells."]
    lines += ["# TYPE zhenzan_check_ok gauge"]
    checks = await core.readiness.look()
    lines += [f'zhenzan_check_ok{{check="{check.name}"}} {int(check.ok)}' for check in checks]
    if core.worker is not None:
        lines += ["# HELP zhenzan_worker_restarts_total How often the worker was started again, by why."]
        lines += ["# TYPE zhenzan_worker_restarts_total counter"]
        lines += [
            f'zhenzan_worker_restarts_total{{reason="{reason}"}} {core.worker.restarts[reason]}'
            for reason in ("ended", "hung")
        ]
    gauges = {
        "zhenzan_intake_waiting_rows": ("Rows that wait to be written.", core.intake.waiting_rows),
        "zhenzan_lake_sequence": ("Number of the next interaction.", core.lake.sequence),
        "zhenzan_settlement_number": (
            "Number of the newest settlement.",
            core.passed.number if core.passed else 0,
        ),
    }
    for name, (what, value) in gauges.items():
        lines += [f"# HELP {name} {what}", f"# TYPE {name} gauge", f"{name} {value}"]
    if core.stream is not None:
        lines += ["# HELP zhenzan_stream_messages_total Messages of the stream, by what became of them."]
        lines += ["# TYPE zhenzan_stream_messages_total counter"]
        lines += [
            f'zhenzan_stream_messages_total{{outcome="{outcome}"}} {core.stream.counts[outcome]}'
            for outcome in ("kept", "dead", "again")
        ]
        lines += [
            "# HELP zhenzan_stream_connected Whether the stream is there.",
            "# TYPE zhenzan_stream_connected gauge",
        ]
        lines += [f"zhenzan_stream_connected {int(core.stream.is_connected)}"]
    return "\n".join(lines) + "\n"


HEALTH = (alive, ready, metrics)
