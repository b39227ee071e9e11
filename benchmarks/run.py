"""`make bench`: measure, print, and write docs/benchmarks.md.

python -m benchmarks [--only accuracy,peers,speed] [--quick]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import document
from zhenzan.progress import Progress, RichProgress

SECTIONS = (
    "lab",
    "calibration",
    "farms",
    "replay",
    "labels",
    "peers",
    "families",
    "reliability",
    "speed",
    "agents",
    "ledger",
    "faults",
    "rewards",
    "service",
    "screen",
    "settlement",
    "promotion",
    "decisions",
)
GROUPS = {"accuracy": ("lab", "farms", "replay", "labels"), "lab": ("lab", "calibration", "agents")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chosen sections, each written to the document as soon as it is done."""
    chosen, quick = _parse(arguments)
    progress = RichProgress()
    progress.say(document.machine())
    failed = 0
    for name in chosen:
        begin = time.perf_counter()
        try:
            text = _section(name)(progress, quick)
        except FileNotFoundError as error:
            progress.say(f"{name}: left out, {error}")
            failed += 1
            continue
        print(f"\n{text}\n", flush=True)
        progress.say(f"{name}: measured in {time.perf_counter() - begin:.0f} s")
        if not quick:
            document.update({name: text}, SECTIONS)
    return 1 if failed else 0


def _section(name: str) -> Callable[[Progress, bool], str]:
    """The function that measures a section; imported late, as most need more than the others."""
    if name in ("lab", "farms", "replay"):
        from benchmarks import accuracy

        measured: Callable[[Progress, bool], str] = getattr(accuracy, name)
        return measured
    if name == "labels":
        return _labels
    if name == "peers":
        from benchmarks.compare import peers

        return peers
    if name == "families":
        from benchmarks.family_peers import families

        return families
    if name == "reliability":
        from benchmarks.reliability import reliability_of_families

        return reliability_of_families
    if name == "calibration":
        from benchmarks.calibration import calibration

        return calibration
    if name == "agents":
        from benchmarks.agents import agents

        return agents
    if name == "ledger":
        from benchmarks.ledger import ledger

        return ledger
    if name == "faults":
        from benchmarks.faults import faults

        return faults
    if name == "rewards":
        from benchmarks.rewards import rewards

        return rewards
    if name == "service":
        from benchmarks.service import service

        return service
    if name == "decisions":
        from benchmarks.decisions import decisions

        return decisions
    if name == "screen":
        from benchmarks.screen import screen

        return screen
    if name == "settlement":
        from benchmarks.settlement import settlement

        return settlement
    if name == "promotion":
        from benchmarks.promotion import promotion

        return promotion
    from benchmarks.speed import speed

    return speed


def _labels(progress: Progress, quick: bool) -> str:
    from benchmarks import accuracy_on_labels

    with progress.step("Data sets with labels of their own"):
        return accuracy_on_labels.run(quick=quick)


def _parse(arguments: Sequence[str] | None) -> tuple[list[str], bool]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        metavar="NAMES",
        default=",".join(SECTIONS),
        help=f"comma-separated: {', '.join((*GROUPS, *SECTIONS))}",
    )
    parser.add_argument("--quick", action="store_true", help="small and few, to try it; writes no document")
    options = parser.parse_args(arguments)
    names = [name.strip() for name in options.only.split(",") if name.strip()]
    unknown = [name for name in names if name not in SECTIONS and name not in GROUPS]
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join((*GROUPS, *SECTIONS))}")
    flat = [section for name in names for section in GROUPS.get(name, (name,))]
    return [name for name in SECTIONS if name in flat], options.quick


if __name__ == "__main__":
    sys.exit(main())
