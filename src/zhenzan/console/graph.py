"""Ring graph for the console: a ring's accounts and the items they were paid to like, laid out for
drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Graph", "Node", "ring_graph"]

ACCOUNTS_MAX, ITEMS_MAX = 60, 24
WIDTH, HEIGHT, MARGIN = 960.0, 560.0, 26.0
ROUNDS = 220


@dataclass(frozen=True)
class Node:
    """A node: an account or item, its position, its size, and how many of its edges are shown and hidden."""

    kind: str
    id: str
    x: float
    y: float
    size: float
    likes: int


@dataclass(frozen=True)
class Graph:
    """Nodes, and edges between them by number. `hidden`: accounts and items that are left out."""

    nodes: Sequence[Node]
    lines: Sequence[tuple[int, int]]
    hidden: int
    width: float = WIDTH
    height: float = HEIGHT


def ring_graph(likes: Sequence[tuple[str, str]]) -> Graph:
    """The graph of fake likes (account, item) of a ring: the busiest 24 items and 60 accounts.

    Deterministic. Cost: some 50 ms.
    """
    busiest = set(_first((item for _, item in likes), ITEMS_MAX))
    among = [pair for pair in likes if pair[1] in busiest]
    accounts = _first((account for account, _ in among), ACCOUNTS_MAX)
    shown = sorted({pair for pair in among if pair[0] in set(accounts)})
    items = _first((item for _, item in shown), ITEMS_MAX)
    number = {("item", id): i for i, id in enumerate(items)}
    number |= {("account", id): i for i, id in enumerate(accounts, len(items))}
    lines = [(number["account", account], number["item", item]) for account, item in shown]
    places = _layout(len(number), np.array(lines, np.int64).reshape(-1, 2))
    degree = Counter(end for line in lines for end in line)
    nodes = [
        Node(kind, id, float(places[i, 0]), float(places[i, 1]), 4 + 1.6 * degree[i] ** 0.5, degree[i])
        for (kind, id), i in number.items()
    ]
    everything = {one for one, _ in likes} | {("", item) for _, item in likes}
    return Graph(nodes, lines, len(everything) - len(nodes))


def _first(ids: Iterable[str], most: int) -> list[str]:
    """The ids that come most often, at most so many."""
    return [id for id, _ in sorted(Counter(ids).items(), key=lambda counted: (-counted[1], counted[0]))][
        :most
    ]


def _layout(count: int, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Fruchterman and Reingold's springs (1991), from places on a spiral; scaled to the drawing."""
    turn = np.arange(count) * 2.399963
    places = np.sqrt(np.arange(count) + 0.5)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    if count < 2:
        return np.full((count, 2), [WIDTH / 2, HEIGHT / 2])
    spacing = 1.6
    for round_ in range(ROUNDS):
        apart = places[:, None] - places[None]
        distance = np.sqrt((apart**2).sum(2)) + 1e-3
        push = (apart * (spacing**2 / distance**2)[:, :, None]).sum(1)
        along = places[lines[:, 0]] - places[lines[:, 1]]
        pull = along * (np.sqrt((along**2).sum(1)) / spacing)[:, None]
        np.add.at(push, lines[:, 0], -pull)
        np.add.at(push, lines[:, 1], pull)
        push -= 0.08 * places  # to the middle: what hangs on nothing must not drift away
        size = np.sqrt((push**2).sum(1)) + 1e-9
        heat = 1.2 * (1 - round_ / ROUNDS)
        places = places + push / size[:, None] * np.minimum(size, heat)[:, None]
    low, high = places.min(0), places.max(0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    return np.asarray(MARGIN + (places - low) / np.maximum(high - low, 1e-9) * room)
