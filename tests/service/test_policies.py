"""Policies and decisions as they stand: one version rules, in the database and in the file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.polling import wait_until

from zhenzan.errors import ConflictError
from zhenzan.service import Resources, Settings
from zhenzan.service.policies import use_cases as versions
from zhenzan.service.tables import CASES
from zhenzan.settlement import RULING, SHADOW
from zhenzan.store import checksum

TEXTS = [f'format = 1\nname = "d{number}"\n' for number in range(1, 4)]
STEPS = st.lists(
    st.tuples(st.sampled_from(["publish", "shadow", "end"]), st.integers(1, len(TEXTS))), max_size=12
)


def agrees(core: Resources) -> None:
    """The files say what the database says."""
    for name, proposal in ((RULING, core.policies.ruling()), (SHADOW, core.policies.in_shadow())):
        path = core.settings.home / name
        assert (path.read_text() if path.exists() else None) == (proposal and proposal.text)


def test_the_files_follow_whatever_is_published(tmp_path: Path) -> None:
    with Resources(Settings(tmp_path)) as core:
        for text in TEXTS:
            core.policies.propose("me", text)

        @settings(max_examples=15)
        @given(STEPS)
        def follow(steps: list[tuple[str, int]]) -> None:
            for what, number in steps:
                before = core.policies.standing()
                if what == "publish":
                    assert core.policies.publish("me", number).state == "ruling"
                    assert core.policies.standing()[0] == number
                elif what == "end":
                    core.policies.stop_shadow("me")
                    assert core.policies.standing() == (before[0], None)
                elif before[0] == number:
                    with pytest.raises(ConflictError, match="rules"):
                        core.policies.shadow("me", number)
                else:
                    assert core.policies.shadow("me", number).state == "shadow"
                    assert core.policies.standing() == (before[0], number)
                agrees(core)

        follow()


@pytest.mark.parametrize("left", [b"format = 1\n", b"\xff\xfe", None])
def test_a_start_makes_the_files_agree_with_the_database(tmp_path: Path, left: bytes | None) -> None:
    with Resources(Settings(tmp_path)) as core:
        core.policies.publish("me", core.policies.propose("me", TEXTS[0]).number)
    (tmp_path / RULING).unlink() if left is None else (tmp_path / RULING).write_bytes(left)
    (tmp_path / SHADOW).write_bytes(b"of a version that runs no more")
    with Resources(Settings(tmp_path)) as core:
        agrees(core)
        assert core.policies.ruling() is not None


def test_a_file_that_could_not_be_written_follows_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = versions.write_file, [0]

    def fails(*arguments: Any, **named: Any) -> None:
        failures[0] += 1
        raise OSError(28, "No space left on device")

    with Resources(Settings(tmp_path)) as core:
        number = core.policies.propose("me", TEXTS[0]).number
        monkeypatch.setattr(versions, "write_file", fails)
        assert core.policies.publish("me", number).state == "ruling"
        assert failures[0]
        assert not (tmp_path / RULING).exists()
        monkeypatch.setattr(versions, "write_file", real)
        wait_until((tmp_path / RULING).exists)
        agrees(core)


def test_every_decision_changes_the_mark(tmp_path: Path) -> None:
    """Also one that is written over another, by whatever hand."""
    with Resources(Settings(tmp_path)) as core:
        marks = [core.cases.mark()]
        for number in range(3):
            case = core.cases.open("me", "account", f"a{number}", "odd", [f"a{number}"])
            assert core.cases.mark() == marks[-1]
            core.cases.decide("me", case.id, "fake", "odd indeed")
            marks.append(core.cases.mark())
        row = core.ledger.database.fetch("SELECT * FROM cases WHERE id = 'case-1'")[0][:-1]
        other = ["genuine" if value == "fake" else value for value in row]
        with core.ledger.database.write() as connection:
            where = CASES.c.id == "case-1"
            connection.execute(CASES.update().where(where).values(state="genuine", crc=checksum(other)))
        marks.append(core.cases.mark())
        assert len(set(marks)) == len(marks)
