"""Shipped scenarios and experiments, found by their bare names."""

from __future__ import annotations

from pathlib import Path

from zhenzan.errors import did_you_mean

__all__ = ["find_shipped", "names", "shipped"]

_FOLDER = Path(__file__).parent / "shipped_files"


def find_shipped(kind: str, name: str | Path) -> Path:
    """The file that is meant: a path as it is, or, where there is no such file, a bare name of what is
    shipped. A folder of that name hides nothing.

    `kind`: "scenarios" or "experiments".
    """
    path = Path(name)
    if path.is_file() or path.parent != Path() or path.suffix not in ("", ".toml"):
        return path
    own = shipped(kind, path.stem)
    return own if own.is_file() else path


def shipped(kind: str, name: str) -> Path:
    """The shipped file of that name, whatever lies where one stands."""
    return _FOLDER / kind / f"{name}.toml"


def names(kind: str, wrong: str | Path) -> str:
    """The names of what is shipped, for an error message."""
    known = sorted(file.stem for file in (_FOLDER / kind).glob("*.toml"))
    return f"; shipped {kind} are {', '.join(known)}{did_you_mean(str(wrong), known)}"
