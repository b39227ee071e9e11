"""Likes that Jetstream's second layout sends again: their time is that of their making, where that can be."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import rows_of, write

from zhenzan.interactions import open_log
from zhenzan.interactions.at_protocol_keys import microseconds_of_text, microseconds_of_tid

SEEN = datetime(2026, 9, 20, 12, tzinfo=UTC)
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def tid(time: datetime, clock: int = 0) -> str:
    number = ((time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) << 10 | clock
    return "".join(LETTERS[number >> 5 * digit & 31] for digit in range(12, -1, -1))


def text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


POST = tid(datetime(2024, 1, 1, tzinfo=UTC))


def like(
    key: str, created: object = None, seen: datetime = SEEN, account: str = "a", post: str = POST
) -> dict[str, Any]:
    record = {"createdAt": created, "subject": {"uri": f"at://did:plc:o/app.bsky.feed.post/{post}"}}
    commit = {"operation": "create", "collection": "app.bsky.feed.like", "rkey": key, "record": record}
    return {"$type": "message", "payload": {"did": f"did:plc:{account}", "time": text(seen), **commit}}


def sync(account: str = "a", seen: datetime = SEEN) -> dict[str, Any]:
    kind = "network.bsky.jetstream.subscribeEvents#sync"
    body = {"$type": kind, "did": f"did:plc:{account}", "time": text(seen), "sync": {"rev": "3k"}}
    return {"$type": "message", "payload": body}


def times(path: Path, *messages: dict[str, Any]) -> list[datetime]:
    rows = rows_of(open_log(write(path, "".join(json.dumps(one) + "\n" for one in messages))))
    return [row["timestamp"] for row in rows if row["kind"] == "like"]


@given(time=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), clock=st.integers(0, 1023))
def test_a_key_gives_the_microsecond_it_was_made_of(time: datetime, clock: int) -> None:
    key = tid(time.replace(tzinfo=UTC), clock)
    assert microseconds_of_tid(key) == microseconds_of_text(text(time))


@pytest.mark.parametrize("key", [None, "", "self", "k1", "2222222222222x", "zzzzzzzzzzzzz", "3L3QO2VUOWO2B"])
def test_other_keys_give_no_time(key: str | None) -> None:
    assert microseconds_of_tid(key) is None


AGO = timedelta(days=40)
LATER = timedelta(days=3)


@pytest.mark.parametrize(
    ("key", "created", "post", "time"),
    [
        (tid(SEEN - AGO), text(SEEN), POST, SEEN - AGO),
        ("self", text(SEEN - AGO), POST, SEEN - AGO),
        (tid(SEEN + LATER), text(SEEN - AGO), POST, SEEN - AGO),
        (tid(datetime(1999, 1, 1, tzinfo=UTC)), text(SEEN - AGO), POST, SEEN - AGO),
        (tid(SEEN + LATER), text(SEEN + LATER), POST, SEEN),
        (tid(SEEN - AGO), text(SEEN - AGO), tid(SEEN - LATER), SEEN),  # before its post was there
        (tid(SEEN - timedelta(minutes=20)), text(SEEN - AGO), POST, SEEN),  # a clock that is late
        (tid(SEEN - timedelta(seconds=1)), text(SEEN - AGO), POST, SEEN),  # imported just now
        ("self", 5, POST, SEEN),
        ("self", "long ago", POST, SEEN),
    ],
)
def test_the_time_is_the_records_own_where_that_is_long_before_and_can_be(
    tmp_path: Path, key: str, created: object, post: str, time: datetime
) -> None:
    assert times(tmp_path / "log.ndjson", like(key, created, post=post)) == [time]


def test_what_follows_a_sync_and_was_made_before_it_was_sent_again(tmp_path: Path) -> None:
    minute = timedelta(minutes=1)
    created = [SEEN - 9 * minute, SEEN - 5 * minute]
    again = [like(tid(time), seen=SEEN + minute) for time in created]
    other = like(tid(SEEN), seen=SEEN + minute, account="b")
    new = like(tid(SEEN + 2 * minute), seen=SEEN + 3 * minute)
    path = tmp_path / "log.ndjson"
    assert times(path, sync(), *again, other, new) == [*created, SEEN + minute, SEEN + 3 * minute]
    late = like(tid(SEEN - AGO), seen=SEEN + minute)  # of a repository that comes without a sync
    assert times(path, late, *again) == [SEEN - AGO, *created]


def test_likes_that_were_sent_again_are_counted_and_the_first_layout_never_is(tmp_path: Path) -> None:
    body = like(tid(SEEN - AGO))["payload"]
    first = {"did": "did:plc:a", "time_us": int(SEEN.timestamp()) * 1_000_000, "kind": "commit"}
    commit = {name: body[name] for name in ("operation", "collection", "rkey", "record")}
    path = tmp_path / "log.ndjson"
    assert times(path, first | {"commit": commit}) == [SEEN]
    log = open_log(write(path, "".join(json.dumps(like(tid(SEEN - AGO, i))) + "\n" for i in range(1200))))
    assert log.reading["remarks"] == []
    rows_of(log)
    (remark,) = log.reading["remarks"]
    assert remark.startswith("1,200 likes were sent again")


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
def test_a_repository_sent_again_takes_back_what_it_lacks_between_what_it_holds(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    days = dice.sample(range(1, 100), 12)
    created = [SEEN - timedelta(days=day) for day in days]
    held = {time for time in created if dice.random() < 0.7}
    before = [like(tid(time), seen=time) for time in created]
    after = [like(tid(time), seen=SEEN + timedelta(seconds=1)) for time in sorted(held)]
    path = tmp_path_factory.mktemp("log") / "log.ndjson"
    write(path, "".join(json.dumps(one) + "\n" for one in [*before, sync(), *after]))
    taken = {row["id"] for row in rows_of(open_log(path)) if row["kind"] == "unlike"}
    lost = {time for time in created if held and min(held) < time < max(held)} - held
    assert taken == {f"did:plc:a/{tid(time)}#delete" for time in lost}
