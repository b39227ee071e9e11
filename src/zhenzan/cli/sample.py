"""`zhenzan sample`: write a made-up log to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, progress_for, say

NAME = "sample"
HELP = "Write a made-up log of about 60,000 likes, some of them bought, to try things on."
EXAMPLES = """\
Examples:

zhenzan sample likes.csv

zhenzan sample likes.parquet --labels labels.csv"""


def run(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write it: a name in .csv or .parquet.")
    ],
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write which likes were bought (columns id, fake, how)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another log.", min=0)] = 1,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    from zhenzan.sample import make_sample, write_labels, write_log

    sample = make_sample(seed, progress_for(quiet))
    write_log(sample, path)
    say(f"Wrote {path}: a made-up log of {len(sample.account):,} likes and unlikes over three weeks", quiet)
    if labels is not None:
        write_labels(sample, labels)
        say(f"Wrote {labels}: which of them were bought", quiet)
