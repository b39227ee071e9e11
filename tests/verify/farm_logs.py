"""Small logs in which few devices act for many accounts, beside the honest crowds that look a little like it.

One seed draws everything. A like is (who, account, item, seconds, share watched, device, address).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

import zhenzan

DAY, HOUR = 86_400.0, 3600.0
DAYS = 7
CONTEXT = ("watched", "duration", "device", "ip")
FARM = "farm"


class SmallWorld:
    """`likes` ordinary likes over a week; crowds and farms are added to it."""

    def __init__(self, seed: int, likes: int, items: int = 120) -> None:
        self.random = np.random.default_rng(seed)
        self.items, self.accounts, self.rows = items, 0, list[tuple[Any, ...]]()
        self.popularity = self.random.pareto(1.2, items) + 0.2
        self.popularity /= self.popularity.sum()
        people = self.newcomers(max(likes // 6, 8))
        activity = self.random.pareto(1.5, people.size) + 0.3
        account = self.random.choice(people, likes, p=activity / activity.sum())
        self.add("natural", account, self.popular(likes), self.times(likes))

    def newcomers(self, count: int) -> np.ndarray:
        self.accounts += count
        return np.arange(self.accounts - count, self.accounts)

    def popular(self, likes: int) -> np.ndarray:
        return self.random.choice(self.items, likes, p=self.popularity)

    def times(self, likes: int, first: float = 7.0, last: float = 24.0) -> np.ndarray:
        """Seconds, between two hours of a day."""
        day = self.random.integers(0, DAYS, likes)
        return day * DAY + self.random.uniform(first, last, likes) * HOUR

    def add(
        self,
        who: str,
        account: np.ndarray,
        item: np.ndarray | int,
        seconds: np.ndarray,
        *,
        watched: float = 0.7,
        device: Any = None,
        ip: Any = None,
    ) -> None:
        """Likes from a device of one's own and the address of one's home, unless told otherwise."""
        share = self.random.gamma(2.0, watched / 2, account.size)
        device = [f"phone {a}" for a in account] if device is None else device
        ip = [f"10.0.{a // 400}.{a // 2 % 200}" for a in account] if ip is None else ip
        columns = np.broadcast_arrays(account, item, seconds, share, device, ip)
        self.rows += [(who, *like) for like in zip(*(c.tolist() for c in columns), strict=True)]

    def farm(
        self, accounts: int, items: int, seconds: float, *, devices: int = 1, watched: float = 0.01
    ) -> None:
        """Every account likes every item, all within `seconds`, from `devices` behind one address."""
        crew = np.repeat(self.newcomers(accounts), items)
        item = np.tile(self.random.choice(self.items, items, replace=False), accounts)
        start = self.random.uniform(DAY, (DAYS - 1) * DAY)
        at = start + self.random.uniform(0, seconds, crew.size)
        device = [f"rack {a % devices}" for a in crew]
        self.add(FARM, crew, item, at, watched=watched, device=device, ip="7.7.7.7")

    def idle(self, accounts: int = 8, items: int = 3) -> None:
        """A few people who like the same few items of no consequence, each when it suits them."""
        crew = np.repeat(self.newcomers(accounts), items)
        item = np.tile(self.random.choice(self.items, items, replace=False), accounts)
        self.add("idle", crew, item, self.times(crew.size))

    def office(self, people: int = 40) -> None:
        crew = np.repeat(self.newcomers(people), 4)
        self.add("office", crew, self.popular(crew.size), self.times(crew.size, 12, 13), ip="9.9.9.9")

    def tablet(self, people: int = 6) -> None:
        crew = np.repeat(self.newcomers(people), 12)
        at = self.times(crew.size, 16, 21)
        self.add("tablet", crew, self.popular(crew.size), at, device=f"tablet {crew[0]}", ip="8.8.8.8")

    def live(self, viewers: int = 100) -> None:
        """All like the new item within a minute, half of them behind one address."""
        crew = self.newcomers(viewers)
        at = self.random.uniform(DAY, 6 * DAY) + self.random.uniform(0, 60, viewers)
        ip = [f"11.0.0.{a % 200}" if a % 2 else "9.9.9.8" for a in crew]
        self.add("live", crew, self.items + 1, at, watched=0.3, ip=ip)

    def honest_crowds(self) -> None:
        self.office()
        self.tablet()
        self.live()
        self.idle()

    def table(
        self, columns: tuple[str, ...] = CONTEXT, *, watched: str = "measured", unit: float = 1e-6
    ) -> pa.Table:
        """The log; watch times "measured", "zero" or "missing"; times in whole `unit` seconds."""
        _, account, item, seconds, share, device, ip = zip(*self.rows, strict=True)
        known = {"measured": [round(s * 20_000) for s in share], "zero": [0] * len(share)}
        context = {
            "watched": pa.array(known.get(watched, [None] * len(share)), pa.int64()),
            "duration": pa.array([20_000] * len(share)),
            "device": pa.array(device),
            "ip": pa.array(ip),
        }
        at = np.floor(np.array(seconds) / unit) * unit
        return pa.table(
            {
                "account": [f"a{a}" for a in account],
                "item": [f"v{i}" for i in item],
                "creator": [f"c{i // 3}" for i in item],
                "timestamp": pa.array(
                    1_700_006_400_000_000 + (at * 1e6).astype(np.int64), pa.timestamp("us", tz="UTC")
                ),
                **{name: context[name] for name in columns},
            }
        )


class Judged:
    """What became of a small world's likes. `share(verdict, …)`: of the farm's, or of all others."""

    def __init__(self, world: SmallWorld, table: pa.Table) -> None:
        self.result = zhenzan.verify(table)
        verdicts = self.result.verdicts
        row = verdicts["row"].to_numpy()
        self.verdict = np.array(verdicts["verdict"].to_pylist())
        self.farm = np.array([like[0] == FARM for like in world.rows])[row - row.min()]
        self.ring_accounts = {a["account"] for a in self.result.accounts.to_pylist() if a["ring"] is not None}
        self.farm_accounts = {f"a{like[1]}" for like in world.rows if like[0] == FARM}

    def share(self, *verdicts: str, farm: bool) -> float:
        return float(np.isin(self.verdict[self.farm == farm], verdicts).mean())
