"""API of health checks and metrics: liveness, readiness, Prometheus."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from zhenzan.lake import Lake
from zhenzan.service.answers import answers
from zhenzan.service.answers.operations import Alive, Ready
from zhenzan.service.intake import Intake
from zhenzan.service.live.use_cases import Live
from zhenzan.service.readiness import Readiness
from zhenzan.service.resources import Stream
from zhenzan.service.tasks import TaskRunner
from zhenzan.service.worker_supervisor import Watched
from zhenzan.settlement import Settlement

__all__ = ["HEALTH"]


@get(
    "/health/live",
    exclude_from_auth=True,
    tags=["running"],
    summary="Is the process alive?",
    responses=answers(Alive),
)
async def alive() -> dict[str, str]:
    """Liveness: the process answers."""
    return {"status": "alive"}


@get(
    "/health/ready",
    exclude_from_auth=True,
    tags=["running"],
    summary="Does everything work?",
    responses=answers(Ready) | answers(Ready, 503, "Not just now."),
)
async def ready(
    readiness: NamedDependency[Readiness], intake: NamedDependency[Intake]
) -> Response[dict[str, Any]]:
    """Readiness: whether interactions are taken and settled just now, else 503; each check with its name, and
    why.
    """
    checks = await readiness.look()
    is_ready = all(check.ok for check in checks)
    body = {
        "status": "ready" if is_ready else "not ready",
        "waiting_rows": intake.waiting_rows,
        "checks": [msgspec.to_builtins(check) for check in checks],
    }
    return Response(body, status_code=200 if is_ready else 503)


@get(
    "/metrics",
    exclude_from_auth=True,
    media_type="text/plain",
    tags=["running"],
    summary="Prometheus metrics",
)
async def metrics(
    latest_settlement: NamedDependency[Settlement | None],
    live: NamedDependency[Live],
    tasks: NamedDependency[TaskRunner],
    intake: NamedDependency[Intake],
    readiness: NamedDependency[Readiness],
    worker: NamedDependency[Watched | None],
    lake: NamedDependency[Lake],
    stream: NamedDependency[Stream | None],
) -> str:
    """Counters and gauges in the Prometheus text format."""
    lines = ["# HELP zhenzan_interactions_total Interactions kept since the start, by kind."]
    lines.append("# TYPE zhenzan_interactions_total counter")
    lines += [
        f'zhenzan_interactions_total{{kind="{kind}"}} {count}' for kind, count in sorted(live.kinds.items())
    ]
    lines += [
        "# HELP zhenzan_late_interactions_total Stored since the start after their day had become final.",
        "# TYPE zhenzan_late_interactions_total counter",
        f"zhenzan_late_interactions_total {intake.late}",
    ]
    lines += ["# HELP zhenzan_check_ok Whether a part of the service works, as /health/ready tells."]
    lines += ["# TYPE zhenzan_check_ok gauge"]
    lines += ["# HELP zhenzan_task_failures_total How often what the service does by itself failed."]
    lines += ["# TYPE zhenzan_task_failures_total counter"]
    lines += [
        f'zhenzan_task_failures_total{{task="{task.name}"}} {tasks.failures[task.name]}'
        for task in tasks.tasks
    ]
    checks = await readiness.look()
    lines += [f'zhenzan_check_ok{{check="{check.name}"}} {int(check.ok)}' for check in checks]
    if worker is not None:
        lines += ["# HELP zhenzan_worker_restarts_total How often the worker was started again, by why."]
        lines += ["# TYPE zhenzan_worker_restarts_total counter"]
        lines += [
            f'zhenzan_worker_restarts_total{{reason="{reason}"}} {worker.restarts[reason]}'
            for reason in ("ended", "hung")
        ]
    gauges = {
        "zhenzan_intake_waiting_rows": ("Rows that wait to be written.", intake.waiting_rows),
        "zhenzan_lake_sequence": ("Number of the next interaction.", lake.sequence),
        "zhenzan_settlement_number": (
            "Number of the newest settlement.",
            latest_settlement.number if latest_settlement else 0,
        ),
    }
    for name, (what, value) in gauges.items():
        lines += [f"# HELP {name} {what}", f"# TYPE {name} gauge", f"{name} {value}"]
    if stream is not None:
        lines += ["# HELP zhenzan_stream_messages_total Messages of the stream, by what became of them."]
        lines += ["# TYPE zhenzan_stream_messages_total counter"]
        lines += [
            f'zhenzan_stream_messages_total{{outcome="{outcome}"}} {stream.counts[outcome]}'
            for outcome in ("kept", "dead", "again")
        ]
        lines += [
            "# HELP zhenzan_stream_connected Whether the stream is there.",
            "# TYPE zhenzan_stream_connected gauge",
        ]
        lines += [f"zhenzan_stream_connected {int(stream.is_connected)}"]
    return "\n".join(lines) + "\n"


HEALTH = (alive, ready, metrics)
