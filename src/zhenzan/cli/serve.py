"""`zhenzan serve`: run the service (HTTP API, console, settlement, rewards) on one machine."""

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
HELP = "Run the service: it takes interactions over HTTP, settles likes, pays rewards and serves the console."
EXAMPLES = "Example: zhenzan serve data/ --catalogue examples/catalogue.toml"


def run(
    home: Annotated[
        Path,
        typer.Argument(
            metavar="HOME",
            help="The folder that the service keeps its data in; created if it does not exist.",
        ),
    ],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The network address on which the service listens.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT",
            help="The TCP port on which the service listens; 0 takes any free port.",
            min=0,
            max=65535,
        ),
    ] = 8230,
    database: DatabaseUrl = "",
    stream: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="A nats://… or kafka://… stream from which the service also takes interactions.",
        ),
    ] = "",
    stream_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The file with properties for the Kafka client, such as credentials."
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The TOML file with thresholds, rules and weights; the built-in policy if left out.",
        ),
    ] = None,
    catalogue: RewardsFile = None,
    settle_every: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="The seconds from the start of one settlement to the start of the next.",
            min=0.1,
        ),
    ] = 60.0,
    settle_share: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="The largest share of one CPU core that settlement may use in the long run.",
            min=0.01,
            max=2.0,
        ),
    ] = 0.2,
    window_days: WindowDays = 30,
    keep_days: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS",
            help="The days for which the lake keeps interactions; for ever if left out.",
            min=1,
        ),
    ] = None,
    clock_skew: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="How many seconds ahead of the service's clock an interaction's time may be.",
            min=0,
        ),
    ] = 300.0,
    create: Annotated[
        bool,
        typer.Option(
            "--create/--no-create",
            help="If HOME holds no service: create one, or (--no-create) refuse to start.",
        ),
    ] = True,
    public_url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="The URL at which people reach the console; with https:// its cookie is marked Secure.",
        ),
    ] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="The address of a proxy whose X-Forwarded-… headers the service trusts; repeatable.",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="An origin whose web pages may call the API; repeatable."),
    ] = None,
    requests_per_minute: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="The most requests a minute from one viewer, one creator, or one address without a"
            " key; 0 sets no limit.",
            min=0,
        ),
    ] = 600,
    body_timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", help="The seconds within which a request's body must arrive.", min=0.1
        ),
    ] = 60.0,
    log_requests: Annotated[
        bool, typer.Option("--log-requests", help="Log every request with its request id.")
    ] = False,
    log: LogFormat = "text",
    worker: Annotated[
        bool,
        typer.Option(
            "--worker/--no-worker",
            help="Run the settlement worker with the service, or leave it to `zhenzan settle`.",
        ),
    ] = True,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run the service until interrupted; the next start continues where this one stopped."""
    with needs_service(NAME):
        from zhenzan.service import Settings, restrict_permissions, serve

    set_up_logs(log)
    restrict_permissions()
    settings = Settings(
        home=home,
        host=host,
        port=port,
        database=database,
        stream=stream,
        stream_config=stream_config,
        log=log,
        policy=policy,
        catalogue=catalogue,
        settle_seconds=settle_every,
        settle_share=settle_share,
        window_days=window_days,
        keep_days=keep_days,
        clock_skew_seconds=clock_skew,
        create=create,
        public_url=public_url.rstrip("/"),
        trusted_proxies=tuple(trusted_proxy or ()),
        allowed_origins=tuple(allow_origin or ()),
        requests_per_minute=requests_per_minute,
        body_seconds=body_timeout,
        log_requests=log_requests,
    )
    serve(settings, worker=worker, say=lambda text: say(text, quiet))
