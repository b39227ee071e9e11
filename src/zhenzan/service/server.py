"""The server: one process that serves, one beside it that settles; both stop together."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar

from zhenzan.errors import ZhenzanError
from zhenzan.service.app import make_app
from zhenzan.service.option_checks import check_options
from zhenzan.service.ports import reserved_port
from zhenzan.service.request_ids import LOGGER as REQUESTS_LOGGER
from zhenzan.service.resources import Resources
from zhenzan.service.settings import Settings
from zhenzan.service.streams import consuming
from zhenzan.service.tracing import tracing
from zhenzan.service.worker_supervisor import ExternalWorker, Worker

__all__ = ["serve"]

STOP_SECONDS = 30.0


def serve(settings: Settings, *, worker: bool = True, say: Callable[[str], object] = print) -> None:
    """Serve until SIGINT or SIGTERM. Raises ZhenzanError where it cannot start.

    `worker`: also run the process that settles; without it, run `zhenzan settle` beside.
    """
    if settings.log_requests:
        logging.getLogger(REQUESTS_LOGGER).setLevel(logging.INFO)
    uvloop.run(_serve(settings, worker, say))


async def _serve(settings: Settings, worker: bool, say: Callable[[str], object]) -> None:
    check_options(settings)
    with (
        reserved_port(settings.host, settings.port) as port,
        tracing(),
        Resources(settings, say) as resources,
    ):
        settings = replace(settings, port=port)
        async with consuming(resources, settings.stream, settings.stream_config):
            await _listen(make_app(resources), resources, settings, worker, say)


async def _listen(
    app: Litestar, resources: Resources, settings: Settings, worker: bool, say: Callable[[str], object]
) -> None:
    facing: Any = app
    if settings.trusted_proxies:
        facing = wrap_asgi_with_proxy_headers(app, list(settings.trusted_proxies))
    server = Server(
        facing,
        settings.host,
        settings.port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
        websockets=False,
        backlog=1024,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    keeping = None
    if worker:
        resources.worker = keeper = Worker(settings)
        keeping = asyncio.create_task(keeper.run(stop))
    else:
        resources.worker = ExternalWorker(settings.home)
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(stop.wait())
    gc.collect()
    gc.freeze()  # what is loaded stays: a collection that looks through all of it again stops every answer
    say(f"Zhenzan listens at http://{settings.host}:{settings.port} (Ctrl-C stops it)")
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            serving.result()
            raise ZhenzanError(f"cannot listen at {settings.host}:{settings.port}: is the port in use?")
    finally:
        resources.live.close()
        server.stop()
        waiting.cancel()
        await asyncio.wait({serving}, timeout=STOP_SECONDS)
        stop.set()
        if keeping is not None:
            await keeping
        gc.unfreeze()  # or libraries complain at the end about what was never freed
