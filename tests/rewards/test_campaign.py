"""A brand's campaign, end to end: 40 % of the likes of its films are bots', and bots get nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow.compute as pc
import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

import zhenzan
from zhenzan.errors import RedemptionError
from zhenzan.ledger import Ledger, SigningKey, check
from zhenzan.rewards import Redemptions, claims, fraud_losses, load_catalogue, reconcile

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "brand-campaign"


def test_the_samples_go_to_people_and_the_report_says_what_bots_would_have_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))  # as for a script of that folder
    spec = importlib.util.spec_from_file_location("make_log", EXAMPLE / "make_log.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    log, bots = example.likes()
    catalogue = load_catalogue(EXAMPLE / "catalogue.toml")
    films = log.filter(pc.equal(log["creator"], "brand"))
    share = sum(account in bots for account in films["account"].to_pylist()) / films.num_rows
    assert 0.39 < share < 0.41
    result = zhenzan.verify(log)
    with Ledger.open(tmp_path / "campaign.sqlite", key=SigningKey("test", bytes(range(32)))) as ledger:
        reconcile(ledger, catalogue, claims(result, catalogue))
        shop = Redemptions(ledger, catalogue)
        holders = [
            account
            for (account,) in ledger.database.fetch(
                "SELECT account FROM grants WHERE rule = 'collect' ORDER BY key"
            )
        ]
        for account in holders[:400]:
            assert shop.redeem(account, "sample").state == "confirmed"
        with pytest.raises(RedemptionError, match="the limit per account is 1"):
            shop.redeem(holders[0], "sample")
        for bot in sorted(bots)[:20]:
            with pytest.raises(RedemptionError, match="holds no card"):
                shop.redeem(bot, "sample")
        paid = {account for (account,) in ledger.database.fetch("SELECT account FROM grants")}
        assert not bots & paid
        assert ledger.balance("budget:like").available >= 0
        assert shop.left("sample") == 5_000 - 400
        check(ledger)
    collect = next(loss for loss in fraud_losses(result, catalogue) if loss.rule == "collect")
    assert collect.granted == len(holders) > 4_000
    assert collect.paid_unchecked == 5_000
    assert collect.to_fakes > 1_000
    assert collect.displaced > 500
    assert collect.paid_unchecked == (
        collect.granted - collect.displaced + collect.to_fakes + collect.to_uncertain
    )
