"""Counters of the screen, and the features of likes that they give."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from zhenzan.errors import LakeError
from zhenzan.screen.counter_table import CounterTable
from zhenzan.screen.features import ENTITIES, FEATURES, HALF_LIVES_SECONDS, PAIRS
from zhenzan.screen.kernels import decayed_counters

__all__ = ["BATCH_ROWS", "Counters", "Keys"]

FORMAT = 1  # of the file; what the first release wrote names none
BATCH_ROWS = 4096  # between which the tables may grow
ENTITIES_MAX, PAIRS_MAX = 1_250_000, 2_500_000  # as many as 2^21 and 2^22 slots may hold
ENTITY_WORDS, PAIR_WORDS = 8, 4
_PER_DAY = 1e-6 / HALF_LIVES_SECONDS[2]  # in µs; what minutes and hours keep follows from it
_NAMES = list(FEATURES)
_DISTINCT = (  # of each pair: the distinct count of either side, and in which column of its row it lies
    (("account_creators_day", 7), ("", 0)),
    (("account_devices_day", 8), ("device_accounts_day", 7)),
    (("account_ips_day", 9), ("ip_accounts_day", 7)),
    (("item_devices_day", 7), ("", 0)),
    (("item_ips_day", 8), ("", 0)),
)
_GROWS = np.array([[column for _, column in sides] for sides in _DISTINCT])
_SHOWN = np.array([[_NAMES.index(name) if name else -1 for name, _ in sides] for sides in _DISTINCT])
_CONCERNED = (*ENTITIES, "creator")
_SALTS = np.array([i * 0x9E3779B97F4A7C15 % 2**64 for i, _ in enumerate(_CONCERNED, 1)], np.uint64)
_TOGETHER = np.array([[_CONCERNED.index(name) for name in pair] for pair in PAIRS])

Keys = Mapping[str, npt.NDArray[np.uint64]]


class Counters:
    """Counts likes in order. The same likes in the same batches give the same features, always; batches of
    other sizes differ only in what is dropped once a table is full.

    Memory: at most 134 MB each for entities and pairs, half as much again while one grows; less while they
    are few.
    """

    def __init__(self, entities_max: int = ENTITIES_MAX, pairs_max: int = PAIRS_MAX) -> None:
        self.entities = CounterTable(ENTITY_WORDS, entities_max)
        self.pairs = CounterTable(PAIR_WORDS, pairs_max)

    def count(self, keys: Keys, times: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Features float32[likes, features] of likes in order. `keys`: a number for each account, item,
        creator, device, ip and region, 0 where there is none; `times` in µs.
        """
        out = np.empty((len(_NAMES), times.size), np.float32)  # each feature lies in one piece
        for begin in range(0, times.size, BATCH_ROWS):
            part = slice(begin, begin + BATCH_ROWS)
            names = np.stack([keys[name][part] for name in _CONCERNED])
            self.entities.make_room(len(ENTITIES) * names.shape[1])
            self.pairs.make_room(len(PAIRS) * names.shape[1])
            added, pairs_added = decayed_counters.count_likes(
                names,
                _SALTS,
                _TOGETHER,
                self.entities.keys,
                self.pairs.keys,
                times[part],
                _PER_DAY,
                decayed_counters.POWERS,
                decayed_counters.HALVES,
                _GROWS,
                _SHOWN,
                out,
                begin,
            )
            self.entities.count += added
            self.pairs.count += pairs_added
        return out.T

    def save(self, path: Path, sequence: int) -> None:
        """Write everything down, with the number of the next interaction; whole or not at all."""
        part = path.with_suffix(".new")
        with part.open("wb") as file:
            entities, pairs = _used(self.entities), _used(self.pairs)
            np.savez(file, entities=entities, pairs=pairs, sequence=sequence, format=FORMAT)
        part.replace(path)

    @classmethod
    def load(cls, path: Path, **limits: Any) -> tuple[Counters, int]:
        """What `save` wrote, and the number of the next interaction. Raises LakeError where it cannot be
        read, or a newer version of Zhenzan wrote it: whoever has the lake counts anew.
        """
        counters = cls(**limits)
        try:
            with np.load(path) as arrays:
                format = int(arrays["format"]) if "format" in arrays else 1
                if format > FORMAT:
                    raise ValueError(f"a newer version of Zhenzan wrote it, in the format {format}")
                for table, name in ((counters.entities, "entities"), (counters.pairs, "pairs")):
                    table.fill(arrays[name])
                return counters, int(arrays["sequence"])
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise LakeError(f"{path}: is not a file of counters ({error})") from None


def _used(table: CounterTable) -> npt.NDArray[np.uint64]:
    return table.keys[table.keys[:, 0] != 0]
