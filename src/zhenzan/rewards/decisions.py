"""Decisions by people about accounts, as the reward rules see them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Decision"]


class Decision(NamedTuple):
    """A person's decision about an account. It is in force for likes that came in by `until` (µs); likes that
    come later are the model's to judge.
    """

    is_fake: bool
    until: int
