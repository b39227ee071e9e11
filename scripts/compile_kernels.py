"""Compile kernels once, before several processes would each do so: numba keeps them beside the code."""

from __future__ import annotations

import tempfile
from pathlib import Path

import zhenzan
from zhenzan.lab import Scenario, run
from zhenzan.sample import make_sample, write_labels, write_log
from zhenzan.screen import Screen

WORLD = {"world.viewers": 2_000, "world.creators": 200, "world.items": 500, "world.days": 3}


def main() -> None:
    """Use what most tests use."""
    print("Compiling kernels: once only, about a minute; some seconds where that was done.", flush=True)
    Screen.warm()
    run(Scenario().changed(WORLD), 1)
    sample = make_sample(1)
    with tempfile.TemporaryDirectory() as folder:
        log, labels = Path(folder) / "likes.csv", Path(folder) / "labels.csv"
        write_log(sample, log)
        write_labels(sample, labels)
        zhenzan.calibrate(zhenzan.verify(log), labels)


if __name__ == "__main__":
    main()
