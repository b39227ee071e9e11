"""Deprecated methods of records that functions have replaced. They work for one release more, with a warning.

A record that imported its own writer would make a circle of imports; so the package's face, which knows both,
attaches these.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from zhenzan.lab.bench import Experiment, Results
from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.outputs.world import World

__all__ = ["attach"]

REPLACED: tuple[tuple[type, str, str, str], ...] = (
    (World, "write", "zhenzan.lab.outputs.folder", "write_world"),
    (Outcomes, "charts", "zhenzan.lab.reports", "run_charts"),
    (Experiment, "run", "zhenzan.lab.bench", "run_experiment"),
    (Results, "write", "zhenzan.lab.reports", "write_results"),
    (Results, "charts", "zhenzan.lab.reports", "experiment_charts"),
    (Results, "report", "zhenzan.lab.reports", "write_experiment_report"),
)
"""Class, method, and the function of `zhenzan.lab` that takes its place: its module and name."""


def attach() -> None:
    """Give the records the methods that they used to have."""
    for record, method, module, function in REPLACED:
        setattr(record, method, _forwarded(record, method, module, function))


def _forwarded(record: type, method: str, module: str, function: str) -> Any:
    def call(self: Any, *args: Any, **options: Any) -> Any:
        warnings.warn(
            f"{record.__name__}.{method} is deprecated: call zhenzan.lab.{function} with the "
            f"{record.__name__.lower()} as its first argument.",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(module), function)(self, *args, **options)

    call.__name__ = method
    call.__doc__ = f"Deprecated: `zhenzan.lab.{function}` takes its place."
    return call
