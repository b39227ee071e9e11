"""Make a small service folder with a version of Zhenzan, to be opened by later ones in the tests.

    PYTHONPATH=THAT/VERSION/src python scripts/make_old_home.py OUT.tar.xz --catalogue examples/catalogue.toml

Four fans like fifty items of five creators over a fortnight; their likes are settled and paid; one redeems,
one sells a card, one lets one, an offer and a bid stand, an appeal and a case wait, another case was decided,
a policy is in shadow, somebody subscribed to events. Packed, the folder has some 50 kB.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from zhenzan.policy import Policy
from zhenzan.service import Core, Role, Settings, make_app
from zhenzan.settlement import run_settlement

FANS = [f"fan-{number}" for number in range(4)]
EPOCH = 1_000_000_000


def likes() -> list[dict[str, Any]]:
    rows = [
        {
            "id": f"{fan}-{i}",
            "account": fan,
            "item": f"v{i}",
            "creator": f"c{i % 5}",
            "timestamp": f"2026-03-{1 + i // 4:02}T{8 + number:02}:{i % 60:02}:00Z",
        }
        for number, fan in enumerate(FANS)
        for i in range(50)
    ]
    long = "did:example:" + "q" * 70
    return rows + [row | {"account": long, "id": f"long-{row['id']}"} for row in rows[:50]]


def wait_until(what: Any) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.1)
    raise SystemExit("the service does not get on")


def fill(home: Path, catalogue: Path) -> dict[str, Any]:
    """Live in it; gives what the service says of it at the end."""
    settings = Settings(home, segment_seconds=0.2, catalogue=catalogue)
    with Core(settings) as core, TestClient(make_app(core)) as client:
        keys = {fan: core.api_keys.create(fan, Role.viewer, fan) for fan in FANS}
        keys["staff"] = core.api_keys.create("staff", Role.analyst)
        keys["operator"] = core.api_keys.create("operator", Role.operator)
        keys["platform"] = core.api_keys.create("platform", Role.platform)

        def ask(who: str, method: str, path: str, **options: Any) -> Any:
            headers = {"Authorization": f"Bearer {keys[who]}"} | options.pop("headers", {})
            answer = client.request(method, f"/v1/{path}", headers=headers, **options)
            if answer.status_code >= 400:
                raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
            return answer.json() if answer.text else None

        ask("platform", "POST", "interactions", json=likes())
        core.lake.flush()
        run_settlement(home, Policy.default())
        wait_until(lambda: core.current_settlement is not None)

        def card(fan: str) -> int:
            cards = ask(fan, "GET", "holdings")["cards"]
            return int(next(held["serial"] for held in cards if held["edition"] == "summer-card"))

        def put_up(fan: str, kind: str, price: int) -> str:
            body = {"kind": kind, "edition": "summer-card", "serial": card(fan), "price": price}
            return str(ask(fan, "POST", "market/listings", json=body)["id"])

        once = {"Idempotency-Key": "redeem-1"}
        ask(FANS[0], "POST", "redemptions", json={"offer": "tea-coupon"}, headers=once)
        ask(FANS[1], "POST", "market/purchases", json={"listing": put_up(FANS[0], "fixed", 20)})
        ask(FANS[3], "POST", "market/rentals", json={"listing": put_up(FANS[2], "rent", 2), "days": 3})
        ask(FANS[0], "POST", "market/bids", json={"listing": put_up(FANS[3], "auction", 3), "price": 5})
        offer = {"edition": "summer-card", "serial": card(FANS[2]), "price": 7}
        ask(FANS[1], "POST", "market/offers", json=offer)
        ask(FANS[2], "POST", "appeals", json={"text": "I am a person"})
        case = ask("staff", "POST", "cases", json={"kind": "account", "subject": FANS[3], "why": "odd"})
        ask("staff", "POST", "cases", json={"kind": "account", "subject": FANS[2], "why": "odd too"})
        ask("staff", "POST", f"cases/{case['id']}/decision", json={"decision": "genuine", "text": "known"})
        draft = ask("staff", "POST", "policies", json={"text": 'format = 1\nname = "mine"\n'})
        ask("staff", "POST", f"policies/{draft['number']}/shadow")
        hook = {"url": "https://example.org/hook", "events": ["settlement.published"]}
        ask("operator", "POST", "webhooks", json=hook)
        core.lake.flush()
        run_settlement(home, Policy.default())
        wait_until(lambda: core.current_settlement is not None and core.current_settlement.number == 2)
        platform = {"account": None}
        holdings = {
            who: ask("platform", "GET", "holdings", params=platform | {"account": who})
            for who in {row["account"] for row in likes()}
        }
        return {"keys": keys, "holdings": holdings, "checkpoint": ask("staff", "GET", "ledger/checkpoint")}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("out", type=Path)
    words.add_argument("--catalogue", type=Path, required=True)
    options = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        state = fill(home, options.catalogue)
        (home / "told.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
        (home / "catalogue.toml").write_bytes(options.catalogue.read_bytes())
        with tarfile.open(options.out, "w:xz") as packed:
            packed.add(home, "home")
    print(f"{options.out}: {options.out.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
