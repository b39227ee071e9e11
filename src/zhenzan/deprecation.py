"""Deprecated names: public names that were renamed work until `REMOVED_IN`, with a DeprecationWarning.

Modules, names of a package, attributes of a class and parameters of a function each have their own way;
docs/reference/renamed.md lists them all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ParamSpec, TypeVar
from warnings import warn

__all__ = [
    "MODULES",
    "NAMES",
    "REMOVED_IN",
    "accept_old_modules",
    "renamed_attributes",
    "renamed_names",
    "renamed_parameters",
    "warn_renamed",
]

REMOVED_IN = "0.2.0"

MODULES: dict[str, str] = {
    "zhenzan.gathering": "zhenzan.batching",
    "zhenzan.interactions.convert": "zhenzan.interactions.column_types",
    "zhenzan.interactions.dialects": "zhenzan.interactions.layouts",
    "zhenzan.interactions.parts": "zhenzan.interactions.column_roles",
    "zhenzan.interactions.shape": "zhenzan.interactions.normalize",
    "zhenzan.logs": "zhenzan.logging_setup",
    "zhenzan.pages": "zhenzan.presentation",
    "zhenzan.parquet": "zhenzan.parquet_sql",
    "zhenzan.settle": "zhenzan.settlement",
    "zhenzan.verify.evidence.kinds.kind": "zhenzan.verify.evidence.kinds.evidence_kind",
    "zhenzan.whole": "zhenzan.atomic_files",
}
"""Old module: new module. Packages, and those modules that the documentation names."""

NAMES: dict[str, dict[str, str]] = {
    "zhenzan.atomic_files": {"WholeFolder": "AtomicFolder"},
    "zhenzan.batching": {"Gathering": "MicroBatcher"},
    "zhenzan.interactions.column_roles": {"Parts": "ColumnRoles", "decide": "assign_roles"},
    "zhenzan.interactions.layouts": {"Dialect": "Layout", "Plain": "PlainLayout"},
    "zhenzan.interactions.normalize": {"Shaped": "Normalized", "Shaper": "Normalizer"},
    "zhenzan.lake": {
        "Kept": "AppendResult",
        "Still": "SnapshotFile",
        "check_parts": "check_files",
        "hold_still": "snapshot_files",
        "tell_foreign": "warn_foreign",
    },
    "zhenzan.ledger": {"Done": "Accepted", "RefusalError": "RejectionError"},
    "zhenzan.rewards": {
        "Settled": "RunTotals",
        "Shop": "Redemptions",
        "Taken": "FraudLoss",
        "forget": "erase_person",
        "hopes": "pending_claims",
        "lapse": "expire_points",
        "settle": "reconcile",
        "taken_by_fakes": "fraud_losses",
    },
    "zhenzan.service": {
        "Accepted": "AdoptedHome",
        "Copied": "CopiedFile",
        "Core": "Resources",
        "People": "ApiKeys",
        "Person": "Principal",
        "be_private": "restrict_permissions",
    },
    "zhenzan.settlement": {
        "Pass": "Settlement",
        "judge": "run_settlement",
        "sealed_until": "final_watermark",
    },
}
"""By module: old name, new name."""

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Class = TypeVar("_Class", bound=type)


def warn_renamed(old: str, new: str) -> None:
    """Warn whoever wrote the old name: two frames above the caller of this."""
    warn(f"{old} is now {new}; the old name goes in {REMOVED_IN}", DeprecationWarning, stacklevel=3)


def renamed_names(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module: what an old name of `NAMES` is called now. Raises AttributeError."""
    names = NAMES[module]

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warn_renamed(f"{module}.{name}", f"{module}.{names[name]}")
        return getattr(sys.modules[module], names[name])

    return get


def renamed_attributes(**names: str) -> Callable[[_Class], _Class]:
    """Decorate a class: `old="new"` reads the attribute `new` where `old` is asked for."""

    def decorate(owner: _Class) -> _Class:
        for old, new in names.items():
            setattr(owner, old, property(_reader(f"{owner.__name__}.{old}", new)))
        return owner

    return decorate


def _reader(old: str, new: str) -> Callable[[Any], Any]:
    def read(record: Any) -> Any:
        warn_renamed(old, new)
        return getattr(record, new)

    return read


def renamed_parameters(
    **names: str,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Decorate a function: `old="new"` hands on as `new` what came as `old`. Raises TypeError for both."""

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        @wraps(function)
        def call(*args: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
            for old in names.keys() & options.keys():
                new = names[old]
                if new in options:
                    raise TypeError(
                        f"{function.__qualname__}() takes {new!r}, or its old name {old!r}, not both"
                    )
                warn_renamed(f"{function.__qualname__}({old}=)", f"{new}=")
                options[new] = options.pop(old)
            return function(*args, **options)

        return call

    return decorate


class _RenamedModule(ModuleType):
    """An old module: all that the new one has, by its new or its old name."""

    def __getattr__(self, name: str) -> Any:
        old, new = self.__name__, MODULES[self.__name__]
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        module, names = import_module(new), NAMES.get(new, {})
        if name not in names:
            return getattr(module, name)
        warn_renamed(f"{old}.{name}", f"{new}.{names[name]}")
        return getattr(module, names[name])


class _OldModules:
    """Finds the modules of `MODULES` where Python finds none, and loads them."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, _OldModules) if name in MODULES else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        warn_renamed(spec.name, MODULES[spec.name])
        return _RenamedModule(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Nothing: its attributes are looked up when they are asked for."""


def accept_old_modules() -> None:
    """Let Python find the modules of `MODULES`."""
    if _OldModules not in sys.meta_path:
        sys.meta_path.append(_OldModules)  # type: ignore[arg-type]
