"""Setting up: done once, repeated for free, and clear about what is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, working on a made-up project whose installation is only recorded."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("one")
    (tmp_path / ".venv").mkdir()
    module.pip_runs = []
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "_venv_works", lambda: True)
    monkeypatch.setattr(
        module, "_run_pip", lambda command: module.pip_runs.append(command[-1]) or module.pip_code
    )
    module.pip_code = 0
    return module


def test_the_second_time_nothing_is_installed(bootstrap: ModuleType) -> None:
    assert bootstrap.main(["test"]) == 0
    assert bootstrap.main(["test"]) == 0
    assert bootstrap.main([]) == 0
    assert bootstrap.pip_runs == [".[test]"]


def test_another_extra_is_added_without_the_rest(bootstrap: ModuleType) -> None:
    bootstrap.main([])
    bootstrap.main(["docs"])
    assert bootstrap.pip_runs == [".", ".[docs]"]


def test_a_changed_pin_installs_again(bootstrap: ModuleType) -> None:
    bootstrap.main([])
    (bootstrap.ROOT / "constraints.txt").write_text("two")
    bootstrap.main([])
    assert bootstrap.pip_runs == [".", "."]


def test_a_failed_installation_is_tried_again(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.pip_code = 1
    assert bootstrap.main([]) == 1
    assert "package index" in capsys.readouterr().err
    bootstrap.pip_code = 0
    assert bootstrap.main([]) == 0
    assert bootstrap.pip_runs == [".", "."]


def test_an_old_python_is_told_which_one_is_needed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit) as stop:
        bootstrap.main([])
    assert stop.value.code == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def become(path: str, words: list[str]) -> None:
        raise SystemExit(f"became {path} {words[0]}")

    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}" if "12" in name else None)
    monkeypatch.setattr(bootstrap.os, "execv", become)
    with pytest.raises(SystemExit, match=r"became /bin/python3\.12 /bin/python3\.12"):
        bootstrap.main([])


def test_a_python_without_venv_is_told_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "_venv_works", lambda: False)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit):
        bootstrap.main([])
    assert "python3-venv" in capsys.readouterr().err


def test_make_says_when_there_is_no_python() -> None:
    done = subprocess.run(
        ["make", "demo", "PYTHON=no-such-python"],
        cwd=SCRIPT.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "install Python 3.11 or newer" in done.stderr
