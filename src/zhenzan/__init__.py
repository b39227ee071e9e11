"""Zhenzan 真赞: tell genuine likes from bought ones.

    import zhenzan

    result = zhenzan.verify("likes.parquet")
    result.items  # claimed and verified likes of every item, an Arrow table

Names are imported when first used, so that `import zhenzan` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "CalibrationError",
    "Explanation",
    "InputError",
    "Policy",
    "PolicyError",
    "Result",
    "ResultError",
    "ZhenzanError",
    "__version__",
    "calibrate",
    "load_policy",
    "open_log",
    "verify",
]

if TYPE_CHECKING:
    from zhenzan.errors import CalibrationError, InputError, PolicyError, ResultError, ZhenzanError
    from zhenzan.interactions import open_log
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
    "ZhenzanError": "zhenzan.errors",
    "calibrate": "zhenzan.verify",
    "load_policy": "zhenzan.policy",
    "open_log": "zhenzan.interactions",
    "verify": "zhenzan.verify",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'zhenzan' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
