"""`zhenzan calibrate`: learn the weights of evidence from labelled likes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, ResultFolder, make_folder_for, progress_for, say

NAME = "calibrate"
HELP = "Learn the weights of the evidence from labelled likes, and write them as a policy."
EXAMPLES = """\
Examples:

zhenzan calibrate result/ --labels labels.csv --out policy.toml

zhenzan verify likes.csv --policy policy.toml --out result2/"""


def run(
    result: ResultFolder,
    labels: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="The file of labels: a column `fake` (0 or 1) and a column `id` or `row`."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The policy file to write.")
    ] = Path("policy.toml"),
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The policy whose thresholds and rules are kept; the built-in policy if left out.",
        ),
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
