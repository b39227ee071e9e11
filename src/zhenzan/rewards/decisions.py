"""Decisions by people about accounts, as the rules see them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Decision"]


class Decision(NamedTuple):
    """What people decided about an account. It is in force for likes that came in by `until` (µs); likes that
    come later are the model's to judge.
    """

    is_fake: bool
    until: int
