"""Set up .venv with Zhenzan and the named extras: `python3 scripts/bootstrap.py [test] [docs] [bench]`.

Standard library only, and written so that an old Python can still read it and say what is wrong. Does
nothing when the environment is already right: a stamp in .venv records what was installed from which
pyproject and constraints.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INPUTS = ("pyproject.toml", "constraints.txt")


def main(extras):
    """Install what is missing; return the exit code."""
    _need_modern_python()
    key = _key()
    missing = [extra for extra in ["core", *extras] if not _is_current(extra, key)]
    if not missing:
        return 0
    if not _venv_works():
        _create_venv()
    return _install(missing, key)


def _need_modern_python():
    """Carry on in a newer Python when this one is too old and there is one; otherwise say what to install."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_NAMES:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])
    _stop(
        "Zhenzan needs Python %d.%d or newer; this is %s (%s).\n"
        "Install a newer one, then run e.g. 'make demo PYTHON=python3.12'."
        % (*OLDEST, sys.version.split()[0], sys.executable)
    )


def _key():
    """What the environment was made from: the inputs' content and the place (it cannot be moved)."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _stamp(extra):
    return VENV / (".installed-" + extra)


def _is_current(extra, key):
    stamp = _stamp(extra)
    return stamp.is_file() and stamp.read_text() == key and _venv_works()


def _python():
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _venv_works():
    """Tell whether the Python of .venv starts, is new enough, has pip (its base may have been removed)."""
    check = "import sys, pip; sys.exit(sys.version_info < (%d, %d))" % OLDEST
    try:
        return subprocess.run([_python(), "-c", check], capture_output=True).returncode == 0
    except OSError:
        return False


def _create_venv():
    try:
        import ensurepip  # noqa: F401  (Debian ships the venv module without it unless python3-venv is installed)
        import venv
    except ImportError:
        _stop(
            "This Python has no venv module: install it (Debian, Ubuntu: apt install python3-venv), "
            "then run the command again."
        )
    print("Creating .venv with Python %s" % sys.version.split()[0], flush=True)
    venv.EnvBuilder(with_pip=True, clear=True).create(VENV)


def _install(extras, key):
    named = ",".join(extra for extra in extras if extra != "core")
    extra = " with " + named if named else ""
    print("Installing Zhenzan%s into .venv (a minute or so the first time)" % extra, flush=True)
    command = [_python(), "-m", "pip", "install", "--disable-pip-version-check", "-c", "constraints.txt"]
    code = _run_pip([*command, "-e", ".[%s]" % named if named else "."])
    if code != 0:
        print(
            "pip could not install the packages (see above); is the package index reachable?", file=sys.stderr
        )
        return code
    for extra in {"core", *extras}:
        _stamp(extra).write_text(key)
    return 0


def _run_pip(command):
    """Run pip, showing on one line what it is at; show all that it said if it fails."""
    output = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        for line in pip.stdout:
            output.append(line)
            if line.lstrip().startswith(("Collecting", "Downloading", "Installing", "Building")):
                _show_status(line.strip())
    _show_status("")
    if pip.returncode != 0:
        sys.stderr.writelines(output)
    return pip.returncode


def _show_status(text):
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 4
        print("\r\033[K" + ("  " + text[:width] if text else ""), end="", flush=True)


def _stop(message):
    print(message, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
