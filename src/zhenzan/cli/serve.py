"""`zhenzan serve`: the whole loop on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import (
    DatabaseUrl,
    Debug,
    LogFormat,
    Quiet,
    RewardsFile,
    WindowDays,
    needs_service,
    say,
)
from zhenzan.logging_setup import set_up_logs

NAME = "serve"
HELP = "Take interactions over HTTP, settle them, pay rewards, show it all."
EXAMPLES = "Example: zhenzan serve data/ --catalogue examples/catalogue.toml"


def run(
    home: Annotated[Path, typer.Argument(metavar="HOME", help="Folder of everything it keeps; made if new.")],
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Which port; 0 for a free one.", min=0, max=65535)
    ] = 8230,
    database: DatabaseUrl = "",
    stream: Annotated[
        str, typer.Option(metavar="URL", help="nats://… or kafka://… that brings interactions too.")
    ] = "",
    stream_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Properties of Kafka's client, such as how to log in.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="The policy (TOML).")] = None,
    catalogue: RewardsFile = None,
    settle_every: Annotated[
        float, typer.Option(metavar="SECONDS", help="From one settlement to the next.", min=0.1)
    ] = 60.0,
    settle_share: Annotated[
        float, typer.Option(metavar="SHARE", help="Of one core for settlement, at most.", min=0.01, max=2.0)
    ] = 0.2,
    window_days: WindowDays = 30,
    keep_days: Annotated[
        int | None, typer.Option(metavar="DAYS", help="How long interactions stay in the lake.", min=1)
    ] = None,
    clock_skew: Annotated[
        float, typer.Option(metavar="SECONDS", help="How far in the future a like's time may lie.", min=0)
    ] = 300.0,
    create: Annotated[
        bool,
        typer.Option("--create/--no-create", help="Make a service where HOME holds none, or refuse to."),
    ] = True,
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Where people reach the console; https:// makes its cookie Secure."),
    ] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A proxy whose X-Forwarded-… headers are believed; repeatable."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Pages of this origin may call the API; repeatable."),
    ] = None,
    requests_per_minute: Annotated[
        int,
        typer.Option(
            metavar="N", help="Of one viewer, creator or address without a key, at most; 0: any.", min=0
        ),
    ] = 600,
    body_timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long a body may take to come.", min=0.1)
    ] = 60.0,
    log_requests: Annotated[
        bool, typer.Option("--log-requests", help="Log every request with its id.")
    ] = False,
    log: LogFormat = "text",
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Settle in this service.")] = True,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Serve until interrupted; the next start goes on where this one stopped."""
    with needs_service(NAME):
        from zhenzan.service import Settings, restrict_permissions, serve

    set_up_logs(log)
    restrict_permissions()
    settings = Settings(
        home=home, host=host, port=port, database=database, stream=stream, stream_config=stream_config,
        log=log, policy=policy, catalogue=catalogue, settle_seconds=settle_every, settle_share=settle_share,
        window_days=window_days, keep_days=keep_days, clock_skew_seconds=clock_skew, create=create,
        public_url=public_url.rstrip("/"), trusted_proxies=tuple(trusted_proxy or ()),
        allowed_origins=tuple(allow_origin or ()), requests_per_minute=requests_per_minute,
        body_seconds=body_timeout, log_requests=log_requests,
    )  # fmt: skip
    serve(settings, worker=worker, say=lambda text: say(text, quiet))
