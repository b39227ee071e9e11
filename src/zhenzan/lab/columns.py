"""Columnar records: many rows of the same fields, one array per field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import are_sizes

__all__ = ["Columns", "joined"]


@dataclass(frozen=True)
class Columns:
    """Arrays of one length."""

    def __post_init__(self) -> None:
        assert are_sizes(len(self), *vars(self).values())

    def __len__(self) -> int:
        return len(next(iter(vars(self).values())))

    def take(self, rows: npt.NDArray[np.generic] | slice) -> Self:
        """These rows; of a slice sharing memory."""
        return type(self)(*(column[rows] for column in vars(self).values()))


Record = TypeVar("Record", bound=Columns)


def joined(parts: Sequence[Record]) -> Record:
    """One record of many, at least one."""
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return type(parts[0])(*map(np.concatenate, columns))
