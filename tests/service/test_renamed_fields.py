"""Fields of the API that were renamed: an answer gives both names, and the document says which is old."""

from __future__ import annotations

from pathlib import Path

from tests.service.conftest import CATALOGUE, started
from tests.service.test_rewards import Caller

from zhenzan.deprecation import REMOVED_IN
from zhenzan.ledger import OpenAccount, Phase, Transfer
from zhenzan.rewards import load_catalogue, points_account
from zhenzan.rewards.reconcile import opening_commands
from zhenzan.service import Role

RENAMED = {
    "HoldingsAnswer": {"held": "debits_pending", "coming": "credits_pending"},
    "Entry": {"held": "debits_pending"},
    "AuditEvents": {"deeds": "events"},
}


def test_answers_give_both_names(tmp_path: Path) -> None:
    with started(tmp_path / "home", catalogue=CATALOGUE) as api:
        ledger, catalogue = api.core.ledger, load_catalogue(CATALOGUE)
        mine, asset = points_account(ledger, "ann"), catalogue.points.id
        ledger.submit([
            *opening_commands(catalogue),
            OpenAccount(id=mine, asset=asset, owner="ann"),
            Transfer(id="given", debit="mint", credit=mine, asset=asset, amount=9),
            Transfer(id="bid", debit=mine, credit="fee", asset=asset, amount=4, phase=Phase.pending),
            Transfer(id="hope", debit="mint", credit=mine, asset=asset, amount=2, phase=Phase.pending),
        ])  # fmt: skip
        holdings = Caller(api, Role.viewer, "ann").get("/v1/holdings").json()
        operator = Caller(api, Role.operator)
        assert operator.post("/v1/keys", role="platform").status_code == 201
        audit = operator.get("/v1/audit").json()
        history = operator.get(f"/v1/ledger/accounts/{mine}").json()["entries"]
        schemas = api.get("/v1/openapi.json").json()["components"]["schemas"]
    assert (holdings["points"], holdings["debits_pending"], holdings["credits_pending"]) == (5, 4, 2)
    assert [event["what"].split()[0] for event in audit["events"]] == ["makes"]
    assert [entry["debits_pending"] for entry in history] == [0, 4, 4]
    answers = {"HoldingsAnswer": holdings, "AuditEvents": audit, "Entry": history[1]}
    for record, names in RENAMED.items():
        answer = answers[record]
        for old, new in names.items():
            assert answer[old] == answer[new]
            about = schemas[record]["properties"]
            assert about[old]["deprecated"] is True
            assert about[old]["description"] == f"The old name of `{new}`; goes in {REMOVED_IN}."
            assert "deprecated" not in about[new]
