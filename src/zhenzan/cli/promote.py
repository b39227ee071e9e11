"""`zhenzan promote`: honest promotion, billed by settled results only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhenzan.cli.common import Debug, Quiet, needs_service, output, progress_for, read_ledger, say

if TYPE_CHECKING:
    from rich.table import Table

    from zhenzan.promote import Simulation

NAME = "promote"
HELP = "Sell exposure to real people, labelled, and bill only likes that settle."
EXAMPLES = """\
Examples:

zhenzan promote simulate --orders 300 --units 10 --seed 7

zhenzan promote receipts ORDER --home data/ --out receipts.json"""

DATABASE = "zhenzan.sqlite"  # in a service's folder

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

    with needs_service("promote simulate"):
        from zhenzan.promote import simulate

    simulation = simulate(orders, units, seed, progress_for(quiet or as_json))
    if as_json:
        say(json.dumps(simulation.to_dict()))
        return
    if not quiet:
        for table in (_numbers_table(simulation), _rules_table(simulation)):
            output().print(table)
            output().print()


@app.command("receipts", epilog="Example: zhenzan promote receipts ORDER --home data/ --out receipts.json")
def write_receipts(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")],
    home: Annotated[
        Path, typer.Option("--home", metavar="FOLDER", help="The folder of the service that sold it.")
    ],
    database: Annotated[
        str, typer.Option("--db", metavar="DB", help="Its database, where that is not in the folder.")
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write.")] = Path(
        "receipts.json"
    ),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write an order's exposures, outcomes, transfers and bill into one file that anyone can check.

    `scripts/verify_receipts.py` checks it with the ledger's public key, and needs no Zhenzan.
    """
    with needs_service("promote receipts"):
        from zhenzan.promote import export_receipts

    with read_ledger(database or str(home / DATABASE)) as ledger:
        out.write_text(export_receipts(ledger, home, order), encoding="utf-8")
        say(f"Receipts: {out} (anyone can check them with the key {ledger.keys()[-1]})", quiet)


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
