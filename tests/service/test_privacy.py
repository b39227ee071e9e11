"""What others did is nobody's business: two worlds that differ only in it answer byte for byte alike."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, Api, started
from tests.service.test_rewards import FANS, Caller, card_of, likes

from zhenzan.service import Role
from zhenzan.service.pages.base import COOKIE

ME, OTHER, THIRD = FANS[0], FANS[1], FANS[2]
PUBLIC = (
    r'"(out|left)": ?\d+',  # cards that are out, pieces that are left: GET /v1/catalogue
    r'"checkpoint": ?"[^"]*"',  # how much the ledger holds, and its root: GET /v1/ledger/checkpoint
    r'"path": ?\[[^\]]*\]',  # hashes from an own event to that root: GET /v1/ledger/proof
)
"""The facts about others that everybody may see; docs/reference/public.md names them."""
PAGES = ("/cards", "/cards?all=1", "/market", "/creators", "/creator", "/ledger")
PUBLIC_OF_PAGES = (
    r"[\d,]+ left",  # as in the catalogue
    r"<pre[^>]*>.*?</pre>",  # the checkpoint
)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path, Path]:
    """One service after a settlement, and a copy of it; keys open both."""
    folder = tmp_path_factory.mktemp("privacy")
    with started(folder / "quiet", catalogue=CATALOGUE) as api:
        assert api.post("/v1/interactions", json=likes()).status_code == 200
        api.settle()
        keys = {
            "viewer": api.key(Role.viewer, ME),
            "creator": api.key(Role.creator, "c9"),
            "platform": api.key(Role.platform),
            "other": api.key(Role.viewer, OTHER),
            "third": api.key(Role.viewer, THIRD),
            "analyst": api.key(Role.analyst),
        }
    shutil.copytree(folder / "quiet", folder / "busy")
    return keys, folder / "quiet", folder / "busy"


def keyed(api: Api, key: str) -> Caller:
    caller = Caller.__new__(Caller)
    caller.client, caller.headers = api.client, {"Authorization": f"Bearer {key}"}
    return caller


def live(api: Api, keys: dict[str, str]) -> list[str]:
    """All that another may do that is nobody's business; gives the ids that it made."""
    other, third, analyst = (keyed(api, keys[name]) for name in ("other", "third", "analyst"))
    mine = card_of(third)
    offer = other.post("/v1/market/offers", edition="summer-card", serial=mine, price=3)
    ids = [offer.json()["id"]]
    ids.append(other.post("/v1/market/offers", edition="summer-card", serial=mine, price=4).json()["id"])
    assert third.post(f"/v1/market/offers/{ids[1]}/accept").status_code == 200
    ids.append(other.post("/v1/redemptions", offer="tea-coupon").json()["id"])
    ids.append(other.post("/v1/appeals", text="I am a person").json()["id"])
    other.post("/v1/decorations", edition="summer-card", serial=card_of(other), motto="hello")
    case = analyst.post("/v1/cases", kind="account", subject=OTHER, why="odd")
    assert case.status_code == 201, case.text
    ids.append(case.json()["id"])
    decided = analyst.post(f"/v1/cases/{ids[-1]}/decision", decision="fake", text="bought")
    ids += [event["id"] for event in analyst.get("/v1/ledger/events", limit=200).json()["events"]]
    assert decided.status_code in (200, 201), decided.text
    return ids


def answers_of(api: Api, keys: dict[str, str], ids: list[str]) -> dict[tuple[str, str], str]:
    """Each answer that a viewer, a creator and a platform get, less the public facts."""
    paths = api.get("/v1/openapi.json").json()["paths"]
    answers: dict[tuple[str, str], str] = {}

    def note(who: str, what: str, answer: httpx.Response, public: tuple[str, ...] = PUBLIC) -> None:
        text = answer.text
        for pattern in public:
            text = re.sub(pattern, "PUBLIC", text, flags=re.DOTALL)
        answers[who, what] = f"{answer.status_code} {text}"

    for who in ("viewer", "creator", "platform"):
        caller = keyed(api, keys[who])
        account = {"account": ME} if who == "platform" else {}
        for path, methods in paths.items():
            if "get" in methods and path not in ("/v1/live", "/metrics") and "/health" not in path:
                url = re.sub(r"\{[^}]*\}", "1", path)
                extra: dict[str, Any] = {"edition": "summer-card", "serial": 1}
                note(who, path, caller.get(url, **account, **extra))
        for id in [*ids, "summer-card/2", "summer-card/3"]:
            note(who, f"proof {id}", caller.get("/v1/ledger/proof", of=id, **account))
            if who != "creator":
                note(who, f"accept {id}", caller.post(f"/v1/market/offers/{id}/accept", **account))
                note(who, f"withdraw {id}", caller.delete(f"/v1/market/offers/{id}", **account))
                note(who, f"take off {id}", caller.delete(f"/v1/market/listings/{id}", **account))
    for who in ("viewer", "creator"):
        cookie = {"Cookie": f"{COOKIE}={api.core.sessions.begin(keys[who])}"}
        for path in PAGES:
            answer = api.client.get(path, headers=cookie, follow_redirects=False)
            note(who, path, answer, PUBLIC_OF_PAGES)
    return answers


def test_the_deeds_of_others_change_no_answer(
    worlds: tuple[dict[str, str], Path, Path],
) -> None:
    keys, quiet, busy = worlds
    with started(busy, catalogue=CATALOGUE) as api:
        waits = _waits(api)
        ids = live(api, keys)
        waits()
        after = answers_of(api, keys, ids)
    with started(quiet, catalogue=CATALOGUE) as api:
        _waits(api)
        before = answers_of(api, keys, ids)
    assert before.keys() == after.keys()
    assert len(before) > 300
    for name, text in before.items():
        assert text == after[name], name


def _waits(api: Api) -> Callable[[], None]:
    """Until the settlement is taken up; gives what waits until what people decided is, too."""
    wait_until(lambda: api.core.settlements.current is not None)
    return lambda: wait_until(lambda: api.core.pay_rewards.is_up_to_date)
