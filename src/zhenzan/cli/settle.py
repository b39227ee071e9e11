"""`zhenzan settle`: run the settlement worker on a service's lake."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhenzan.cli.common import (
    Debug,
    LogFormat,
    Quiet,
    ServiceHome,
    WindowDays,
    say,
)
from zhenzan.logging_setup import set_up_logs

if TYPE_CHECKING:
    from zhenzan.settlement import Settlement

NAME = "settle"
HELP = "Run the settlement worker on a service's lake; `zhenzan serve` starts one by itself."
EXAMPLES = "Example: zhenzan settle data/ --every 60"


def run(
    home: ServiceHome,
    every: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="The seconds from the start of one settlement to the start of the next.",
            min=0.1,
        ),
    ] = 60.0,
    share: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="The largest share of one CPU core that settlement may use in the long run.",
            min=0.01,
            max=2.0,
        ),
    ] = 0.2,
    window_days: WindowDays = 30,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The TOML file with thresholds, rules and weights, read again before each"
            " settlement; the built-in policy if left out.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Run one settlement, then exit.")] = False,
    while_input: Annotated[
        bool,
        typer.Option(
            "--while-input",
            help="Run only while standard input is open (for a supervising process); exit when it closes.",
        ),
    ] = False,
    log: LogFormat = "text",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run settlements until interrupted."""
    from zhenzan.settlement import Pace, work

    set_up_logs(log)
    os.umask(0o077)  # what it writes is for its owner alone, as all that the service keeps
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    if while_input:
        threading.Thread(target=_until_input_ends, args=(stop,), daemon=True).start()

    def done(settlement: Settlement) -> None:
        say(f"Settlement {settlement.number:,}: {settlement.interactions:,} interactions judged.", quiet)
        if once:
            stop.set()

    work(home, policy, Pace(every, share), stop, window_days=window_days, done=done)


def _until_input_ends(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1 << 12):
        pass
    stop.set()
