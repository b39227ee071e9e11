"""A simulated world: its log, the truth about every row, and its outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.lab.outputs.manifest import manifest_of
from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.scenario import Scenario

__all__ = ["World"]


@dataclass(frozen=True)
class World:
    """One run of a scenario with one seed.

    `interactions` is the log, what a platform would see; `truth` is aligned with it row by row; `accounts`
    and `items` are the truth about those that the log names. Schemas are in `table_schemas`. The same
    scenario and seed give the same bytes, whatever the number of threads.
    """

    scenario: Scenario
    seed: int
    interactions: pa.Table
    truth: pa.Table
    accounts: pa.Table
    items: pa.Table
    outcomes: Outcomes
    timings_seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def likes(self) -> pa.Table:
        """The log's likes only, with the truth's columns beside them, in order of time."""
        joined = self.interactions
        for name in self.truth.schema.names:
            joined = joined.append_column(self.truth.schema.field(name), self.truth[name])
        return joined.filter(pc.equal(joined["kind"].cast(pa.string()), "like"))

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest: scenario, seed, versions."""
        return manifest_of(self.scenario, self.seed)
