"""Evidence kinds: the name, texts, needs and computation of one kind of evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.verify.evidence.features import Features

__all__ = ["SILENT", "Bins", "EvidenceKind", "Probability", "Sorting", "cut"]

Probability = npt.NDArray[np.floating[Any]]
Bins = npt.NDArray[np.int8]
SILENT = -1


@dataclass(frozen=True)
class Sorting:
    """How context evidence sorts likes into bins.

    `genuine`, `fake`: default share of each bin; `spares`: bins that never accuse. `compute` returns
    int8[pairs], `SILENT` where the kind has nothing to say.

    The defaults are plain guesses, kept mild: `genuine` is what an ordinary log looks like, `fake` how the
    crudest fakes look. A log of any size replaces the first, and the fakes that are found in it the second.
    """

    genuine: tuple[float, ...]
    fake: tuple[float, ...]
    compute: Callable[[Features, Probability], Bins]
    spares: tuple[int, ...] = ()


@dataclass(frozen=True)
class EvidenceKind:
    """One name under which evidence speaks.

    `title`, `for_fake` and `for_genuine` are messages of the catalogue, for people; `description` is the one
    sentence of `summary.json` and of the reference, of context evidence `for_fake` where it is left out.
    `needs`: columns of which the log must have one. `sorting`: of context evidence, which the key of its name
    in the policy's `[context]`, where there is one, turns off.
    """

    name: str
    title: str
    for_fake: str
    for_genuine: str
    description: str = ""
    needs: tuple[str, ...] = ()
    sorting: Sorting | None = None

    @property
    def explanation(self) -> str:
        """The kind's explanation in `summary.json` and the reference; "" where they say nothing."""
        return self.description or (self.for_fake if self.sorting else "")


def cut(values: npt.NDArray[Any], edges: tuple[float, ...]) -> Bins:
    """Bin 0 lies below the first edge; NaN is silent."""
    bins = np.zeros(values.size, np.int8)
    for edge in edges:
        bins += values >= edge
    bins[np.isnan(values)] = SILENT
    return bins
