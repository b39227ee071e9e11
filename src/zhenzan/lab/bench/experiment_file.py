"""Experiment file schema: its tables, each key with its meaning, range and default."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, field

from zhenzan.config import Line, about, between, items_about, one_of
from zhenzan.lab.outputs.outcomes import SUMMARY
from zhenzan.lab.scenario.record import Section

__all__ = ["DEFAULT_OUTCOMES", "ArmTable", "ExperimentFile", "Settings", "Sweep"]

ARMS_MAX = 50
DEFAULT_OUTCOMES = (
    "buyer_profit_per_order",
    "seller_profit_per_order",
    "honest_views_stolen_share",
    "quality_watched",
    "false_sanction_share",
    "bubble",
)
_PARTS = "an experiment has a name, a scenario and arms"

Number = Annotated[int, Meta(ge=-(10**12), le=10**12)] | Annotated[float, Meta(ge=-1e12, le=1e12)]
File = Annotated[str, Meta(min_length=1)]


class Sweep(Section, frozen=True):
    """Keys of the scenario that take the same value, and the values one after another."""

    keys: Annotated[
        tuple[str, ...], items_about("Keys of the scenario that take the same value.", noun="keys")
    ]
    values: Annotated[
        tuple[Number, ...],
        items_about("The values that they take, one after another.", rising=True, value="rising numbers"),
    ]


class ArmTable(Section, frozen=True):
    """One policy, as its file has it."""

    name: Annotated[Line, about("Its name in the tables.", missing="an arm needs one")]
    title: Annotated[str, about("Its name in the report, in English.")] = ""
    title_zh: Annotated[str, about("Its name in the report, in Chinese.")] = ""
    against: Annotated[
        str,
        about(
            "The arm that it is held against, one with the same scenario and sweep; the first of these where "
            "it is left out."
        ),
    ] = ""
    scenario: Annotated[
        File | None, about("Another scenario file for this arm.", must_be="the name of a scenario file")
    ] = None
    swept: Annotated[
        bool, about("`false`: this arm runs once, as it is, and not at every value of the sweep.")
    ] = True
    changes: Annotated[
        dict[str, Any],
        about(
            'Keys of the scenario that differ: `detector.recall = 0.5`; `"seller.tiny.accounts" = 900`; '
            '`"seller.*.adapts" = false`.',
            hint="write [arm.changes]",
        ),
    ] = field(default_factory=dict)


class Settings(Section, frozen=True, kw_only=True):
    """Settings of an experiment besides its scenarios."""

    name: Annotated[Line, about("What the experiment is called.", missing=_PARTS)]
    replicates: Annotated[int, between(2, 10_000, "Worlds for each arm.")] = 20
    first_seed: Annotated[
        int, between(0, 2**40, "Replicate r of every arm has the seed `first_seed` + r.")
    ] = 1000
    outcomes: Annotated[
        tuple[Annotated[str, one_of(tuple(SUMMARY), "")], ...],
        items_about(
            "Which [numbers](../explanation/lab.md#what-a-run-comes-to) report and command show; the tables "
            "hold all."
        ),
    ] = DEFAULT_OUTCOMES
    arms: Annotated[
        tuple[ArmTable, ...],
        items_about(
            "The policies; the first of a scenario is what the others are held against.",
            most=ARMS_MAX,
            missing=_PARTS,
            unique=("name", "is taken by another arm"),
        ),
    ] = field(name="arm")


class ExperimentFile(Settings, frozen=True, kw_only=True):
    """A whole experiment file."""

    scenario: Annotated[
        File,
        about(
            "A [scenario file](scenario.md), relative to this file.",
            missing=_PARTS,
            must_be="the name of a scenario file",
        ),
    ]
    sweep: Annotated[Sweep | None, about("Runs arms at one value after another.")] = None
