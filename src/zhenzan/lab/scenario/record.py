"""Base record of scenario sections: their error, and their number types."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zhenzan import config
from zhenzan.errors import ScenarioError

__all__ = ["Coins", "InvalidKeyError", "Section", "Share", "Sizes", "Spread"]

Share = Annotated[float, Meta(ge=0, le=1)]
Coins = Annotated[float, Meta(ge=0, le=1e6)]
Spread = Annotated[float, Meta(ge=0, le=3)]
Sizes = tuple[Annotated[int, Meta(ge=1, le=1_000_000)], ...]


class InvalidKeyError(config.InvalidKeyError, ScenarioError):
    """A value of the scenario is not allowed. `key` is its path, e.g. `("seller", 0, "strategy")`."""


class Section(config.Record, frozen=True):
    """A table of a scenario or an experiment. Raises `InvalidKeyError` where a value is not allowed."""

    refuses: ClassVar[type[config.InvalidKeyError]] = InvalidKeyError
