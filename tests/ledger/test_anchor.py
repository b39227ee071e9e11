"""A database that went back in time is noticed by what its folder remembers of the ledger."""

from __future__ import annotations

import logging
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import LedgerError
from zhenzan.ledger import (
    AccountKind,
    Checkpoint,
    CreateAsset,
    Ledger,
    OpenAccount,
    Transfer,
    free_lease,
    read_anchor,
)
from zhenzan.store import open_database


def opened(folder: Path) -> Ledger:
    return Ledger.open(folder / "db.sqlite", key=folder / "key", anchor=folder / "anchor")


def noted(folder: Path) -> str:
    return (folder / "anchor").read_text().rstrip("\n") + "\n"


def deal(ledger: Ledger, id: str) -> str:
    """One more transfer; the checkpoint afterwards."""
    transfer = Transfer(id=id, debit="mint", credit="a", asset="points", amount=1)
    return ledger.submit([transfer]).checkpoint


def begun(folder: Path) -> Ledger:
    folder.mkdir(parents=True, exist_ok=True)
    ledger = opened(folder)
    mint = OpenAccount(id="mint", asset="points", kind=AccountKind.mint)
    ledger.submit([CreateAsset(id="points"), mint, OpenAccount(id="a", asset="points")])
    return ledger


def copy_database(folder: Path, to: Path) -> None:
    """As it lies there, the log of SQLite with it: what a copy of the disk holds."""
    for path in to.glob("db.sqlite*"):
        path.unlink()
    to.mkdir(exist_ok=True)
    for path in folder.glob("db.sqlite*"):
        shutil.copy(path, to / path.name)


def test_each_checkpoint_that_is_durable_is_remembered(tmp_path: Path) -> None:
    with begun(tmp_path) as ledger:
        for number in range(5):
            note = deal(ledger, f"t{number}")
            assert noted(tmp_path) == note
        note = ledger.rotate()
        assert noted(tmp_path) == note
        with pytest.raises(LedgerError):
            ledger.submit([Transfer(id="x", debit="nobody", credit="a", asset="points", amount=1)])
        assert noted(tmp_path) == note


def test_of_many_callers_the_newest_checkpoint_is_remembered(tmp_path: Path) -> None:
    with begun(tmp_path) as ledger:
        threads = [
            threading.Thread(target=lambda who=who: [deal(ledger, f"{who}-{i}") for i in range(20)])
            for who in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert noted(tmp_path) == ledger.last_note()


@settings(max_examples=6)
@given(before=st.integers(0, 4), lost=st.integers(1, 4), after=st.integers(0, 6))
def test_a_database_that_went_back_is_refused_whatever_was_written_to_it_since(
    tmp_path_factory: pytest.TempPathFactory, before: int, lost: int, after: int
) -> None:
    folder = tmp_path_factory.mktemp("back")
    with begun(folder / "home") as ledger:
        for number in range(before):
            deal(ledger, f"t{number}")
        copy_database(folder / "home", folder / "copy")
        for number in range(before, before + lost):
            deal(ledger, f"t{number}")
    copy_database(folder / "copy", folder / "home")
    path = folder / "home" / "db.sqlite"
    database = open_database(path)
    free_lease(database)
    database.close()
    with Ledger.open(path, key=folder / "home" / "key") as ledger:  # by who knows no anchor
        for number in range(after):
            deal(ledger, f"other-{number}")
    with pytest.raises(LedgerError, match=r"went back in time|events of the ledger have changed") as refusal:
        opened(folder / "home")
    assert "zhenzan ledger accept" in str(refusal.value)


def test_a_database_that_went_on_elsewhere_is_taken(tmp_path: Path) -> None:
    begun(tmp_path).close()
    with Ledger.open(tmp_path / "db.sqlite", key=tmp_path / "key") as ledger:  # a command, say
        note = deal(ledger, "t")
    with opened(tmp_path):
        assert noted(tmp_path) == note


def test_an_empty_database_is_not_begun_anew(tmp_path: Path) -> None:
    begun(tmp_path).close()
    for path in tmp_path.glob("db.sqlite*"):
        path.unlink()
    with pytest.raises(LedgerError, match="the database is empty, and its ledger had 4 events"):
        opened(tmp_path)


def test_another_ledger_is_refused(tmp_path: Path) -> None:
    begun(tmp_path / "one").close()
    begun(tmp_path / "two").close()
    shutil.copy(tmp_path / "one" / "anchor", tmp_path / "two" / "anchor")
    with pytest.raises(LedgerError, match="another ledger"):
        opened(tmp_path / "two")


@settings(max_examples=15)
@given(st.floats(0, 1, exclude_max=True), st.booleans())
def test_a_damaged_anchor_is_made_anew_and_stops_nothing(
    tmp_path_factory: pytest.TempPathFactory, share: float, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    with begun(folder) as ledger:
        note = ledger.last_note()
    path, good = folder / "anchor", note.encode()
    at = int(share * (note.index("— ") - 1))
    path.write_bytes(good[:at] if cut else good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    with opened(folder):
        assert noted(folder) == note


def test_damage_of_an_anchor_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    begun(tmp_path).close()
    (tmp_path / "anchor").write_text("x")
    with caplog.at_level(logging.WARNING):
        assert read_anchor(tmp_path / "anchor") is None
    assert str(tmp_path / "anchor") in caplog.text


def test_an_anchor_that_cannot_be_written_makes_no_checkpoint_undone(tmp_path: Path) -> None:
    with begun(tmp_path / "home") as ledger:
        ledger._anchor = tmp_path / "nowhere" / "anchor"
        note = deal(ledger, "t")
        assert ledger.last_note() == note
    assert Checkpoint.parse(note).size == 5
