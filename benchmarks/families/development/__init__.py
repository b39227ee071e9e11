"""The development half of the families of worlds: what a detector may be tuned on."""

from __future__ import annotations

from benchmarks.families.contract import Family
from benchmarks.families.development import mixes

FAMILIES: dict[str, Family] = {
    "crowds": mixes.crowds,
    "throwaway": mixes.throwaway,
    "zones": mixes.three_zones,
    "strict": mixes.strict,
    "market": mixes.market,
    "small": mixes.small,
    "large": mixes.large,
    "quiet": mixes.quiet,
    "audiences": mixes.audiences,
}

__all__ = ["FAMILIES"]
