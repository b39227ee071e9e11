"""Fraud loss: the points and cards that fake likes would have taken if every like were paid at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.earned_claims import Claim, claims
from zhenzan.rewards.rules import Rule
from zhenzan.verify import Result

__all__ = ["FraudLoss", "fraud_losses"]


@dataclass(frozen=True)
class FraudLoss:
    """Fraud loss of one rule, in cards or points: `granted` for what is settled now. If every like were paid
    at once: `paid_unchecked` in all, of it `to_fakes`, and `to_uncertain` likes that may settle yet;
    `displaced`: what the genuine earned and would have missed, because a budget, a cap or a first-so-many was
    used up before.
    """

    rule: str
    most: int
    granted: int
    paid_unchecked: int
    to_fakes: int
    to_uncertain: int
    displaced: int


def fraud_losses(result: Result, catalogue: Catalogue) -> list[FraudLoss]:
    """Rule by rule, what settled likes are paid beside what all would be. Cost: three runs of the rules.

    Limits are met in the order in which things were earned; editions and budgets that rules share, rule by
    rule.
    """
    paid = _paid(claims(result, catalogue), catalogue)
    hopeful = _paid(claims(result, catalogue, counting="not fake"), catalogue)
    unchecked = _paid(claims(result, catalogue, counting="all"), catalogue)
    losses = []
    for rule in catalogue.granting.values():
        mine, theirs = paid[rule.id], unchecked[rule.id]
        genuine, maybe = (
            sum(min(amount, payments[rule.id].get(key, 0)) for key, amount in theirs.items())
            for payments in (paid, hopeful)
        )
        losses.append(
            FraudLoss(
                rule.id,
                _most(rule, catalogue),
                sum(mine.values()),
                sum(theirs.values()),
                sum(theirs.values()) - max(maybe, genuine),
                max(maybe - genuine, 0),
                sum(mine.values()) - genuine,
            )
        )
    return losses


def _paid(claims: Iterable[Claim], catalogue: Catalogue) -> dict[str, dict[str, int]]:
    """What each claim is paid while there is something left, by rule and claim."""
    rules = catalogue.granting
    left = {edition.id: edition.cap for edition in catalogue.editions} | catalogue.budgets()
    left["mint"] = catalogue.points.cap
    paid: dict[str, dict[str, int]] = {id: {} for id in rules}
    for claim in claims:
        rule = rules[claim.rule]
        purse = rule.edition or catalogue.budget_account(rule)
        amount = min(claim.grants if rule.edition else rule.worth(claim.grants), left[purse])
        left[purse] -= amount
        paid[claim.rule][claim.key] = amount
    return paid


def _most(rule: Rule, catalogue: Catalogue) -> int:
    edition = catalogue.edition(rule.edition)
    if edition is not None:
        return edition.cap
    return catalogue.budgets().get(catalogue.budget_account(rule), catalogue.points.cap)
