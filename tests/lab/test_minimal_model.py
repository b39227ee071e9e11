"""The smallest world: right in the mean, even among items, the same on any number of threads."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.lab import minimal_world


def test_likes_are_as_many_and_as_even_as_chance_makes_them() -> None:
    agents, items, steps, chance = 50_000, 100, 20, 0.1
    likes = minimal_world(agents, items, steps, chance, 1)
    expected = agents * steps * chance
    assert abs(likes.sum() - expected) < 5 * np.sqrt(expected)
    chi_square = ((likes - likes.mean()) ** 2 / likes.mean()).sum()
    assert 50 < chi_square < 170  # 99 degrees of freedom


@settings(max_examples=20)
@given(st.integers(1, 9_000), st.integers(1, 50), st.integers(0, 4), st.floats(0, 1), st.integers(0, 2**40))
def test_threads_change_nothing(agents: int, items: int, steps: int, chance: float, seed: int) -> None:
    one, two = (minimal_world(agents, items, steps, chance, seed, threads=n) for n in (1, 2))
    assert (one == two).all()
    assert one.sum() <= agents * steps


def test_nobody_and_everybody() -> None:
    assert minimal_world(1_000, 7, 3, 0.0).sum() == 0
    assert minimal_world(1_000, 7, 3, 1.0).sum() == 3_000
