"""A notice that kernels are being compiled, on a machine's first run or after an upgrade."""

from __future__ import annotations

from itertools import chain
from math import ceil
from typing import Any

from numba.core.dispatcher import Dispatcher

from zhenzan.progress import Progress
from zhenzan.verify.kernels import (
    burst_windows,
    cell_overlaps,
    communities,
    decay_curve,
    grouping,
    like_order,
    messages,
    sessions,
    shared_visitors,
    verdict_totals,
)

MODULES = (
    communities,
    grouping,
    decay_curve,
    messages,
    like_order,
    cell_overlaps,
    sessions,
    verdict_totals,
    shared_visitors,
    burst_windows,
)
SECONDS_PER_KERNEL = 0.45  # with the kernels of other modules that go with these; on two cores, others busy


def notice_if_cold(progress: Progress) -> None:
    """Tell the user when most kernels have yet to be compiled: on a machine's first run, or after an upgrade.

    Numba keeps compiled kernels beside the code or, where that cannot be written, in the user's cache folder.
    """
    cold = sum(_is_cold(kernel) for kernel in _kernels())
    if cold > len(_kernels()) / 2:
        seconds = 5 * ceil(cold * SECONDS_PER_KERNEL / 5)
        progress.say(f"Compiling {cold} kernels for this machine: once only, about {seconds} seconds.")


def _kernels() -> list[Any]:
    """Every kernel of the modules that is compiled by itself, not into its callers."""
    named = chain.from_iterable(vars(module).items() for module in MODULES)
    kernels = {id(kernel): kernel for _, kernel in named if isinstance(kernel, Dispatcher)}
    return [kernel for kernel in kernels.values() if kernel.targetoptions.get("inline") != "always"]


def _is_cold(kernel: Any) -> bool:
    """Whether neither this process nor numba's index of compiled code knows the kernel as it is now."""
    if kernel.signatures:
        return False
    try:
        return not kernel._cache._cache_file._load_index()
    except (AttributeError, OSError, ValueError, EOFError):
        return False  # a numba that keeps its index otherwise: say nothing rather than something wrong
