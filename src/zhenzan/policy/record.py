"""Base record of policy sections: their error, and decibans."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zhenzan import config
from zhenzan.errors import PolicyError

__all__ = ["DECIBANS_MAX", "Decibans", "InvalidKeyError", "PolicyRecord", "UpToDecibans"]

DECIBANS_MAX = 100.0  # ten billion to one: no single reason can say more

Decibans = Annotated[float, Meta(ge=-DECIBANS_MAX, le=DECIBANS_MAX)]
UpToDecibans = Annotated[float, Meta(ge=0, le=DECIBANS_MAX)]


class InvalidKeyError(config.InvalidKeyError, PolicyError):
    """A value of the policy is not allowed. `key` is its path, e.g. `("rule", 0, "weight")`."""


class PolicyRecord(config.Record, frozen=True):
    """A table of a policy. Raises `InvalidKeyError` where a value is not allowed."""

    refuses: ClassVar[type[config.InvalidKeyError]] = InvalidKeyError
