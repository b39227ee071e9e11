"""What takes likes back in Jetstream's logs: by time, whatever the order of lines and files."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import rows_of, write

from zhenzan.interactions import open_log

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
BEGIN_US = int(BEGIN.timestamp()) * 1_000_000
Event = tuple[str, str, str, int]  # what, account, record key, seconds after BEGIN


def line(event: Event, layout: int) -> str:
    """A message of the first or second layout."""
    what, account, key, seconds = event
    commit = {"operation": what, "collection": "app.bsky.feed.like", "rkey": key}
    if what == "create":
        commit["record"] = {"subject": {"uri": f"at://did:plc:owner/app.bsky.feed.post/of-{account}-{key}"}}  # type: ignore[assignment]
    inside: dict[str, Any] = (
        {"commit": commit} if what in ("create", "delete") else {"account": {"active": False, "status": what}}
    )
    did = {"did": f"did:plc:{account}"}
    if layout == 1:
        (kind,) = inside
        return json.dumps(did | {"time_us": BEGIN_US + seconds * 1_000_000, "kind": kind} | inside)
    time = (BEGIN + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    payload = did | {"time": time, "seq": 1} | (inside.get("commit") or inside)
    return json.dumps({"$type": "message", "payload": payload})


def expected(events: list[Event]) -> dict[str, int]:
    """Record → seconds at which it was taken back for good, by the rules in words."""
    gone = {}
    for account, key in {(event[1], event[2]) for event in events if event[0] == "create"}:
        seen = max(event[3] for event in events if event[:3] == ("create", account, key))
        ends = [
            max((event[3] for event in events if same(event)), default=-1)
            for same in (
                lambda event, record=(account, key): event[0] == "delete" and event[1:3] == record,
                lambda event, account=account: event[0] == "deleted" and event[1] == account,
            )
        ]
        if any(end >= seen for end in ends):
            gone[f"did:plc:{account}/{key}"] = min(end for end in ends if end >= seen)
    return gone


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["create", "create", "create", "delete", "deleted", "suspended", "takendown"]),
        st.sampled_from("ab"),
        st.sampled_from("xyz"),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=16,
)


@given(events=EVENTS, layout=st.sampled_from([1, 2]), cut=st.integers(0, 16))
@settings(max_examples=25)
def test_likes_are_taken_back_by_time_whatever_the_order(
    tmp_path_factory: Any, events: list[Event], layout: int, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    first = ("create", "c", "first", 0)  # by which the format is known
    for number, part in enumerate(([first, *events[:cut]], [first, *events[cut:]])):
        write(folder / f"{number}.ndjson", "".join(line(event, layout) + "\n" for event in part))
    log = open_log(folder)
    rows = rows_of(log)
    taken = {row["id"].removesuffix("#delete"): row["timestamp"] for row in rows if row["kind"] == "unlike"}
    assert taken == {
        record: BEGIN + timedelta(seconds=seconds) for record, seconds in expected(events).items()
    }
    likes = {row["id"]: row for row in rows if row["kind"] == "like"}
    for row in rows:
        if row["kind"] == "unlike":
            like = likes[row["id"].removesuffix("#delete")]
            assert (row["account"], row["item"], row["creator"]) == (
                like["account"],
                like["item"],
                like["creator"],
            )
    kept = sum(event[0] in ("suspended", "takendown") for event in events)
    reason = "accounts suspended or deactivated, which may come back: their likes stay"
    assert log.summary.skipped_by_reason.get(reason, 0) == kept
    assert rows_of(log) == rows, "a second reading is the same"


def test_the_deletion_of_an_account_is_one_record_of_many_unlikes(tmp_path: Path) -> None:
    events: list[Event] = [
        *(("create", "a", f"k{i}", i) for i in range(5)),
        ("create", "b", "k", 3),
        ("deleted", "a", "", 7),
        ("deleted", "nobody", "", 8),
    ]
    log = open_log(write(tmp_path / "log.ndjson", "\n".join(line(event, 2) for event in events)))
    rows = rows_of(log)
    unlikes = [row for row in rows if row["kind"] == "unlike"]
    assert {row["account"] for row in unlikes} == {"did:plc:a"}
    assert len({row["item"] for row in unlikes}) == len(unlikes) == 5
    assert {row["row"] for row in unlikes} == {6}, "each by the line that took it back"
    assert (log.summary.rows_read, log.summary.accepted, log.summary.skipped) == (8, 7, 1)
