"""The calls that the guide prints, run as printed against a service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.console.test_console import calling, wait_for
from tests.service.conftest import CATALOGUE, Process
from tests.service.test_rewards import likes

GUIDE = Path(__file__).parents[2] / "docs" / "howto" / "api.md"


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "openssl"))), reason="there is no curl or openssl on this machine"
)
def test_the_calls_of_the_guide_run_as_printed(serve: Callable[..., Process], tmp_path: Path) -> None:
    options = ("--settle-every", "0.5", "--settle-share", "2", "--catalogue", str(CATALOGUE))
    process = serve(tmp_path / "home", *options)
    with calling(process) as client:
        client.send(likes())
        wait_for(lambda: len(client.get("ledger/events", of="summer-card/4")["events"]) > 0)
        wait_for(lambda: client.get("summary")["counts"]["likes"] == 200)
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    assert script.count("curl ") >= 20
    events = process.ask("GET", "/v1/ledger/events?of=summer-card/1").json()["events"]
    holder = events[0]["credit"]
    script = script.replace('"account": "fan-0"', f'"account": "{holder.rpartition(":")[2]}"')
    buyer = next(f"fan-{i}" for i in range(4) if f"fan-{i}" != holder.rpartition(":")[2])
    script = script.replace('\\"fan-2\\"', f'\\"{buyer}\\"')
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # a Python with the packages
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        env=os.environ | {"URL": process.url, "KEY": process.key, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert '"state":"confirmed"' in done.stdout
    assert "fan-3,genuine" in done.stdout


TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial-promotion.md"
ROOT = TUTORIAL.parents[1]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_tutorial_of_promotion_runs_as_printed(serve: Callable[..., Process], tmp_path: Path) -> None:
    for folder in ("examples", "scripts"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    process = serve(tmp_path / "data", "--settle-every", "5")
    blocks = re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 10
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", "\n".join(blocks)],
        env=os.environ
        | {
            "URL": process.url,
            "KEY": process.key,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "1 pending" in done.stdout
    shown = json.loads(done.stdout[done.stdout.rindex("{\n") :])
    assert (shown["state"], shown["paid"], shown["exposures"], shown["outcomes"]) == (
        "cancelled",
        1_000,
        1,
        1,
    )
    assert shown["refunded"] == 900
    assert shown["billed"] + shown["held"] == 100
