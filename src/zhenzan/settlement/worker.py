"""The settlement worker: settlement after settlement, within a share of CPU time; one worker at a time."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from zhenzan.errors import NoLikesError, ZhenzanError
from zhenzan.lake import lake_files, only_one
from zhenzan.policy import Policy, load_policy
from zhenzan.settlement.heartbeat import HeartbeatWriter
from zhenzan.settlement.run import WINDOW_DAYS, Settlement, run_settlement

__all__ = ["RULING", "SHADOW", "Pace", "work"]

RULING, SHADOW = "policy.toml", "shadow.toml"  # what the console published, in the folder of the service

log = logging.getLogger("zhenzan.settlement")


class Pace:
    """How long to wait between settlements: `every` seconds from start to start, and as long as it takes for
    their CPU time to stay under `share` of one core.
    """

    def __init__(self, every: float, share: float) -> None:
        assert 0 < share <= 2, share
        self._every, self._share = every, share

    def wait(self, cpu_seconds: float, wall_seconds: float, *, is_behind: bool = False) -> float:
        """Seconds from the end of a settlement to the next; one that is behind does not wait for its time."""
        every = 0.0 if is_behind else self._every
        return max(every, cpu_seconds / self._share) - wall_seconds


def work(
    home: Path,
    policy: Path | None,
    pace: Pace,
    stop: threading.Event,
    *,
    window_days: int = WINDOW_DAYS,
    done: Callable[[Settlement], object] = lambda settlement: None,
) -> None:
    """Judge the lake until `stop` is set; while settlements are behind, one follows another without a pause
    but that for their share. The policy is read before each settlement: the one that was published for this
    folder, else the file `policy`; while it is wrong, the one before goes on ruling. Raises ZhenzanError
    where another worker is at work, or the first policy is wrong.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = only_one(home / "settle.lock", f"{home}: another worker settles this lake; stop it first")
    heart = HeartbeatWriter(home)
    try:
        ruling = _policy(_rules(home, policy))
        seen: tuple[object, ...] = ()
        settlement: Settlement | None = None
        wait = 0.0
        while not stop.is_set():
            begin, cpu = time.monotonic(), time.process_time()
            ruling = _reread(_rules(home, policy), ruling)
            shadow = _shadow(home / SHADOW)
            with _telling(heart, begin - wait):
                now = (ruling.version, shadow and shadow.version, *lake_files(home))
                if now != seen or (settlement is not None and settlement.is_behind):
                    settlement = run_settlement(home, ruling, window_days=window_days, shadow=shadow)
                    seen = now
                    if settlement is not None:
                        done(settlement)
            spent = time.process_time() - cpu
            is_behind = settlement is not None and settlement.is_behind
            wait = max(0.05, pace.wait(spent, time.monotonic() - begin, is_behind=is_behind))
            with heart.waiting():
                stop.wait(wait)
    finally:
        heart.stop()
        os.close(lock)


@contextmanager
def _telling(heart: HeartbeatWriter, since: float) -> Iterator[None]:
    """Tell who watches how a pass went; one that cannot be made is left out, and tried again."""
    try:
        yield
        heart.settled(time.monotonic() - since)
    except ZhenzanError as error:
        log.warning("this pass is left out: %s", error)
        if isinstance(error, NoLikesError):  # there is nothing to settle
            heart.settled(time.monotonic() - since)
        else:
            heart.failed(str(error))
    except Exception as error:
        heart.failed(f"an unexpected {type(error).__name__}; the log says more")
        raise


def _rules(home: Path, policy: Path | None) -> Path | None:
    published = home / RULING
    return published if published.exists() else policy


def _shadow(path: Path) -> Policy | None:
    try:
        return load_policy(path) if path.exists() else None
    except ZhenzanError as error:
        log.warning("nothing runs in shadow: %s", error)
        return None


def _policy(path: Path | None) -> Policy:
    return Policy.default() if path is None else load_policy(path)


def _reread(path: Path | None, ruling: Policy) -> Policy:
    try:
        return _policy(path)
    except ZhenzanError as error:
        log.warning("the policy stays %s: %s", ruling.version, error)
        return ruling
