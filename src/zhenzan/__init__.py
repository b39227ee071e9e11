"""Zhenzan 真赞: tell genuine likes from bought ones.

    import zhenzan

    result = zhenzan.verify("likes.parquet")
    result.items  # claimed and verified likes of every item, an Arrow table

Names are imported when first used, so that `import zhenzan` costs next to nothing. `zhenzan.verify` is both
the room and, called, the function `zhenzan.verify.verify`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from zhenzan.deprecation import accept_old_modules
from zhenzan.version import __version__

__all__ = [
    "CalibrationError",
    "Explanation",
    "InputError",
    "Policy",
    "PolicyError",
    "Result",
    "ResultError",
    "ScenarioError",
    "ZhenzanError",
    "__version__",
    "calibrate",
    "load_policy",
    "look",
    "open_log",
    "verify",
]

if TYPE_CHECKING:
    from zhenzan.errors import (
        CalibrationError,
        InputError,
        PolicyError,
        ResultError,
        ScenarioError,
        ZhenzanError,
    )
    from zhenzan.interactions import look, open_log
    from zhenzan.policy import Policy, load_policy
    from zhenzan.verify import Explanation, Result, calibrate, verify

_HOME = {
    "CalibrationError": "zhenzan.errors",
    "Explanation": "zhenzan.verify",
    "InputError": "zhenzan.errors",
    "Policy": "zhenzan.policy",
    "PolicyError": "zhenzan.errors",
    "Result": "zhenzan.verify",
    "ResultError": "zhenzan.errors",
    "ScenarioError": "zhenzan.errors",
    "ZhenzanError": "zhenzan.errors",
    "calibrate": "zhenzan.verify",
    "load_policy": "zhenzan.policy",
    "look": "zhenzan.interactions",
    "open_log": "zhenzan.interactions",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "verify":
        return import_module("zhenzan.verify")
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'zhenzan' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _CallableRoom(ModuleType):
    """A package that can be called: `zhenzan.verify(log)` is `zhenzan.verify.verify(log)`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.verify(*args, **kwargs)

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self.verify)


class _Face(ModuleType):
    """Python sets our attribute when it imports a room; this is where `verify` learns to be called."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "verify" and isinstance(value, ModuleType):
            value.__class__ = _CallableRoom
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
accept_old_modules()
