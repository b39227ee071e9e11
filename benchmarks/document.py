"""docs/benchmarks.md: one part per section, each replaced when its section is measured again."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench`, which prints the same. Accuracy is measured on logs whose truth is known:
made-up months with every confounder we know of, real campaign timings laid into real logs, and data
sets with labels of their own. Seeds here are never used to develop the model, but for the families that
are named as its development half. Peers run on the same logs in the same run. Read
[how the worlds are made and what the numbers mean](#how-this-is-measured) before quoting one.
"""
FOOT = """## How this is measured

- **Average precision** (AP) is the area under the precision-recall curve over bought against natural
  likes; equal scores count as one step. Likes that bots spend on popular items as camouflage are
  neither: they are left out and reported apart.
- **Recall at 99 % precision** is the share of bought likes found at the lowest threshold whose findings
  are still 99 % right.
- **AP of a kind** ranks that kind's bought likes among all natural ones.
- **Called fake** is the verdict at the default policy, not at a threshold chosen with the labels.
- **Rings** are compared with the planted ones by the adjusted Rand index over the accounts that sold
  likes; an account put in no ring counts as a ring of its own. Throwaway accounts have no planted ring.
- **Calibration error** is the mean gap between stated probability and observed share in 15 bins of
  equal width.
- Generators, metrics and peers are in `benchmarks/`; every world follows from its seed.
"""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats get three digits; the first column is left, the others right aligned."""
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if value != value else f"{value:.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    return "–" if value is None else str(value)


def percent(share: float) -> str:
    """A share of one as per cent with enough digits to tell 0.1 % from 0.01 %."""
    return "–" if share != share else f"{100 * share:.3f} %"


def machine() -> str:
    """One line: processor, cores, memory, and the versions that decide speed."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        match = re.search(r"model name\s*:\s*(.+)", information.read_text())
        model = match.group(1) if match else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB memory"
    versions = ", ".join(
        f"{name} {_version(name)}" for name in ("zhenzan", "numpy", "numba", "duckdb", "pyarrow")
    )
    return f"{model}, {cores} cores{memory}; Python {platform.python_version()}, {versions}"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(source)"


def update(parts: dict[str, str], order: Sequence[str], path: Path = PATH) -> None:
    """Put the measured parts into the document, keep the others, and write it whole."""
    kept = _parts(path.read_text(encoding="utf-8")) if path.exists() else {}
    stamp = f"*Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}.*"
    kept |= {name: f"{text.strip()}\n\n{stamp}" for name, text in parts.items()}
    body = "\n".join(f"<!-- {name} -->\n{kept[name]}\n<!-- /{name} -->\n" for name in order if name in kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}\n{body}\n{FOOT}", encoding="utf-8")


def _parts(text: str) -> dict[str, str]:
    return dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- /\1 -->", text, flags=re.DOTALL))
