"""The served settlement: the newest that was published, once its subscribers have taken it up."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.errors import ZhenzanError, one_line
from zhenzan.service.tracing import span
from zhenzan.settlement import Settlement, SettlementDeliveries, latest

__all__ = ["Settlements"]


class Settlements:
    """`current`: the one that is served, None before the first."""

    def __init__(self, home: Path, deliveries: SettlementDeliveries) -> None:
        self.current: Settlement | None = None
        self._home, self._deliveries = home, deliveries
        self._is_left = False  # whether somebody could not take up the settlement that is served
        self._held: WeakValueDictionary[Path, Settlement] = WeakValueDictionary()

    def served(self) -> Settlement:
        """The current one. Raises 409 where nothing is settled yet."""
        if self.current is None:
            raise ProblemDetailsException("nothing is settled yet; ask again in a minute", status_code=409)
        return self.current

    def take_up(self) -> None:
        """Tell the newest settlement to each subscriber who has not taken it up, then serve it. Raises
        ZhenzanError where one could not take it up: it is notified again.
        """
        try:
            newest = latest(self._home)
            if newest is None or (
                self.current and newest.number == self.current.number and not self._is_left
            ):
                return
            with span("take up a settlement", number=newest.number):
                self._deliver(newest)
        except FileNotFoundError:  # a newer one was published while we looked
            return

    def _deliver(self, published: Settlement) -> None:
        served = self.current
        settlement = served if served and served.number == published.number else self._hold(published)
        failed = self._deliveries.deliver(settlement)
        self.current, self._is_left = settlement, bool(failed)
        for name, error in failed.items():
            raise ZhenzanError(f"{name}: {one_line(error)}") from error

    def _hold(self, published: Settlement) -> Settlement:
        """The same result under a name of our own, so that the worker may clear away its own as it likes. It
        stays for as long as somebody reads it.
        """
        folder = published.folder.parent / f"served-{published.number:08d}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in published.folder.iterdir():
            os.link(path, folder / path.name)
        self._held[folder] = held = replace(published, folder=folder)
        for old in published.folder.parent.glob("served-*"):
            if old not in self._held:
                shutil.rmtree(old, ignore_errors=True)
        return held
