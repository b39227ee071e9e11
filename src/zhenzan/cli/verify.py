"""`zhenzan verify`: judge every like of a log and write the result."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhenzan.cli.common import Debug, Open, Quiet, make_folder_for, open_in_browser, progress_for
from zhenzan.cli.failure import TOO_MANY_REJECTED
from zhenzan.cli.log_options import Format, Map, Sources, Zone, parse_mapping

if TYPE_CHECKING:
    from zhenzan import Result
    from zhenzan.progress import Progress

NAME = "verify"
HELP = "Judge every like of a log, and write verdicts, reasons, rings and verified counts to a folder."
EXAMPLES = """\
Examples:

zhenzan verify likes.parquet --out result/

zhenzan verify log.csv --map account=user_id --map item=photo_id --map timestamp=time_ms --out result/

zhenzan verify creator-tool.xlsx --zone Asia/Shanghai --map creator==me --out result/

zhenzan verify "gharchive/2024-05-*.json.gz" --format gharchive --out result/

zhenzan verify likes.csv --policy policy.toml --out result/ --report report.html"""


def run(
    sources: Sources,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="The folder to write the result to.")
    ] = Path("result"),
    format: Format = None,
    mapping: Map = None,
    zone: Zone = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The TOML file with thresholds, rules and weights; the built-in policy if left out.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the report to this file (HTML).")
    ] = None,
    open_it: Open = False,
    max_rejected: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="The largest share of unreadable rows to accept; above it the exit code is 2.",
        ),
    ] = 0.01,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    started = time.perf_counter()
    columns = parse_mapping(mapping or [])
    progress = progress_for(quiet)
    if report is not None:
        make_folder_for(report)
    result = _verify(sources, policy, format, columns, zone, out, progress)
    if report is not None:
        result.report(report, progress=progress)
    if not quiet:
        from zhenzan.cli.summary import print_summary

        print_summary(result, out, report, time.perf_counter() - started)
    if report is not None and open_it:
        open_in_browser(report)
    _check_rejected(result.summary, max_rejected, out)


def _verify(
    sources: list[str],
    policy: Path | None,
    format: str | None,
    mapping: dict[str, str] | None,
    zone: str | None,
    out: Path,
    progress: Progress,
) -> Result:
    # Nothing here multiplies large matrices, and NumPy's threads for that take 0.05 s to start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import zhenzan

    return zhenzan.verify(
        sources,
        policy=policy,
        format=format,
        mapping=mapping,
        zone=zone,
        progress=progress,
        out=out,
    )


def _check_rejected(summary: dict[str, Any], max_rejected: float, out: Path) -> None:
    rows, rejected = summary["counts"]["rows"], summary["counts"]["rejected"]
    share = rejected / rows if rows else 0.0
    if share <= max_rejected:
        return
    typer.echo(
        f"zhenzan: {rejected:,} of {rows:,} rows ({share:.1%}) could not be read, more than --max-rejected "
        f"{max_rejected:.1%}; {out / 'rejected.ndjson'} says which and why",
        err=True,
    )
    raise typer.Exit(TOO_MANY_REJECTED)
