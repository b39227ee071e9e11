"""Reliability diagrams of the families: what was stated of likes against how many of them were bought.

python -m benchmarks.reliability    draws docs/images/reliability-*.svg alone
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import numpy as np
import pyarrow as pa
import vl_convert

from benchmarks.document import table
from benchmarks.families.contract import FamilyWorld
from benchmarks.families.halves import HIRING, SEEDS
from benchmarks.families.scoring import MIDDLE
from benchmarks.metrics import RELIABILITY_BINS, Reliability, reliability
from benchmarks.zhenzan_method import opine, warm_up
from zhenzan.presentation import COLOURS, themed
from zhenzan.progress import SILENT, Progress

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
HALVES = ("development", "record")
QUICK_FAMILY, QUICK_SEEDS = "small", (0,)
SIDE, STRIP, COLUMNS = 200, 90, 4  # pixels; panels in a row
COUNT_TOP = 1e9  # the top of the scale of likes: room for the numbers over its bars
LONG_NUMBER = re.compile(r"(\d+\.\d)\d+")

TEXT = """\
## Stated and come true, on the families of worlds

Seeds {seeds} of each [family](explanation/worlds.md) together, camouflage left out. The middle is the likes
whose stated probability lies between {low} and {high}; the calibration error is over them alone. The
[diagrams](explanation/worlds.md#stated-and-come-true) show every bin.

{table}"""


@dataclass(frozen=True)
class Stated:
    """Likes of a family, natural and bought: their stated probability float64[n], and bought bool[n]."""

    probability: np.ndarray
    bought: np.ndarray

    @property
    def middle(self) -> Stated:
        """The likes stated to lie between the two bounds of the middle."""
        some = (self.probability > MIDDLE[0]) & (self.probability < MIDDLE[1])
        return Stated(self.probability[some], self.bought[some])

    @property
    def reliability(self) -> Reliability:
        return reliability(self.probability, self.bought)


Half = Mapping[str, Stated]


def reliability_of_families(progress: Progress, quick: bool) -> str:
    """Measure every family, draw the diagrams of each half (unless quick), and give the table of middles."""
    seeds = QUICK_SEEDS if quick else SEEDS
    halves = measured(progress, seeds, quick)
    if not quick:
        for half, families in halves.items():
            (IMAGES / f"reliability-{half}.svg").write_text(drawing(families), encoding="utf-8")
    rows = [
        (half, name, *_row(stated)) for half, families in halves.items() for name, stated in families.items()
    ]
    header = ("half", "family", "likes", "in the middle", "stated there", "bought there", "calibration error")
    return TEXT.format(
        seeds=", ".join(map(str, seeds)), low=MIDDLE[0], high=MIDDLE[1], table=table(header, rows)
    )


def measured(progress: Progress, seeds: tuple[int, ...], quick: bool) -> dict[str, Half]:
    """What was stated in each family, by half."""
    warm_up()
    chosen = [family for family in HIRING if not quick or family.name == QUICK_FAMILY]
    halves: dict[str, dict[str, Stated]] = {half: {} for half in HALVES}
    with progress.step("Reliability", len(chosen)) as advance:
        for family in chosen:
            halves[family.half][family.name] = _stated(family.worlds(seeds))
            advance(1)
    return halves


def _stated(drawn: Iterable[FamilyWorld]) -> Stated:
    probability, bought = [], []
    for family in drawn:
        some = family.world.is_natural | family.world.is_bought
        probability.append(opine(family.world).probability[some])
        bought.append(family.world.is_bought[some])
    return Stated(np.concatenate(probability), np.concatenate(bought))


def _row(stated: Stated) -> tuple[int, int, float, float, float]:
    middle = stated.middle
    likes = middle.bought.size
    if not likes:
        return stated.bought.size, 0, np.nan, np.nan, np.nan
    return (
        stated.bought.size,
        likes,
        float(middle.probability.mean()),
        float(middle.bought.mean()),
        middle.reliability.error,
    )


def drawing(families: Half) -> str:
    """The diagrams as SVG, without needless digits."""
    return LONG_NUMBER.sub(r"\1", vl_convert.vegalite_to_svg(diagrams(families).to_dict())) + "\n"


def diagrams(families: Half) -> alt.ConcatChart:
    """One diagram for each family, with the number of likes of each bin under it."""
    panels = [panel(name, stated.reliability) for name, stated in families.items()]
    chart = themed(alt.concat(*panels, columns=COLUMNS, spacing=30))
    chart.config.background, chart.config.padding, chart.config.aria = COLOURS["paper"], 14, False
    return chart


def panel(name: str, bins: Reliability) -> alt.VConcatChart:
    """The share bought against the stated probability over the likes of each bin."""
    rows = points(bins)
    stated = alt.X("stated", scale=alt.Scale(domain=[0, 1]), title=None, axis=_axis([0, 0.5, 1]))
    share = alt.Y("bought", scale=alt.Scale(domain=[0, 1]), title="share bought", axis=_axis([0, 0.5, 1]))
    band = alt.Chart(pa.table({"from": [MIDDLE[0]], "to": [MIDDLE[1]]})).mark_rect(color=COLOURS["grid"])
    ideal = alt.Chart(pa.table({"stated": [0.0, 1.0], "bought": [0.0, 1.0]}))
    drawn = alt.Chart(rows).encode(stated, share)
    above = alt.layer(
        band.encode(alt.X("from"), alt.X2("to"), opacity=alt.value(0.55)),
        ideal.mark_line(color=COLOURS["muted"], strokeDash=[4, 4], strokeWidth=1).encode(stated, share),
        drawn.mark_line(color=COLOURS["genuine"], strokeWidth=1.5),
        drawn.mark_point(color=COLOURS["genuine"], filled=True, size=36, opacity=1),
    ).properties(width=SIDE, height=SIDE, title=name)
    return alt.vconcat(above, _counts(rows), spacing=10)


def _counts(rows: pa.Table) -> alt.LayerChart:
    log = alt.Scale(type="log", domain=[1, COUNT_TOP])
    bars = alt.Chart(rows).encode(
        alt.X("from", scale=alt.Scale(domain=[0, 1]), title="stated probability", axis=_axis([0, 0.5, 1])),
        alt.X2("to"),
    )
    likes = alt.Y("likes", scale=log, title="likes", axis=_axis([1, 1_000, 1_000_000], "~s"))
    text = alt.Chart(rows).encode(
        alt.X("centre", scale=alt.Scale(domain=[0, 1])), alt.Y("likes", scale=log), alt.Text("said")
    )
    return alt.layer(
        bars.mark_bar(color=COLOURS["faint"], stroke=COLOURS["paper"], strokeWidth=1).encode(
            likes, alt.Y2(datum=1)
        ),
        text.mark_text(angle=270, align="left", baseline="middle", dx=3, fontSize=9, color=COLOURS["ink"]),
    ).properties(width=SIDE, height=STRIP)


def _axis(values: Sequence[float], format: str = ".2~f") -> alt.Axis:
    return alt.Axis(values=list(values), format=format, grid=True)


def points(bins: Reliability) -> pa.Table:
    """A row for each bin that holds a like: its bounds, centre, mean stated, share bought, likes."""
    held = np.flatnonzero(bins.likes)
    return pa.table(
        {
            "from": held / RELIABILITY_BINS,
            "to": (held + 1) / RELIABILITY_BINS,
            "centre": (held + 0.5) / RELIABILITY_BINS,
            "stated": bins.stated[held].round(4),
            "bought": bins.observed[held].round(4),
            "likes": bins.likes[held],
            "said": [_short(likes) for likes in bins.likes[held].tolist()],
        }
    )


def _short(likes: int) -> str:
    """A count in four letters or fewer: 873, 1.2k, 48k, 1.3M."""
    if likes < 1_000:
        return f"{likes}"
    for unit, letter in ((1_000, "k"), (1_000_000, "M")):
        if likes < 9.95 * unit:
            return f"{likes / unit:.1f}{letter}"
        if likes < 999.5 * unit:
            return f"{likes / unit:.0f}{letter}"
    return f"{likes}"


if __name__ == "__main__":
    print(reliability_of_families(SILENT, quick="--quick" in sys.argv))
