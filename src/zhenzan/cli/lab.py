"""`zhenzan lab`: simulate worlds, run scenarios and experiments, score verifications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from zhenzan.cli.common import (
    Debug,
    Language,
    Open,
    Quiet,
    ResultFolder,
    open_in_browser,
    output,
    progress_for,
    say,
)
from zhenzan.cli.failure import InterruptedWorkError

if TYPE_CHECKING:
    from zhenzan.lab import Outcomes, Results, Score

NAME = "lab"
HELP = (
    "Simulate worlds in which likes are earned, bought, sold and policed, and score verification results"
    " against their truth."
)
EXAMPLES = """\
Examples:

zhenzan lab world scenarios/weekday.toml --seed 7 --out world/

zhenzan lab run scenarios/market.toml --out market/

zhenzan lab experiment experiments/small-orders.toml --replicates 20 --out folder/

zhenzan lab score result/ world/truth.parquet"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

ScenarioFile = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="The scenario: a TOML file, or the name of a shipped one.")
]
Seed = Annotated[
    int, typer.Option(help="The seed of the random numbers; each seed gives another world.", min=0)
]
ThreadCount = Annotated[
    int | None,
    typer.Option(
        min=1, help="The number of threads; one per processor if left out. It does not change the result."
    ),
]


@app.command("world", epilog="Example: zhenzan lab world scenarios/weekday.toml --seed 7 --out world/")
def world(
    scenario: ScenarioFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="The folder to write the world to.")
    ] = Path("world"),
    seed: Seed = 1,
    threads: ThreadCount = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Simulate a world and write its labelled log: the interactions, the truth about every row, and a
    manifest.
    """
    from zhenzan.lab import check_place, load_scenario, run, write_world

    chosen = load_scenario(scenario)
    check_place(out)
    lived = run(chosen, seed, threads=threads, progress=progress_for(quiet))
    write_world(lived, out)
    bought, rows = lived.outcomes["bought_share"], lived.interactions.num_rows
    say(f"World: {out} ({rows:,} interactions, {bought:.1%} of the likes bought)", quiet)
    say(f"Next: zhenzan verify {out / 'interactions.parquet'} --out result", quiet)
    say(f"      zhenzan lab score result {out / 'truth.parquet'}", quiet)


@app.command("run", epilog="Example: zhenzan lab run scenarios/market.toml --out market/")
def run_scenario(
    scenario: ScenarioFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="The folder to write the outcomes to.")
    ] = Path("outcomes"),
    seed: Seed = 1,
    threads: ThreadCount = None,
    language: Language = "en",
    show: Open = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run a scenario and report its outcomes: who gained, who lost, and what viewers got."""
    from zhenzan.lab import check_place, load_scenario, run, write_outcomes

    chosen = load_scenario(scenario)
    check_place(out)
    lived = run(chosen, seed, threads=threads, log=False, progress=progress_for(quiet))
    write_outcomes(chosen, seed, lived.outcomes, out, language)
    if not quiet:
        output().print(_outcome_table(lived.outcomes))
        if lived.outcomes.sizes.num_rows:
            output().print()
            output().print(_size_table(lived.outcomes))
    say(f"Outcomes: {out}", quiet)
    say(f"Report:   {out / 'report.html'}", quiet)
    if show:
        open_in_browser(out / "report.html")


@app.command(
    "experiment",
    epilog="Example: zhenzan lab experiment experiments/small-orders.toml --replicates 20 --out folder/",
)
def experiment_command(
    experiment: Annotated[
        Path,
        typer.Argument(
            metavar="EXPERIMENT", help="The experiment: a TOML file, or the name of a shipped one."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="The folder to write the results and the report to."
        ),
    ] = Path("experiment"),
    replicates: Annotated[
        int | None,
        typer.Option(min=2, help="The number of replicates of every arm; the file's number if left out."),
    ] = None,
    first_seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="The seed of the first replicate; the file's seed if left out."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The number of worlds simulated at a time; one per processor if left out. It does"
            " not change the result.",
        ),
    ] = None,
    language: Language = "en",
    show: Open = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Compare policies on the same seeds: intervals, contrasts, and where cheating stops paying."""
    from dataclasses import replace

    from zhenzan.lab import load_experiment, processors, run_experiment, write_results

    chosen = load_experiment(experiment)
    if replicates is not None:
        chosen = replace(chosen, replicates=replicates)
    if first_seed is not None:
        chosen = replace(chosen, first_seed=first_seed)
    try:
        results = run_experiment(
            chosen, processes=processes or processors(), progress=progress_for(quiet), target=out
        )
        write_results(results, out, language)
    except KeyboardInterrupt:
        raise InterruptedWorkError(
            "finished worlds are kept: run the same command again to continue"
        ) from None
    if not quiet:
        for table in _experiment_tables(results):
            output().print(table)
            output().print()
    say(f"Results: {out}", quiet)
    say(f"Report:  {out / 'report.html'}", quiet)
    if show:
        open_in_browser(out / "report.html")


@app.command("score", epilog="Example: zhenzan lab score result/ world/truth.parquet")
def score_result(
    result: ResultFolder,
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="The world's truth.parquet.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Score a verification against the truth of a simulated world."""
    import json

    from zhenzan.lab import score

    scores = score(result, truth)
    if as_json:
        say(json.dumps(scores.to_dict()))
        return
    for table in _score_tables(scores):
        output().print(table)
        output().print()


def _outcome_table(outcomes: Outcomes) -> Table:
    from zhenzan.lab import SUMMARY

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True, min_width=max(map(len, SUMMARY)))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for name, value in outcomes.numbers().items():
        table.add_row(name, _number(value), SUMMARY[name])
    return table


def _size_table(outcomes: Outcomes) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("strategy", "likes", "orders", "found", "seller's profit", "buyer's profit", "in money"):
        table.add_column(title, justify="left" if title == "strategy" else "right")
    for row in outcomes.sizes.to_pylist():
        table.add_row(
            row["strategy"],
            f"{row['quantity']:,}",
            f"{row['orders']:,}",
            f"{row['found_share']:.1%}",
            f"{row['seller_profit_per_order']:,.1f}",
            f"{row['buyer_profit_per_order']:,.1f}",
            f"{row['buyer_profit_money_per_order']:,.1f}",
        )
    return table


def _experiment_tables(results: Results) -> list[Table]:
    """Print the means with intervals of the experiment's outcomes, and the frontier if it has one."""
    means = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("outcome", "arm", "at", "mean", "95 % interval"):
        wide = max(map(len, results.experiment.outcomes)) if title == "outcome" else None
        means.add_column(title, justify="left" if title in ("outcome", "arm") else "right", min_width=wide)
    for row in results.intervals.to_pylist():
        if row["outcome"] in results.experiment.outcomes:
            level = "" if row["level"] is None else f"{row['level']:g}"
            span = f"{_number(row['low'])} – {_number(row['high'])}"
            means.add_row(row["outcome"], row["arm"], level, _number(row["mean"]), span)
    if not results.frontier.num_rows:
        return [means]
    frontier = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("arm", "who", "likes", "stops paying at", "95 % interval"):
        frontier.add_column(title, justify="left" if title in ("arm", "who") else "right")
    for row in results.frontier.to_pylist():
        at = {"pays": "never", "loses": "at once"}.get(row["state"]) or f"{row['level']:.2f}"
        low, high = ("…" if row[end] is None else f"{row[end]:.2f}" for end in ("low", "high"))
        frontier.add_row(row["arm"], row["side"], f"{row['quantity']:,}", at, f"{low} – {high}")
    return [means, frontier]


def _score_tables(scores: Score) -> list[Table]:
    whole = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    whole.add_column(style="bold")
    whole.add_column(justify="right")
    for row in (
        ("Likes judged", f"{scores.likes:,}"),
        ("Bought", f"{scores.bought:,}"),
        ("Average precision", f"{scores.average_precision:.4f}"),
        ("Recall at 99 % precision", f"{scores.recall_at_99:.4f}"),
        ("Natural called fake", f"{scores.natural_called_fake:.3%}"),
        ("Bought called fake", f"{scores.bought_called_fake:.2%}"),
        ("Camouflage called fake", f"{scores.camouflage_called_fake:.2%}"),
        ("Rings (adjusted Rand index)", f"{scores.rings_rand_index:.3f}"),
    ):
        whole.add_row(*row)
    by_strategy = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("strategy", "average precision", "called fake"):
        by_strategy.add_column(title, justify="left" if title == "strategy" else "right")
    for name, precision in scores.average_precision_by_strategy.items():
        by_strategy.add_row(name, f"{precision:.4f}", f"{scores.called_fake_by_strategy[name]:.1%}")
    spared = Table(box=None, padding=(0, 2, 0, 0))
    spared.add_column("natural likes")
    spared.add_column("called fake", justify="right")
    for name, share in scores.called_fake_by_confounder.items():
        spared.add_row(name, f"{share:.3%}")
    return [whole, by_strategy, spared]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.4g}"
