"""`zhenzan check`: check that every file of a service's lake can be read."""

from __future__ import annotations

from zhenzan.cli.common import Debug, Quiet, ServiceHome, progress_for, say
from zhenzan.errors import LakeError

NAME = "check"
HELP = (
    "Read every file of a service's lake, and name those that are damaged. `zhenzan ledger check` does "
    "the same for the ledger."
)
EXAMPLES = "Example: zhenzan check /var/lib/zhenzan"


def run(
    home: ServiceHome,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check a lake, whether its service runs or not."""
    from zhenzan.lake import check_files, lake_files

    if not (home / "lake").is_dir():
        raise LakeError(f"{home}: is not the folder of a service; it has no lake")
    files, damaged = lake_files(home), list[str]()
    with progress_for(quiet).step("Checking the lake", len(files)) as advance:
        for path in files:
            try:
                damaged += [str(error) for error in check_files([path])]
            except FileNotFoundError:  # merged since
                continue
            finally:
                advance(1)
    if damaged:
        raise LakeError("; ".join(damaged))
    say(f"All {len(files):,} files of the lake can be read.", quiet)
