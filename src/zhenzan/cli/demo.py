"""`zhenzan demo`: start a service and play a simulated world against it, to watch in the browser."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhenzan.atomic_files import write_file
from zhenzan.cli.common import Debug, RewardsFile, needs_service, open_in_browser, progress_for, say
from zhenzan.errors import ZhenzanError

if TYPE_CHECKING:
    from zhenzan.client import Client
    from zhenzan.service import Role

NAME = "demo"
HELP = "Start a service and feed it a simulated world, so that you can watch it work in your browser."
EXAMPLES = "Example: zhenzan demo demo/"
START_SECONDS = 60.0
STOP_SECONDS = 60.0


def run(
    home: Annotated[
        Path, typer.Argument(metavar="HOME", help="The folder that the demo's service keeps its data in.")
    ] = Path("demo"),
    port: Annotated[
        int, typer.Option(metavar="PORT", help="The TCP port on which the service listens.", min=1, max=65535)
    ] = 8230,
    scenario: Annotated[
        str, typer.Option(metavar="SCENARIO", help="The scenario: a TOML file, or the name of a shipped one.")
    ] = "demo",
    catalogue: RewardsFile = None,
    seed: Annotated[
        int, typer.Option(help="The seed of the random numbers; each seed gives another world.", min=0)
    ] = 1,
    pace: Annotated[
        float,
        typer.Option(metavar="HOURS", help="The hours of simulated time that pass in one second.", min=0.01),
    ] = 0.5,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Whether to open the browser (if there is a desktop).")
    ] = True,
    debug: Debug = False,
) -> None:
    """Start the service and play the world against it until Ctrl-C; the next start goes on from there."""
    with needs_service(NAME):
        from zhenzan.client import Client
        from zhenzan.lab import load_scenario, replay_world
        from zhenzan.lab import run as live
        from zhenzan.service import Role

    chosen = load_scenario(scenario)
    _check(home, port, catalogue)
    url = f"http://127.0.0.1:{port}"
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with _service(home, port, catalogue) as child:
        key = _key(home, Role.operator)
        with Client(url, key) as client:
            _wait_for(client, child, stop)
            say(f"Watch it at {url}/login#key={key}")
            if show:
                open_in_browser(f"{url}/login#key={key}")
            world = live(chosen, seed, progress=progress_for(False))
            progress_file = home / "played.json"
            begin = _read(progress_file, seed)
            size = world.interactions.num_rows
            say(f"A simulated world of {size:,} interactions plays, from {begin:,} on. Ctrl-C stops it.")
            rows = replay_world(
                world,
                client,
                begin=begin,
                hours_a_second=pace,
                sent=lambda row: write_file(progress_file, json.dumps({"seed": seed, "row": row}).encode()),
                stops=lambda: stop.is_set() or child.poll() is not None,
            )
        if not stop.is_set() and child.poll() is None:
            say(f"The world has been played ({rows:,} interactions); the service goes on. Ctrl-C stops it.")
            while not stop.wait(0.5) and child.poll() is None:
                pass
        if child.poll() is not None and not stop.is_set():
            raise ZhenzanError("the service ended unexpectedly; its last messages are above")
    say(f"Stopped. `zhenzan demo {home}` goes on from here.")


def _check(home: Path, port: int, catalogue: Path | None) -> None:
    """Raise ZhenzanError if the service could not start, e.g. because another one has the folder or port."""
    from zhenzan.service import Settings, check_options, reserved_port

    check_options(Settings(home, catalogue=catalogue))
    with reserved_port("127.0.0.1", port):
        pass


@contextlib.contextmanager
def _service(home: Path, port: int, catalogue: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """A context with `zhenzan serve` as a child process, stopped at the end."""
    from zhenzan.service import stop_process

    words = [
        "serve",
        str(home),
        "--port",
        str(port),
        "--settle-every",
        "5",
        "--settle-share",
        "0.5",
        "--quiet",
    ]
    words += ["--catalogue", str(catalogue)] if catalogue is not None else []
    child = subprocess.Popen([sys.executable, "-m", "zhenzan", *words], start_new_session=True)
    try:
        yield child
    finally:
        stop_process(child, STOP_SECONDS)


def _key(home: Path, role: Role) -> str:
    """The demo's API key, created at the first start."""
    from zhenzan.service import ApiKeys
    from zhenzan.store import open_database

    path = home / "demo.key"
    if path.exists():
        return path.read_text("utf-8").strip()
    home.mkdir(parents=True, exist_ok=True)
    database = open_database(home / "zhenzan.sqlite")
    try:
        key = ApiKeys(database).create("demo", role)
    finally:
        database.close()
    write_file(path, key.encode())
    return key


def _wait_for(client: Client, child: subprocess.Popen[bytes], stop: threading.Event) -> None:
    from zhenzan.client import ServiceError

    until = time.monotonic() + START_SECONDS
    while not stop.is_set():
        if child.poll() is not None:
            raise ZhenzanError("the service could not start; its last messages are above")
        try:
            client.is_ready()
            return
        except ServiceError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _read(progress_file: Path, seed: int) -> int:
    try:
        progress = json.loads(progress_file.read_text("utf-8"))
        return int(progress["row"]) if progress["seed"] == seed else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0
