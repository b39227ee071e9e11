"""Write the generated parts of docs/reference: the keys of files, from the records that read them."""

from __future__ import annotations

from pathlib import Path

from zhenzan.config import filled_page, reference_table
from zhenzan.lab import Scenario
from zhenzan.lab.bench.file import ArmTable, ExperimentFile
from zhenzan.lab.bench.model import Sweep
from zhenzan.lab.scenario import Seller
from zhenzan.policy import Curve, Joint, Policy, Reputation, Rule, Weights
from zhenzan.promote import terms
from zhenzan.promote.orders import MEANINGS
from zhenzan.promote.transitions import FROM
from zhenzan.rewards import catalogue, catalogue_tables, records, rules

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def states_table() -> str:
    """Each state of an order, what it means, and which commands it allows."""
    rows = ["| state | means | commands |", "| --- | --- | --- |"]
    for state, meaning in MEANINGS.items():
        names = sorted(command.__name__ for command, states in FROM.items() if state in states)
        commands = ", ".join(f"`{name}`" for name in names if name not in ("AddOutcome", "Judge"))
        rows.append(f"| `{state}` | {meaning} | {commands or '–'} |")
    return "\n".join(rows)


PARTS: dict[str, dict[str, str]] = {
    "policy.md": {
        "default": f"```toml\n{Policy.default().to_toml()}```",
        "rule": reference_table(Rule),
        "weights": reference_table(Weights),
        "weights.feature": reference_table(Curve),
        "weights.joint": reference_table(Joint),
        "weights.reputation": reference_table(Reputation),
    },
    "scenario.md": {
        "default": f"```toml\n{Scenario().to_toml()}```",
        "seller": reference_table(Seller),
    },
    "experiment.md": {
        "experiment": reference_table(ExperimentFile),
        "sweep": reference_table(Sweep),
        "arm": reference_table(ArmTable),
    },
    "promotion.md": {
        "terms": reference_table(terms.Terms),
        "package": reference_table(terms.Offer),
        "package.price": reference_table(terms.KindPrices),
        "caps": reference_table(terms.Caps),
        "review": reference_table(terms.Review),
        "delivery": reference_table(terms.Delivery),
        "market": reference_table(terms.Market),
        "states": states_table(),
    },
    "catalogue.md": {
        "catalogue": reference_table(catalogue.Catalogue),
        "points": reference_table(catalogue.Points),
        "edition": reference_table(catalogue.Edition),
        "rule": reference_table(rules.Rule),
        **{
            f"rule.{kind.__struct_config__.tag}": reference_table(kind, beyond=rules.Rule)
            for kind in rules.RULES
        },
        "rule.step": reference_table(rules.Step),
        "depth": reference_table(records.Depth),
        "rule.then": reference_table(rules.Then),
        "campaign": reference_table(catalogue.Campaign),
        "ladder": reference_table(catalogue.Ladder),
        "ladder.level": reference_table(catalogue.Grade),
        "right": reference_table(catalogue.Right),
        "right.by": reference_table(catalogue_tables.Source),
        "offer": reference_table(catalogue.Offer),
        "market": reference_table(catalogue.Market),
        "credentials": reference_table(catalogue.Issuing),
    },
}


def main() -> None:
    for name, parts in PARTS.items():
        page = REFERENCE / name
        try:
            filled = filled_page(page.read_text(encoding="utf-8"), parts)
        except ValueError as error:
            raise SystemExit(f"docs/reference/{name}: {error}") from None
        page.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
