"""`zhenzan promote`: honest promotion, billed by settled results only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhenzan.cli.common import Debug, Quiet, output, progress_for, say

if TYPE_CHECKING:
    from rich.table import Table

    from zhenzan.promote import Simulation

NAME = "promote"
HELP = "Sell exposure to real people, labelled, and bill only likes that settle."
EXAMPLES = """\
Example:

zhenzan promote simulate --orders 300 --units 10 --seed 7"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)


@app.command("simulate", epilog="Example: zhenzan promote simulate --orders 300 --units 10 --seed 7 --json")
def simulate_orders(
    orders: Annotated[int, typer.Option(min=1, max=100_000, help="How many orders buyers ask for.")] = 100,
    units: Annotated[int, typer.Option(min=1, max=1_000_000, help="Likes that each order buys.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another world.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for programs.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Play orders in a small closed world: late verdicts, voids, pauses, cancels, restarts.

    The same orders are also delivered by two naive rules of when to stop and by two other ways of pacing.
    Money is in minor units.
    """
    import json

    from zhenzan.promote import simulate

    simulation = simulate(orders, units, seed, progress_for(quiet or as_json))
    if as_json:
        say(json.dumps(simulation.to_dict()))
        return
    if not quiet:
        for table in (_numbers_table(simulation), _rules_table(simulation)):
            output().print(table)
            output().print()


def _numbers_table(simulation: Simulation) -> Table:
    from rich.table import Table

    from zhenzan.promote import SIMULATION_NUMBERS

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for name, meaning in SIMULATION_NUMBERS.items():
        if name in simulation.numbers:
            table.add_row(name, _number(simulation.numbers[name]), meaning)
    return table


def _rules_table(simulation: Simulation) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("rules", "beyond the goal", "off the plan", "within 1.5 units", "completed"):
        table.add_column(title, justify="left" if title == "rules" else "right")
    for name, row in simulation.rules.items():
        table.add_row(
            name, f"{row['beyond_goal']:.2f} an order", f"{row['deviation']:.2%}",
            f"{row['within_1_5_units']:.1%}", f"{row['completed']:.1%}",
        )  # fmt: skip
    return table


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
