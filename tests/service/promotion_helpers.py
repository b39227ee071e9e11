"""What tests of promotion start from: terms that are published, an item, money."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
from tests.service.conftest import Api

from zhenzan.service import Role

__all__ = ["FAR_HOUR", "TERMS", "Buyer", "selling"]

FAR_HOUR = (datetime.now(UTC).hour + 8 + 12) % 24
"""An hour of Shanghai's clock that is far from now."""
TERMS = """
format = 1
name = "test"
[[package]]
id = "likes"
title = "Likes"
minimum = 1
maximum = 1000
[[package.price]]
kind = "like"
tiers = [[1, 100], [100, 80]]
[[package]]
id = "bundle"
title = "Likes and comments"
minimum = 1
[[package.price]]
kind = "like"
tiers = [[1, 100]]
[[package.price]]
kind = "comment"
tiers = [[1, 300]]
[market]
regions = [["CN", "Asia/Shanghai"], ["SG", "Asia/Singapore"]]
interests = ["music", "food"]
slots_hour = 20000
viewers_day = 100000
like_rate = 0.2
comment_rate = 0.1
"""


def selling(api: Api, text: str = TERMS) -> Api:
    """The service, with terms that are published."""
    number = api.post("/v1/promotion/terms", json={"text": text}).json()["number"]
    answer = api.post(f"/v1/promotion/terms/{number}/publish")
    assert answer.status_code == 200, answer.text
    return api


class Buyer:
    """A buyer with money, whose own item may be promoted."""

    def __init__(self, api: Api, name: str = "c-1", item: str = "video-1", money: int = 100_000) -> None:
        self.api, self.name, self.item = api, name, item
        self.headers = {"Authorization": f"Bearer {api.key(Role.buyer, name)}"}
        api.post("/v1/promotion/items", json={"item": item, "creator": name})
        if money:
            assert self.post("/wallet/payments", amount=money).status_code == 201

    def post(self, path: str, key: str = "", language: str = "", **body: Any) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        headers |= {"Accept-Language": language} if language else {}
        return self.api.client.post(f"/v1/promotion{path}", json=body, headers=headers)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.api.client.get(f"/v1/promotion{path}", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wish(self, units: int = 10, **more: Any) -> dict[str, Any]:
        lines = [{"kind": "like", "units": units}]
        return {"item": self.item, "package": "likes", "lines": lines, "hours": 24} | more

    def order(self, units: int = 10, **more: Any) -> dict[str, Any]:
        """An order that is paid."""
        quote = self.post("/quotes", **self.wish(units, **more))
        assert quote.status_code == 201, quote.text
        answer = self.post("/orders", quote=quote.json()["id"])
        assert answer.status_code == 201, answer.text
        paid: dict[str, Any] = answer.json()
        return paid

    @property
    def balance(self) -> int:
        return int(self.get("/wallet")["balance"])
