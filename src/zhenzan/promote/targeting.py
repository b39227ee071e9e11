"""Whom an order wants to reach, as bit masks over flights.

For each region, hour and interest one row of bits says which flights take it. What fits a slot is then the
bitwise and of three rows, 64 flights an instruction, whatever an order names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhenzan.errors import PromotionError, did_you_mean
from zhenzan.promote.kernels.arguments import MaskArrays

__all__ = ["HOURS", "Audience", "Masks", "Targeting"]

HOURS = 24
WORD_BITS = 64
VALUES_MAX = 65_535  # regions, interests; indices are 16 bits in the log


@dataclass(frozen=True, slots=True)
class Targeting:
    """Regions (ISO 3166), hours of the viewer's clock (0 to 23), interests; an empty set is all of them.

    `excluded`: viewers who never see it: accounts of the buyer and of the creator, and fans where the order
    does not want them.
    """

    regions: frozenset[str] = frozenset()
    hours: frozenset[int] = frozenset()
    interests: frozenset[str] = frozenset()
    excluded: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        wrong = sorted(hour for hour in self.hours if not 0 <= hour < HOURS)
        if wrong:
            raise PromotionError(f"there is no hour {wrong[0]}; hours are 0 to 23 of the viewer's clock")


@dataclass(frozen=True)
class Audience:
    """The words that orders may name. A region or interest outside of them has the last index, `others`."""

    regions: tuple[str, ...]
    interests: tuple[str, ...]
    _region_index: dict[str, int] = field(init=False, repr=False, compare=False)
    _interest_index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, words in (("regions", self.regions), ("interests", self.interests)):
            if len(set(words)) != len(words) or len(words) >= VALUES_MAX:
                raise PromotionError(f"{name} are distinct, and fewer than {VALUES_MAX:,}")
        object.__setattr__(self, "_region_index", {word: n for n, word in enumerate(self.regions)})
        object.__setattr__(self, "_interest_index", {word: n for n, word in enumerate(self.interests)})

    def region(self, word: str) -> int:
        """The index of a region of a slot."""
        return self._region_index.get(word, len(self.regions))

    def interest(self, word: str) -> int:
        """The index of an interest of a slot."""
        return self._interest_index.get(word, len(self.interests))

    def region_indices(self, words: Iterable[str]) -> list[int]:
        """Indices of what an order names; all, and others, where it names none. Raises PromotionError."""
        return _indices(words, self._region_index, "region")

    def interest_indices(self, words: Iterable[str]) -> list[int]:
        """The same for interests."""
        return _indices(words, self._interest_index, "interest")


def _indices(words: Iterable[str], index: dict[str, int], name: str) -> list[int]:
    words = sorted(words)
    unknown = [word for word in words if word not in index]
    if unknown:
        raise PromotionError(f"there is no {name} {unknown[0]!r} to target{did_you_mean(unknown[0], index)}")
    return [index[word] for word in words] or list(range(len(index) + 1))


class Masks:
    """Which of up to `capacity` flights take a region, an hour, an interest."""

    def __init__(self, audience: Audience, capacity: int) -> None:
        words = capacity // WORD_BITS
        assert words * WORD_BITS == capacity, "room for whole words of flights"
        self.audience = audience
        values = (len(audience.regions) + 1, HOURS, len(audience.interests) + 1)
        self.arrays = MaskArrays(*(np.zeros((count, words), np.uint64) for count in values))

    def set(self, flight: int, targeting: Targeting) -> None:
        """Write the bits of one flight. Raises PromotionError, and writes none, where a word is unknown."""
        regions = self.audience.region_indices(targeting.regions)
        interests = self.audience.interest_indices(targeting.interests)
        hours = sorted(targeting.hours) or list(range(HOURS))
        for mask, values in zip(self.arrays, (regions, hours, interests), strict=True):
            _write_bit(mask, flight, values)

    def clear(self, flight: int) -> None:
        """Take the flight out of all rows."""
        for mask in self.arrays:
            _write_bit(mask, flight, [])


def _write_bit(mask: npt.NDArray[np.uint64], flight: int, values: list[int]) -> None:
    bit = np.uint64(1) << np.uint64(flight % WORD_BITS)
    mask[:, flight // WORD_BITS] &= ~bit
    mask[values, flight // WORD_BITS] |= bit
