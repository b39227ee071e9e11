"""Random number streams: every number is a function of the seed, its purpose, the agent and the step.

Streams are spawned by name (Philox, counter-based: Salmon et al., Parallel random numbers: as easy as 1, 2,
3, SC 2011), so that a part that draws more numbers than before leaves all others as they were: two policies
with the same seed have the same viewers, the same items and the same luck.
"""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["generator", "stream_key"]


def generator(seed: int, stream: str, *where: int) -> np.random.Generator:
    """A generator of its own for `stream` (a word) and, say, a day."""
    return np.random.Generator(np.random.Philox(_sequence(seed, stream, where)))


def stream_key(seed: int, stream: str) -> np.uint64:
    """The key of a stream whose numbers are drawn inside kernels, by agent and step."""
    return np.uint64(_sequence(seed, stream, ()).generate_state(1, np.uint64)[0])


def _sequence(seed: int, stream: str, where: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed, spawn_key=(zlib.crc32(stream.encode()), *where))
