"""Say aloud that kernels are being compiled, the one time they are."""

from __future__ import annotations

from zhenzan.progress import Progress
from zhenzan.verify.kernels import messages

COMPILE_SECONDS = 60


def say_if_cold(progress: Progress) -> None:
    """Tell the user when this machine has no compiled kernels yet."""
    try:
        cached = messages.votes._cache._cache_path
        import os

        if os.path.isdir(cached) and any(name.startswith("messages.votes") for name in os.listdir(cached)):
            return
    except (AttributeError, OSError):
        return
    progress.say(f"Compiling the kernels for this machine: once only, about {COMPILE_SECONDS} seconds.")
