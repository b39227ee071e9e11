"""`zhenzan calibrate`: teach the weights from labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, ResultFolder, make_folder_for, progress_for, say

NAME = "calibrate"
HELP = "Learn the weights of the evidence from likes whose truth is known, and write them as a policy."
EXAMPLES = """\
Examples:

zhenzan calibrate result/ --labels labels.csv --out policy.toml

zhenzan verify likes.csv --policy policy.toml --out result2/"""


def run(
    result: ResultFolder,
    labels: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Which likes are fake: a column `fake` (0 or 1) beside id or row."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The policy file to write.")
    ] = Path("policy.toml"),
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The policy whose thresholds and rules to keep.")
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    import zhenzan

    make_folder_for(out)
    base = None if policy is None else zhenzan.load_policy(policy)
    learned = zhenzan.calibrate(
        zhenzan.Result.load(result), labels, policy=base, progress=progress_for(quiet)
    )
    out.write_text(learned.to_toml(), encoding="utf-8")
    say(f"Policy: {out} ({learned.version})", quiet)
    say(f"Next: zhenzan verify LOG --policy {out} --out RESULT", quiet)
