"""Say aloud that kernels are being compiled, the one time they are."""

from __future__ import annotations

from pathlib import Path

from zhenzan.progress import Progress
from zhenzan.verify.kernels import messages

COMPILE_SECONDS = 60


def say_if_cold(progress: Progress) -> None:
    """Tell the user when this machine has no compiled kernels yet (numba keeps them beside the code, or in
    its cache folder).
    """
    cache = getattr(getattr(messages.votes, "_cache", None), "cache_path", None)
    if cache is not None and not any(Path(cache).glob("messages.votes*.nbi")):
        progress.say(f"Compiling the kernels for this machine: once only, about {COMPILE_SECONDS} seconds.")
