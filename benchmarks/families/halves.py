"""Both halves of the families, and which of them hire: quiet ones, where nothing is bought, rank nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.families import development, record
from benchmarks.families.contract import Family, FamilyWorld

QUIET = ("quiet", "audiences")  # where nothing is bought, or in some worlds nothing
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class HiringFamily:
    """A family in which likes are bought: its half ("development", "record"), name and maker."""

    half: str
    name: str
    make: Family

    def worlds(self, seeds: tuple[int, ...] = SEEDS) -> Iterator[FamilyWorld]:
        """The worlds of these seeds, drawn one at a time."""
        return (self.make(seed) for seed in seeds)


HIRING = tuple(
    HiringFamily(half, name, make)
    for half, families in (("development", development.FAMILIES), ("record", record.FAMILIES))
    for name, make in families.items()
    if name not in QUIET
)

__all__ = ["HIRING", "SEEDS", "HiringFamily"]
