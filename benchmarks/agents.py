"""Speed of the lab: the smallest model beside Mesa and plain NumPy in one run, and the whole world."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

from benchmarks.document import table
from zhenzan.lab import Scenario, minimal_world, run
from zhenzan.progress import Progress

AGENTS, ITEMS, LIKE_CHANCE = 100_000, 10_000, 0.02
REPEATS = 5
STEPS = {"lab": 200, "numpy": 20, "mesa": 2}
MONTH = {"world.viewers": 50_000, "world.items": 20_000, "world.creators": 4_000, "world.days": 28}
QUICK_MONTH = {"world.viewers": 5_000, "world.items": 2_000, "world.creators": 400, "world.days": 4}
MINIMAL_TEXT = (
    f"{AGENTS:,} agents; in a step each looks at one of {ITEMS:,} items at random and likes it with "
    f"probability {LIKE_CHANCE}. Medians of {REPEATS} runs, all in this process, compiled before."
)


def agents(progress: Progress, quick: bool) -> str:
    """Agent steps a second, and a month of the full world."""
    rows = []
    contenders: dict[str, tuple[str, Callable[[int], object] | None]] = {
        "**lab**, all threads": ("lab", lambda steps: minimal_world(AGENTS, ITEMS, steps, LIKE_CHANCE, 1)),
        "lab, one thread": (
            "lab",
            lambda steps: minimal_world(AGENTS, ITEMS, steps, LIKE_CHANCE, 1, threads=1),
        ),
        "plain NumPy": ("numpy", numpy_world),
        "Mesa": ("mesa", mesa_world()),
    }
    with progress.step("Agents", len(contenders)) as advance:
        for name, (kind, live) in contenders.items():
            rate = None if live is None else _rate(live, STEPS[kind], 2 if quick else REPEATS)
            rows.append((name, "not installed" if rate is None else f"{rate / 1e6:.2f} M/s"))
            advance(1)
    return "\n\n".join(
        (
            "## The lab's speed",
            MINIMAL_TEXT,
            table(("the smallest model (goal: ≥ 20 M/s)", "agent steps a second"), rows),
            _month(QUICK_MONTH if quick else MONTH, 1 if quick else 3),
        )
    )


def _month(changes: dict[str, int], repeats: int) -> str:
    scenario = Scenario().changed(changes)
    run(scenario.changed({"world.days": 1}), 1, log=False)
    lived = [run(scenario, 1) for _ in range(repeats)]
    live, whole = (
        float(np.median([measure(run.timings_seconds) for run in lived]))
        for measure in (
            lambda t: t["live"],
            lambda t: t["draw"] + t["live"] + t["add_up"],
        )
    )
    views = lived[0].timings_seconds["views"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    row = (
        f"{changes['world.days']} days, {changes['world.viewers']:,} viewers, "
        f"{changes['world.items']:,} items",
        f"{views / 1e6:.1f} M",
        f"{views / live / 1e6:.2f} M/s",
        f"{whole:.1f} s",
        f"{lived[0].interactions.num_rows / 1e6:.2f} M",
        f"{peak / 1e9:.2f} GB",
    )
    goal = ("*goal*", "–", "≥ 2 M/s", "≤ 60 s", "–", "–")
    header = ("the full world", "viewer steps", "while living", "in all", "rows kept", "peak of this process")
    return table(header, [row, goal])


def _rate(live: Callable[[int], object], steps: int, repeats: int) -> float:
    """Agent steps a second: the median over `repeats`, after one run that compiles."""
    live(1)
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        live(steps)
        seconds.append(time.perf_counter() - begin)
    return AGENTS * steps / float(np.median(seconds))


def numpy_world(steps: int) -> np.ndarray:
    """The same model in plain NumPy arrays."""
    rng, likes = np.random.default_rng(1), np.zeros(ITEMS, np.int64)
    for _ in range(steps):
        item = rng.integers(0, ITEMS, AGENTS)
        likes += np.bincount(item[rng.random(AGENTS) < LIKE_CHANCE], minlength=ITEMS)
    return likes


def mesa_world() -> Callable[[int], object] | None:
    """The same model in Mesa 3, the way its documentation does it; None where Mesa is not installed."""
    try:
        import mesa
    except ImportError:
        return None

    class Viewer(mesa.Agent):  # type: ignore[misc]
        def step(self) -> None:
            item = self.random.randrange(ITEMS)
            if self.random.random() < LIKE_CHANCE:
                self.model.likes[item] += 1

    class Model(mesa.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(seed=1)
            self.likes = [0] * ITEMS
            Viewer.create_agents(self, AGENTS)

        def step(self) -> None:
            self.agents.do("step")

    model = Model()  # made once: the number is of steps, not of making agents

    def live(steps: int) -> object:
        for _ in range(steps):
            model.step()
        return model

    return live
