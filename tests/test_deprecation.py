"""Names that were renamed: each old one still works, and says what it is called now."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from zhenzan import errors, lake, ledger, rewards, screen, service, settlement, store
from zhenzan.config import InvalidKeyError, read_document
from zhenzan.deprecation import MODULES, NAMES, REMOVED_IN, renamed_parameters
from zhenzan.interactions import Mapping
from zhenzan.lab import (
    Experiment,
    Scenario,
    check_place,
    run_experiment,
    write_outcomes,
    write_results,
    write_world,
)
from zhenzan.version import __version__

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "renamed.md"
CATALOGUE = ROOT / "examples" / "catalogue.toml"

OLD_MODULES = {new: old for old, new in MODULES.items()}
OLD_NAMES = [(OLD_MODULES.get(module, module), module, names) for module, names in NAMES.items()]
IMPORTS = [(path, old, module, new) for path, module, names in OLD_NAMES for old, new in names.items()]

ATTRIBUTES: list[tuple[type, str, str]] = [
    (lake.Lake, "tend", "flush_segments"),
    (lake.SnapshotFile, "place", "path"),
    (ledger.Balance, "held", "debits_pending"),
    (ledger.Balance, "coming", "credits_pending"),
    (ledger.Entry, "held", "debits_pending"),
    (rewards.Catalogue, "purse", "budget_account"),
    (rewards.Holdings, "held", "debits_pending"),
    (rewards.Holdings, "coming", "credits_pending"),
    (screen.Screened, "said", "decibans"),
    (service.ApiKeys, "asked", "selected"),
    (service.Resources, "people", "api_keys"),
    (service.Settings, "place", "database_url"),
    (settlement.Settlement, "sealed", "final_files"),
    (settlement.Settlement, "sealed_items", "final_item_files"),
    (settlement.Settlement, "named", "pointer"),
]
"""Class, old attribute, new one."""

Call = Callable[..., Any]
NONE: Any = SimpleNamespace(experiment=None)  # refused before it is looked at
EXPERIMENT = Experiment("toy", Scenario(), {"none": {}}, replicates=2)


def _decorated(**options: Any) -> object:
    return rewards.decorate(NONE, rewards.load_catalogue(CATALOGUE), "ann", "no", 1, **options)


def _refused(document: dict[str, Any]) -> object:
    raise InvalidKeyError(("a",), "is too small")


COLUMNS = ("who", "v", "time")
OTHERS = "a folder with somebody's files"
PARAMETERS: list[tuple[Call, str, str, Any, Call]] = [
    (check_place, "place", "path", OTHERS, check_place),
    (run_experiment, "place", "target", OTHERS, lambda **o: run_experiment(EXPERIMENT, **o)),
    (write_world, "place", "target", OTHERS, lambda **o: write_world(NONE, **o)),
    (write_outcomes, "place", "target", OTHERS, lambda **o: write_outcomes(NONE, 1, NONE, **o)),
    (write_results, "place", "target", OTHERS, lambda **o: write_results(NONE, **o)),
    (store.check_place, "place", "url", "mysql://x", store.check_place),
    (store.open_database, "place", "url", "mysql://x", store.open_database),
    (ledger.Ledger.open, "place", "database_url", "mysql://x", ledger.Ledger.open),
    (service.accept, "place", "database_url", "mysql://x", lambda **o: service.accept(Path("none"), **o)),
    (rewards.decorate, "wanted", "decoration", rewards.Decoration(), _decorated),
    (Mapping.of, "found", "columns", {"item": "video"}, Mapping.of),
    (Mapping.resolve, "asked", "mapping", {"item": "v"}, lambda **o: Mapping.resolve(COLUMNS, **o)),
    (errors.newer_version, "found", "value", 9, lambda **o: errors.newer_version("a", "b", known=1, **o)),
    (
        read_document, "place", "locate", lambda text, key: 7,
        lambda **o: read_document("a = 1", "x.toml", _refused, errors.PolicyError, **o),
    ),
]  # fmt: skip
"""Function, old parameter, new one, a value for it, and a call that needs nothing more."""


def room(function: Call) -> str:
    return function.__module__.split(".")[1]


@pytest.fixture
def value_of(tmp_path: Path) -> Callable[[object], object]:
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / "photo.jpg").write_bytes(b"x")
    return lambda value: tmp_path / "somebody" if value is OTHERS else value


def outcome(call: Call, **options: Any) -> object:
    """What a call gives or raises."""
    try:
        return call(**options)
    except errors.ZhenzanError as error:
        return type(error), str(error)


def test_old_names_are_still_before_the_release_in_which_they_go() -> None:
    version, end = ([int(part) for part in text.split(".")[:3]] for text in (__version__, REMOVED_IN))
    assert version < end, "take the old names out now, and this test"


@pytest.mark.parametrize(("old", "new"), MODULES.items())
def test_an_old_module_is_found_and_has_what_the_new_one_has(old: str, new: str) -> None:
    sys.modules.pop(old, None)
    with pytest.warns(
        DeprecationWarning, match=f"^{old} is now {new}; the old name goes in {REMOVED_IN}$"
    ) as seen:
        module = import_module(old)
    assert seen[0].filename != import_module("zhenzan.deprecation").__file__
    names = [name for name in vars(import_module(new)) if not name.startswith("_")]
    assert names
    for name in names:
        assert getattr(module, name) is getattr(import_module(new), name)
    with pytest.raises(AttributeError):
        module.nothing_of_this_name  # noqa: B018


@pytest.mark.parametrize(("path", "old", "module", "new"), IMPORTS)
def test_an_old_name_is_what_the_new_one_is(path: str, old: str, module: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"\.{old} is now {module}\.{new}; ") as seen:
        value = getattr(import_module(path), old)
    assert seen[-1].filename == __file__
    assert value is getattr(import_module(module), new)
    assert old not in getattr(import_module(module), "__all__", ())


def test_what_never_was_is_no_old_name() -> None:
    with pytest.raises(ImportError):
        import_module("zhenzan.settle.passes")
    with pytest.raises(ImportError):
        import_module("zhenzan.nothing_of_this_name")
    for room in (lake, ledger, rewards, service):
        with pytest.raises(AttributeError, match="nothing_of_this_name"):
            room.nothing_of_this_name  # noqa: B018


@pytest.mark.parametrize(("owner", "old", "new"), ATTRIBUTES)
def test_an_old_attribute_reads_the_new_one(owner: type, old: str, new: str) -> None:
    value = object()
    with pytest.warns(DeprecationWarning, match=f"^{owner.__name__}.{old} is now {new}; ") as seen:
        assert vars(owner)[old].fget(SimpleNamespace(**{new: value})) is value
    assert seen[0].filename == __file__


def test_old_attributes_of_real_records() -> None:
    balance = ledger.Balance(5, 2, 1)
    with pytest.warns(DeprecationWarning, match="_pending"):
        assert (balance.held, balance.coming) == (2, 1)  # type: ignore[attr-defined]
    settings = service.Settings(Path("home"))
    with pytest.warns(DeprecationWarning, match="database_url"):
        assert settings.place == settings.database_url  # type: ignore[attr-defined]
    assert {"final_files", "final_item_files", "pointer"} <= vars(settlement.Settlement).keys()


@pytest.mark.parametrize(("function", "old", "new", "value", "call"), PARAMETERS)
def test_an_old_parameter_is_the_new_one(
    function: Call, old: str, new: str, value: Any, call: Call, value_of: Callable[[object], object]
) -> None:
    value = value_of(value)
    expected = outcome(call, **{new: value})
    with pytest.warns(DeprecationWarning, match=rf"{function.__qualname__}\({old}=\) is now {new}=; "):
        assert outcome(call, **{old: value}) == expected
    with pytest.raises(TypeError, match="not both"):
        call(**{old: value, new: value})


def test_an_old_parameter_warns_where_it_is_written() -> None:
    with pytest.warns(DeprecationWarning, match="new=") as seen:
        assert renamed_parameters(old="new")(lambda new: new)(old=3) == 3  # type: ignore[call-arg]
    assert seen[0].filename == __file__


def test_the_floor_of_an_account_is_its_min_balance() -> None:
    account = ledger.OpenAccount(id="fee", asset="points", min_balance=-5)
    with pytest.warns(DeprecationWarning, match=r"OpenAccount\(floor=\) is now min_balance=; "):
        assert ledger.OpenAccount(id="fee", asset="points", floor=-5) == account
    with pytest.raises(TypeError, match="not both"):
        ledger.OpenAccount(id="fee", asset="points", floor=-5, min_balance=-5)


def test_the_page_lists_every_old_name() -> None:
    rows = {line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")}
    missing = [f"| `{old}` | `{new}` |" for old, new in MODULES.items()]
    missing += [f"| `{path}.{old}` | `{module}.{new}` |" for path, old, module, new in IMPORTS]
    missing += [f"| `{owner.__name__}.{old}` | `{new}` |" for owner, old, new in ATTRIBUTES]
    missing += [
        f"| `{room(call)}.{call.__qualname__}({old}=)` | `{new}=` |" for call, old, new, *_ in PARAMETERS
    ]
    assert [row for row in missing if row not in rows] == []
