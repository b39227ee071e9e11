"""Run the service: one process that serves, one beside it that settles; both stop together, cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
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
from zhenzan.service.core import Core
from zhenzan.service.options import check_options
from zhenzan.service.ports import reserved_port
from zhenzan.service.request_ids import LOGGER as REQUESTS_LOGGER
from zhenzan.service.settings import Settings
from zhenzan.service.streams import consuming
from zhenzan.service.tracing import tracing

__all__ = ["serve", "stop_process"]

STOP_SECONDS = 30.0
AGAIN_SECONDS, AGAIN_SECONDS_MAX = 1.0, 60.0

log = logging.getLogger("zhenzan.service")


def serve(settings: Settings, *, worker: bool = True, say: Callable[[str], object] = print) -> None:
    """Serve until SIGINT or SIGTERM. Raises ZhenzanError where it cannot start.

    `worker`: also run the process that settles; without it, run `zhenzan settle` beside.
    """
    if settings.log_requests:
        logging.getLogger(REQUESTS_LOGGER).setLevel(logging.INFO)
    uvloop.run(_serve(settings, worker, say))


async def _serve(settings: Settings, worker: bool, say: Callable[[str], object]) -> None:
    check_options(settings)
    with reserved_port(settings.host, settings.port) as port, tracing(), Core(settings, say) as core:
        settings = replace(settings, port=port)
        async with consuming(core, settings.stream, settings.stream_config):
            await _listen(make_app(core), settings, worker, say)


async def _listen(app: Litestar, settings: Settings, worker: bool, say: Callable[[str], object]) -> None:
    facing: Any = app
    if settings.trusted_proxies:
        facing = wrap_asgi_with_proxy_headers(app, list(settings.trusted_proxies))
    server = Server(
        facing, settings.host, settings.port, interface=Interfaces.ASGINL, log_enabled=False,
        websockets=False, backlog=1024,
    )  # fmt: skip
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    keeping = asyncio.create_task(_keep_worker(settings, stop)) if worker else None
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(stop.wait())
    gc.collect()
    gc.freeze()  # what is loaded stays: a collection that looks through all of it again stops every answer
    say(f"Zhenzan listens at http://{settings.host}:{settings.port} (Ctrl-C stops it)")
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            serving.result()
            raise ZhenzanError(f"cannot listen at {settings.host}:{settings.port}: is the port taken?")
    finally:
        app.state.core.live.close()
        server.stop()
        waiting.cancel()
        await asyncio.wait({serving}, timeout=STOP_SECONDS)
        stop.set()
        if keeping is not None:
            await keeping
        gc.unfreeze()  # or libraries complain at the end about what was never freed


async def _keep_worker(settings: Settings, stop: asyncio.Event) -> None:
    """The worker beside us, until we stop; one that ended is started again, patiently if it does so often."""
    wait = AGAIN_SECONDS
    child = _start_worker(settings)
    try:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
            if stop.is_set() or child.poll() is None:
                continue
            log.error("the worker ended (%s); it is started again in %.0f s", child.returncode, wait)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = min(wait * 2, AGAIN_SECONDS_MAX)
            child = _start_worker(settings)
    finally:
        await asyncio.to_thread(stop_process, child, STOP_SECONDS)


def _start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """`zhenzan settle` on the same folder; it ends when its standard input does, so never outlives us."""
    words = ["settle", str(settings.home), "--every", str(settings.settle_seconds)]
    words += ["--window-days", str(settings.window_days), "--share", str(settings.settle_share)]
    words += ["--while-input", "--quiet", "--log", settings.log]
    if settings.policy is not None:
        words += ["--policy", str(settings.policy)]
    return subprocess.Popen(
        [sys.executable, "-m", "zhenzan", *words],
        stdin=subprocess.PIPE,
        env=os.environ | {"NUMBA_NUM_THREADS": "1"},
        start_new_session=True,  # Ctrl-C is ours to pass on
    )


def stop_process(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask a process to end, wait for so long, then make it."""
    child.terminate()  # nothing, where it has ended
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
