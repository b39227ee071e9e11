"""What is shipped for running it: files that can be read, and command lines that our command takes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from zhenzan.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNIT = (DEPLOY / "zhenzan.service").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
OPERATE = ROOT / "docs" / "howto" / "operate.md"


def parsed(words: list[str]) -> dict[str, Any]:
    """What our command makes of the words; raises where it does not take them."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    parameters: dict[str, Any] = command.make_context(command.name, list(words)).params
    return parameters


def instruction(name: str) -> list[str]:
    (line,) = re.findall(rf"^{name} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(line)
    return words


def unit(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def commands_of(page: Path) -> list[list[str]]:
    """Every `zhenzan …` of the page's blocks, also behind other words such as `sudo -u zhenzan`."""
    commands = []
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(re.split(r"[|>;]|&&", line)[0], comments=True)
            ends = [i for i, word in enumerate(words) if word.rpartition("/")[2] == "zhenzan"]
            ends = [i for i in ends if i + 1 < len(words) and words[i + 1] in VERBS]
            commands += [words[ends[-1] + 1 :]] if ends else []
    return commands


VERBS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_command_lines_of_the_image_are_ones_of_ours() -> None:
    assert instruction("ENTRYPOINT") == ["zhenzan"]
    parameters = parsed(instruction("CMD"))
    assert parameters["home"] == Path("/data")
    assert parameters["host"] == "0.0.0.0"
    compose = parsed(COMPOSE["services"]["zhenzan"]["command"])
    assert compose["home"] == Path("/data")
    assert compose["database"] == "postgresql://zhenzan@db/zhenzan"


def test_the_command_line_of_the_unit_is_one_of_ours() -> None:
    (line,) = unit("ExecStart")
    program, *words = shlex.split(line)
    assert program.endswith("/bin/zhenzan")
    assert parsed(words)["home"] == Path("/var/lib") / unit("StateDirectory")[0]


def test_every_command_of_the_guide_for_operators_is_one_of_ours() -> None:
    lines = commands_of(OPERATE)
    assert {words[0] for words in lines} >= {"serve", "keys", "backup", "restore", "ledger"}
    for words in lines:
        parsed(words)


def test_nothing_runs_as_root() -> None:
    assert re.search(r"^USER zhenzan$", DOCKERFILE, re.MULTILINE)
    assert all(service["user"] not in ("root", "0") for service in COMPOSE["services"].values())
    assert unit("User") == ["zhenzan"]


def test_every_volume_and_file_that_is_named_is_there() -> None:
    for service in COMPOSE["services"].values():
        assert service["healthcheck"]["test"]
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists(), source
    build = COMPOSE["services"]["zhenzan"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).exists()
    kept = set((DEPLOY / "Dockerfile.dockerignore").read_text().split())
    for copied in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name
            assert f"!{name}" in kept, name


def test_the_image_asks_for_extras_that_there_are() -> None:
    import tomllib

    (extras,) = re.findall(r'"\.\[(.*)\]"', DOCKERFILE)
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(extras.split(",")) <= set(known)


@pytest.mark.parametrize(
    "setting", ["NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=on-failure", "KillMode=mixed"]
)
def test_the_unit_is_hardened_and_restarts(setting: str) -> None:
    assert setting in UNIT.splitlines()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "zhenzan.service"
    path.write_text(
        UNIT.replace("/opt/zhenzan/bin/zhenzan", sys.executable)
    )  # it wants the program to be there
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
