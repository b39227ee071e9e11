"""Layout of the ring network: a small spring layout within each ring, the rings packed in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Disc", "pack", "spring"]

ROUNDS = 120


@dataclass(frozen=True)
class Disc:
    """A circle in pixels."""

    x: float
    y: float
    radius: float


def spring(count: int, links: Sequence[tuple[int, int, float]]) -> list[tuple[float, float]]:
    """Points in the unit disc; linked ones near each other (Fruchterman & Reingold 1991)."""
    if count == 0:
        return []
    if count == 1:
        return [(0.0, 0.0)]
    angles = 2 * math.pi * np.arange(count) / count
    places = np.column_stack([np.cos(angles), np.sin(angles)])
    pull = np.zeros((count, count))
    for first, second, weight in links:
        pull[first, second] = pull[second, first] = weight
    ideal = 1.6 / math.sqrt(count)
    for turn in range(ROUNDS):
        gaps = places[:, None, :] - places[None, :, :]
        far = np.maximum(np.linalg.norm(gaps, axis=2), 1e-3)
        force = ideal**2 / far**2 - pull * far / ideal - 0.05
        np.fill_diagonal(force, 0.0)
        move = (gaps * force[:, :, None]).sum(axis=1)
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        heat = 0.15 * (1 - turn / ROUNDS)
        places += move / length * np.minimum(length, heat)
    places -= places.mean(axis=0)
    reach = np.linalg.norm(places, axis=1).max()
    return [(float(x), float(y)) for x, y in 0.92 * places / max(reach, 1e-9)]


def pack(sizes: Sequence[int], width: float) -> tuple[list[Disc], float]:
    """Discs for groups of the given sizes in rows of the given width, and the height of it all, in pixels."""
    gap, heading = 44.0, 48.0
    radii = [24.0 + 14.0 * math.sqrt(size) for size in sizes]
    discs: list[Disc] = []
    top = 0.0
    index = 0
    while index < len(radii):
        row = [radii[index]]
        used = 2 * radii[index] + gap
        while index + len(row) < len(radii) and used + 2 * radii[index + len(row)] + gap <= width:
            used += 2 * radii[index + len(row)] + gap
            row.append(radii[index + len(row)])
        tallest = max(row)
        space = (width - 2 * sum(row)) / len(row)
        left = space / 2
        for radius in row:
            discs.append(Disc(left + radius, top + heading + tallest, radius))
            left += 2 * radius + space
        top += heading + 2 * tallest + 16
        index += len(row)
    return discs, max(top, 40.0)
