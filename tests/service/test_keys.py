"""Keys of callers, and keys of hashes."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from zhenzan.cli import main
from zhenzan.errors import ZhenzanError
from zhenzan.service import AccessError, ApiKeys, Resources, Role, Settings
from zhenzan.service.hash_keys import AHEAD_US, ROTATE_DAYS, hash_keys
from zhenzan.store import open_database
from zhenzan.times import DAY_US

NOW = 1_790_000_000_000_000


def test_a_key_is_known_by_its_hash_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path / "db.sqlite")
    key = ApiKeys(database).create("like button", Role.platform)
    assert ApiKeys(database).check(key).role is Role.platform
    database.close()
    assert key.split("_", 2)[2].encode() not in (tmp_path / "db.sqlite").read_bytes()


@pytest.mark.parametrize("wrong", ["", "zz", "zz__", "zz_{id}_", "zz_{id}_x", "{key}x", "\udcff"])
def test_a_wrong_key_opens_nothing(tmp_path: Path, wrong: str) -> None:
    database = open_database(tmp_path / "db.sqlite")
    people = ApiKeys(database)
    key = people.create("", Role.operator)
    with pytest.raises(AccessError):
        people.check(wrong.format(id=key.split("_")[1], key=key))
    database.close()


def test_keys_are_made_listed_and_revoked_at_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = str(tmp_path / "db.sqlite")
    assert (
        main(["keys", "create", "--role", "creator", "--subject", "c-1", "--name", "shop", "--db", db]) == 0
    )
    key = capsys.readouterr().out.strip()
    assert main(["keys", "list", "--db", db]) == 0
    listed = capsys.readouterr().out
    assert "c-1" in listed
    assert key.split("_", 2)[2] not in listed
    assert main(["keys", "revoke", key.split("_")[1], "--db", db]) == 0
    assert main(["keys", "revoke", "nobody", "--db", db]) == 1
    assert main(["keys", "create", "--role", "boss", "--db", db]) == 1
    assert main(["keys", "create", "--role", "viewer", "--db", db]) == 1
    assert "--subject" in capsys.readouterr().err
    assert main(["keys", "list", "--db", str(tmp_path / "none.sqlite")]) == 1


def test_hash_keys_are_made_once_and_rotate_ahead_of_time(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = hash_keys(path, now=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    os.utime(path, ns=(NOW * 1000, NOW * 1000))
    assert hash_keys(path, now=NOW + DAY_US) == first
    later = NOW + (ROTATE_DAYS + 1) * DAY_US
    both = hash_keys(path, now=later)
    assert both[:1] == first
    assert both[1].since == later + AHEAD_US
    assert hash_keys(path, now=later + DAY_US) == both


def test_a_hash_key_that_is_no_longer_needed_is_destroyed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    secrets = [{"since": NOW + i * 40 * DAY_US, "secret": f"{i:064x}"} for i in range(3)]
    path.write_text(json.dumps(secrets))
    kept = hash_keys(path, now=NOW + 81 * DAY_US, keep_days=7)
    assert [key.secret[-1] for key in kept] == [1, 2]
    assert "0" * 64 not in path.read_text()


def test_a_damaged_file_of_hash_keys_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('[{"since": 1}]')
    with pytest.raises(ZhenzanError, match="restore it"):
        hash_keys(tmp_path / "keys.json")


def test_what_keeps_a_service_from_starting_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Resources(Settings(tmp_path)):
        assert main(["serve", str(tmp_path), "--no-worker", "--port", "0"]) == 1
    assert "writes this ledger" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["serve", str(tmp_path / "file"), "--no-worker", "--port", "0"]) == 1
    assert "is not a folder" in capsys.readouterr().err
