"""The summary that `zhenzan verify` prints: counts, the items with most fake likes, next steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from zhenzan.cli.common import output, say
from zhenzan.presentation import COUNTS, percent

if TYPE_CHECKING:
    import pyarrow as pa

    from zhenzan import Result

WORST = 3
_PARTS = {
    "genuine": "; these four add up to the claimed likes",
    "uncertain": "",
    "fake": "",
    "idle": "; not bought, but from accounts that mostly sell: not verified",
}


def print_summary(result: Result, out: Path, report: Path | None, seconds: float) -> None:
    """Print two small tables and what to do next on standard output.

    `seconds` is the time of the whole command.
    """
    console = output()
    console.print()
    console.print(_headline(result.summary))
    worst = worst_items(result.items)
    if worst:
        console.print()
        console.print(_worst_table(worst))
    console.print()
    say(f"Done in {seconds:.1f} s. Results: {out}")
    if report is not None:
        say(f"Report:  {report}")
    for line in _next_steps(result.summary, out, report, worst):
        say(line)


def _headline(summary: dict[str, Any]) -> Table:
    counts = summary["counts"]
    claimed = counts["claimed"]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    table.add_row("Claimed likes", f"{claimed:,}", _left_out(counts))
    low, high = (f"{counts[name]:,.0f}" for name in ("verified_low", "verified_high"))
    share = f"{percent(counts['verified'] / claimed)} of them, " if claimed else ""
    table.add_row("Verified likes", f"{counts['verified']:,.0f}", f"{share}95 % interval {low}–{high}")
    for part, note in _PARTS.items():
        if counts[part] or part != "idle":
            share = percent(counts[part] / claimed) if claimed else ""
            table.add_row(COUNTS[part].capitalize(), f"{counts[part]:,}", f"{share}{note}")
    if counts.get("untold"):
        table.add_row(
            "Untold", f"{counts['untold']:,}", "cannot be told from one item: nothing to compare with"
        )
    table.add_row("Rings", f"{counts['rings']:,}", "")
    if counts["rejected"]:
        table.add_row("Rejected rows", f"{counts['rejected']:,}", "unreadable; see rejected.ndjson")
    return table


def _left_out(counts: dict[str, int]) -> str:
    """A line on the likes that do not count: repeated, or cancelled."""
    parts = [f"{counts[name]:,} {name}" for name in ("repeated", "cancelled") if counts.get(name)]
    return f"without {' and '.join(parts)}" if parts else ""


def worst_items(items: pa.Table) -> list[dict[str, Any]]:
    """Return the items with the most fake likes, at most `WORST`, none without any."""
    import pyarrow.compute as pc

    some = items.filter(pc.greater(items["fake"], 0))
    order = pc.sort_indices(
        some, sort_keys=[("fake", "descending"), ("claimed", "ascending"), ("item", "ascending")]
    )
    return list(some.take(order[:WORST]).to_pylist())


def _worst_table(worst: list[dict[str, Any]]) -> Table:
    table = Table(title="Worst items", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("item", "creator"):
        table.add_column(name, overflow="ellipsis", max_width=32)
    for name in ("claimed", "verified", "95 % interval", COUNTS["fake"]):
        table.add_column(name, justify="right")
    for row in worst:
        table.add_row(
            str(row["item"]),
            str(row["creator"]),
            f"{row['claimed']:,}",
            f"{row['verified']:,.0f}",
            f"{row['verified_low']:,.0f}–{row['verified_high']:,.0f}",
            f"{row['fake']:,}",
        )
    return table


def _next_steps(
    summary: dict[str, Any], out: Path, report: Path | None, worst: list[dict[str, Any]]
) -> list[str]:
    steps = []
    if report is None:
        steps.append(f"zhenzan report {out} --out report.html")
    if summary["counts"]["rings"]:
        steps.append(f"zhenzan explain {out} --ring 0")
    if worst:
        steps.append(f"zhenzan explain {out} --item {worst[0]['item']}")
    return [f"{'Next:' if number == 0 else '     '} {step}" for number, step in enumerate(steps)]
