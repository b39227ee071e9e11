"""`zhenzan sample`: write a synthetic log with bought likes to try commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, progress_for, say

NAME = "sample"
HELP = "Write a synthetic log of about 60,000 likes, some of them bought, to try the other commands on."
EXAMPLES = """\
Examples:

zhenzan sample likes.csv

zhenzan sample likes.parquet --labels labels.csv"""


def run(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="The log to write; its name ends in .csv or .parquet.")
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write the truth about each like to this file (columns id, fake, how)."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="The seed of the random numbers; each seed gives another log.", min=0)
    ] = 1,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    from zhenzan.sample import make_sample, write_labels, write_log

    sample = make_sample(seed, progress_for(quiet))
    write_log(sample, path)
    say(f"Wrote {path}: a synthetic log of {len(sample.account):,} likes and unlikes over three weeks", quiet)
    if labels is not None:
        write_labels(sample, labels)
        say(f"Wrote {labels}: which of them were bought", quiet)
