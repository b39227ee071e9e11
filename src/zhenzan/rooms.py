"""Rooms: the list of packages from which database, service and command line are put together.

Each part is named by where it stands, `module` or `module:name`, and is loaded only where it is needed: a
command that reads a log loads no web server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["ROOMS", "Room", "parts"]


@dataclass(frozen=True)
class Room:
    """A room: what one package adds to the database, the service and the command line; "" is nothing."""

    name: str
    tables: str = ""
    """The module that declares its tables."""
    migrations: str = ""
    """The package with its migrations, the first of them without one before it."""
    subscribers: str = ""
    """Of the service's `Resources`, its subscribers to settlements."""
    tasks: str = ""
    """Of the service's `Resources`, what it does by itself again and again."""
    routes: str = ""
    """What it adds to the API."""
    pages: str = ""
    """What it adds to the console; its templates are in `templates/` beside."""
    commands: tuple[str, ...] = ()
    """Modules: each a verb (`NAME`, `HELP`, `EXAMPLES`, `run`), or a group of them (`app`)."""


ROOMS: tuple[Room, ...] = (
    Room("store", tables="zhenzan.store.tables", migrations="zhenzan.store.migrations.versions"),
    Room(
        "verify",
        routes="zhenzan.service.verdicts.api:VERDICTS",
        pages="zhenzan.service.verdicts.page:WATCHING",
        commands=(
            "zhenzan.cli.verify",
            "zhenzan.cli.look",
            "zhenzan.cli.explain",
            "zhenzan.cli.report",
            "zhenzan.cli.calibrate",
        ),
    ),
    Room("lab", commands=("zhenzan.cli.sample", "zhenzan.cli.demo", "zhenzan.cli.lab")),
    Room(
        "service",
        tables="zhenzan.service.tables",
        tasks="zhenzan.service.upkeep:tasks",
        routes="zhenzan.service.health.api:HEALTH",
        pages="zhenzan.service.session.page:SESSION",
        commands=("zhenzan.cli.init", "zhenzan.cli.serve"),
    ),
    Room("settlement", tables="zhenzan.settlement.tables", commands=("zhenzan.cli.settle",)),
    Room("backup", commands=("zhenzan.cli.backup", "zhenzan.cli.restore")),
    Room("policy", commands=("zhenzan.cli.check",)),
    Room(
        "creators",
        routes="zhenzan.service.creators.api:CREATORS",
        pages="zhenzan.service.creators.page:CREATORS",
    ),
    Room(
        "rewards",
        tables="zhenzan.rewards.tables",
        subscribers="zhenzan.service.rewards.subscriber:subscribers",
        tasks="zhenzan.service.rewards.tasks:tasks",
        routes="zhenzan.service.rewards.api:REWARDS",
        pages="zhenzan.service.rewards.page:CARDS",
        commands=("zhenzan.cli.rewards", "zhenzan.cli.badges"),
    ),
    Room(
        "market",
        routes="zhenzan.service.market.api:MARKET",
        pages="zhenzan.service.market.page:MARKET",
        commands=("zhenzan.cli.market",),
    ),
    Room(
        "promote",
        tables="zhenzan.promote.tables",
        migrations="zhenzan.store.migrations.promote",
        subscribers="zhenzan.service.promotion.subscriber:subscribers",
        tasks="zhenzan.service.promotion.tasks:tasks",
        routes="zhenzan.service.promotion.routes:ROUTES",
        commands=("zhenzan.cli.promote",),
    ),
    Room(
        "ledger",
        tables="zhenzan.ledger.tables",
        routes="zhenzan.service.ledger.api:LEDGER",
        pages="zhenzan.service.ledger.page:LEDGER",
        commands=("zhenzan.cli.ledger",),
    ),
    Room("screen", subscribers="zhenzan.service.screen.subscriber:subscribers"),
    Room(
        "live",
        subscribers="zhenzan.service.live.refresh_totals:subscribers",
        routes="zhenzan.service.live.api:LIVE",
    ),
    Room("cases", routes="zhenzan.service.cases.api:CASES", pages="zhenzan.service.cases.page:CASES"),
    Room(
        "policies",
        tasks="zhenzan.service.policies.tasks:tasks",
        routes="zhenzan.service.policies.api:POLICIES",
        pages="zhenzan.service.policies.page:POLICIES",
    ),
    Room(
        "keys",
        routes="zhenzan.service.keys.api:KEYS",
        pages="zhenzan.service.keys.page:KEYS",
        commands=("zhenzan.cli.keys",),
    ),
    Room("signing_keys", routes="zhenzan.service.signing_keys.api:SIGNING_KEYS"),
    Room(
        "webhooks",
        subscribers="zhenzan.service.webhooks.subscriber:subscribers",
        tasks="zhenzan.service.webhooks.tasks:tasks",
        routes="zhenzan.service.webhooks.api:WEBHOOKS",
        pages="zhenzan.service.webhooks.page:WEBHOOKS",
    ),
    Room("document", pages="zhenzan.service.document.page:DOCUMENT"),
)
"""In the order in which subscribers are notified, pages stand in the bar and commands in the help."""


def parts(kind: str) -> Iterator[Any]:
    """The parts of one kind (a field of `Room`) that the rooms have, loaded, in their order."""
    for room in ROOMS:
        named = getattr(room, kind)
        for address in (named,) if isinstance(named, str) else named:
            if address:
                module, _, name = address.partition(":")
                yield getattr(import_module(module), name) if name else import_module(module)
