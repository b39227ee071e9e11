"""Logs as people bring them: what each export means, or why it is refused."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import rows_of, write

from zhenzan.errors import InputError
from zhenzan.interactions import LateFieldError, look, open_log
from zhenzan.translation import translated

quick = settings(max_examples=20)
T = "2024-05-01T12:00:0"


def star(second: int, login: str, **more: Any) -> dict[str, Any]:
    return {
        "starred_at": f"{T}{second}Z",
        "user": {"login": login, "id": 90 + second, "type": "User"},
        **more,
    }


def in_chinese(message: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in translated(message, "zh"))


def lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


TIKTOK = {
    "Activity": {
        "Like List": {
            "ItemFavoriteList": [{"Date": "2024-05-01 12:00:00", "Link": f"https://v/{i}"} for i in (1, 2)]
        },
        "Video Browsing History": {"VideoList": [{"Date": "2024-05-01 11:00:00", "Link": "https://v/1"}]},
    }
}
INSTAGRAM = {
    "likes_media_likes": [
        {"title": "maker", "string_list_data": [{"href": f"https://i/{i}", "timestamp": 1_714_564_800 + i}]}
        for i in (1, 2)
    ]
}
GRAPHQL = {
    "data": {
        "repository": {
            "nameWithOwner": "mill/wheel",
            "stargazers": {
                "edges": [{"starredAt": f"{T}{i}Z", "node": {"login": f"fan{i}"}} for i in (1, 2)],
                "pageInfo": {"hasNextPage": False},
            },
        }
    }
}
HEADER = "user_id,video_id,created_at"

# name of the file, its text, options, kinds of interactions, accounts, items
READ: list[tuple[str, str, dict[str, Any], dict[str, int], int, int]] = [
    ("rest.json", json.dumps([star(1, "a"), star(2, "b")], indent=1), {"item": "=m/w"}, {"like": 2}, 2, 1),
    ("pages.json", json.dumps([star(1, "a")]) + json.dumps([star(2, "b")]), {"item": "=w"}, {"like": 2}, 2,
     1),
    ("slurped.json", json.dumps([[star(1, "a")], [star(2, "b")]]), {"item": "=w"}, {"like": 2}, 2, 1),
    ("rest.ndjson", lines(star(1, "a", repo="m/w"), star(2, "b", repo="m/s")), {}, {"like": 2}, 2, 2),
    ("indented.json", json.dumps(star(1, "a", repo="m/w"), indent=1) * 2, {}, {"like": 2}, 1, 1),
    ("graphql.json", json.dumps(GRAPHQL, indent=2), {}, {"like": 2}, 2, 1),
    ("tiktok.json", json.dumps(TIKTOK, indent=2), {}, {"like": 2}, 1, 2),
    ("tiktok1.json", json.dumps(TIKTOK), {"account": "=ann"}, {"like": 2}, 1, 2),
    ("instagram.json", json.dumps(INSTAGRAM), {}, {"like": 2}, 1, 2),
    (
        "hooks.ndjson",
        lines(*(
            {"action": action, "starred_at": f"{T}{i}Z", "repository": {"full_name": "m/w", "owner": {"login": "m"}},  # noqa: E501
             "sender": {"login": "fan", "id": 9}}
            for i, action in enumerate(["created", "deleted", "created"])
        )),
        {}, {"like": 2, "unlike": 1}, 1, 1,
    ),
    (
        "elastic.ndjson",
        lines(*(
            {"_id": f"e{i}", "_source": {"@timestamp": f"{T}{i}Z", "user_id": f"u{i}", "post_id": "p"}} for i in (1, 2)  # noqa: E501
        )),
        {}, {"like": 2}, 2, 1,
    ),
    (
        "ga4.ndjson",
        lines(*(
            {"event_timestamp": f"171456480{i}123456", "event_name": name, "user_pseudo_id": f"12.{i}",
             "user_id": user, "video_id": "v"}
            for i, name, user in ((1, "like", None), (2, "like", None), (3, "page_view", "u9"))
        )),
        {}, {"like": 2, "view": 1}, 3, 1,
    ),
    ("marks.ndjson", lines(*({"user_id": i, "post_id": 1, "ts": f"{T}{i}Z", "liked": i == 1} for i in (1, 2))), {},  # noqa: E501
     {"like": 1}, 1, 1),
    ("votes.csv", "Id,PostId,VoteTypeId,UserId,CreationDate\n1,11,2,5,2024-05-01\n2,11,3,6,2024-05-01\n", {},
     {"like": 1, "report": 1}, 2, 1),
    ("stars.csv", f"login,repo,starred_at\nFan-Ada,Mill/Wheel,{T}1Z\nfan-ada ,mill/wheel,{T}2Z\n", {}, {"like": 2}, 1, 1),  # noqa: E501
    ("weibo.csv", "用户id,微博id,created_at\n1,4,Fri Jan 15 08:36:13 +0800 2021\n2,4,Fri Jan 15 08:36:20 +0800 2021\n",  # noqa: E501
     {}, {"like": 2}, 2, 1),
    ("two.csv", "user_id,video_id,date,time\nu1,v1,2024-05-01,12:00:00\nu2,v1,2024-05-01,9:30\n", {}, {"like": 2}, 2, 1),  # noqa: E501
    ("hours.csv", "user_id,video_id,date,hourmin\nu1,v1,20240501,1205\nu2,v1,20240501,5\n", {}, {"like": 2}, 2, 1),  # noqa: E501
    ("thousands.csv", f'{HEADER}\nu1,v1,"1,714,564,800"\nu2,v1,"1,714,564,807"\n', {}, {"like": 2}, 2, 1),
    ("sep.csv", f"sep=;\n{HEADER.replace(',', ';')}\nu1;v1;2024-05-01 12:00:00\n", {}, {"like": 1}, 1, 1),
    ("comments.csv", f"# exported\n# rows: 1\n{HEADER}\nu1,v1,2024-05-01 12:00:00\n", {}, {"like": 1}, 1, 1),
    ("hash.tsv", "#user_id\tvideo_id\tts\nu1\tv1\t1714564800\n", {}, {"like": 1}, 1, 1),
    ("gaps.csv", f"{HEADER},creator\nu1,v1,{T}1Z,None\nu1,v2,{T}2Z,N/A\n", {}, {"like": 2}, 1, 2),
    ("flat.csv", f"id,type,actor_login,repo_name,created_at\n1,WatchEvent,a,m/w,{T}1Z\n2,PushEvent,b,m/w,{T}2Z\n", {},  # noqa: E501
     {"like": 1}, 1, 1),
    ("mapped.ndjson", lines(*({"who": {"nick": f"n{i}"}, "what": 1, "at": f"{T}{i}Z", "yes": i} for i in (0, 1))),  # noqa: E501
     {"account": "who.nick", "item": "what", "timestamp": "at", "like": "yes"}, {"like": 1}, 1, 1),
]  # fmt: skip

REFUSED: list[tuple[str, str, str]] = [
    (
        "like.js",
        'window.YTD.like.part0 = [{"like": {"tweetId": "17", "fullText": "hi"}}]',
        "says what was liked",
    ),
    ("likes.json", '{"type": "OrderedCollection", "orderedItems": ["https://f/1"]}', "without times"),
    ("rest.json", json.dumps([star(1, "a")]), "--map item==NAME"),
    ("nothing.json", '{\n "settings": {"theme": "dark"}\n}', "no list of records"),
    ("data.csv", "501,9001,31,pv,1511544070\n501,9002,31,fav,1511561733\n", "add a header line"),
    ("data.tsv", "3\t28\t101\t5\t53118210000\n4\t31\t101\t5\t53118210060\n", "add a header line"),
    ("twice.csv", f"user_id,user_id,video_id,ts\n1,7,9,{T}1Z\n", "several columns 'user_id'"),
    ("serial.csv", f"{HEADER}\nu1,v1,45413.5\n", "serial day"),
    ("zone.csv", f"{HEADER}\nu1,v1,2024-05-01 12:00:00 CST\n", "several meanings"),
    ("cut.csv", f"{HEADER}\n7.3E+18,v1,{T}1Z\n", "spreadsheet has cut"),
    ("return.csv", "user_id,vi\rdeo_id\nu1,v1\n", "the header line cannot be read"),
    ("order.csv", f"{HEADER}\nu1,v1,5/1/2024 12:00:08\n", "day/month or month/day"),
]


@pytest.mark.parametrize(
    ("name", "text", "mapping", "kinds", "accounts", "items"), READ, ids=[r[0] for r in READ]
)
def test_an_export_is_read_as_its_owner_meant_it(
    tmp_path: Path,
    name: str,
    text: str,
    mapping: dict[str, str],
    kinds: dict[str, int],
    accounts: int,
    items: int,
) -> None:
    seen = look(write(tmp_path / name, text), mapping=mapping, rows=100)
    assert seen.reading["kinds"] == kinds
    assert seen.summary.rejected == 0
    assert all(map(in_chinese, [seen.line(), *seen.reading["remarks"]]))
    assert len({row["account"] for row in seen.rows}) == accounts
    assert len({row["item"] for row in seen.rows}) == items


@pytest.mark.parametrize(("name", "text", "reason"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    path = write(tmp_path / name, text)
    try:
        seen = look(path)
        message = " ".join(seen.summary.by_reason)
        assert seen.rows == []
    except InputError as error:
        message = str(error)
    assert reason in message
    assert in_chinese(message)


def test_a_dataframe_with_a_column_twice_is_refused_by_name() -> None:
    values = [[1, 7, 10, f"{T}1Z"], [2, 8, 10, f"{T}2Z"]]
    frame = pd.DataFrame(values, columns=["user_id", "user_id", "video_id", "ts"])
    arrow = pa.table([*zip(*values, strict=True)], names=list(frame.columns))
    for source in (frame, arrow, arrow.to_reader()):
        with pytest.raises(InputError, match="user_id"):
            open_log(source)


names = st.sampled_from(["event_type", "action", "kind", "behavior"])
fields = st.permutations(["user_id", "video_id", "ts"])


def row(i: int) -> dict[str, Any]:
    return {"user_id": f"u{i}", "video_id": "v", "ts": f"{T}{i % 10}Z"}


@given(names, fields, st.sampled_from(["csv", "parquet"]), st.booleans())
@quick
def test_folders_that_name_values_are_columns(
    tmp_path_factory: Any, name: str, order: list[str], ending: str, deeper: bool
) -> None:
    root: Path = tmp_path_factory.mktemp("lake")
    for i, kind in enumerate(["like", "view", "unlike"]):
        folder = root / "dt=2024-05-01" / f"{name}={kind}" if deeper else root / f"{name}={kind}"
        folder.mkdir(parents=True)
        table = pa.table({field: [row(i)[field]] for field in order})
        if ending == "parquet":
            pq.write_table(table, folder / "part-0")
        else:
            write(
                folder / "part-0.csv",
                ",".join(order) + "\n" + ",".join(row(i)[field] for field in order) + "\n",
            )
    (root / "_SUCCESS").touch()
    for source in (root, str(root / "**" / "part-*")):
        assert look(source).reading["kinds"] == {"view": 1, "like": 1, "unlike": 1}


@given(st.sampled_from(["{}.csv", "2024-05-{}.csv", "day1_{}_export.csv", "{}/part-0.csv"]))
@quick
def test_names_of_files_tell_kinds_where_they_differ(tmp_path_factory: Any, pattern: str) -> None:
    root: Path = tmp_path_factory.mktemp("files")
    for i, kind in enumerate(["likes", "comments", "unlikes"]):
        path = root / pattern.format(kind)
        path.parent.mkdir(exist_ok=True)
        write(path, ",".join(row(i)) + "\n" + ",".join(row(i).values()) + "\n")
    assert look(root).reading["kinds"] == {"like": 1, "comment": 1, "unlike": 1}
    assert look(root, mapping={"kind": ""}).reading["kinds"] == {"like": 3}
    alone = look(root / pattern.format("comments"))
    assert alone.reading["kinds"] == {"like": 1}  # one name alone may mean anything


@given(names, st.sampled_from(["", "payload."]), st.booleans())
@quick
def test_a_field_that_appears_late_is_read(
    tmp_path_factory: Any, name: str, above: str, packed: bool
) -> None:
    def record(i: int, kind: str | None) -> dict[str, Any]:
        fields = {} if kind is None else {"payload": {name: kind}} if above else {name: kind}
        return {**row(i), "note": "x" * 4000, **fields}

    records = [record(i, None) for i in range(300)] + [record(3, "unlike"), record(4, "view")]
    folder: Path = tmp_path_factory.mktemp("late")
    text = lines(*records).encode()
    path = (
        write(folder / "log.ndjson.gz", gzip.compress(text)) if packed else write(folder / "log.ndjson", text)
    )
    assert look(path).reading["kinds"] == {"view": 1, "like": 300, "unlike": 1}
    with pytest.raises(LateFieldError, match=rf"line 301: the field '{name}'"):
        rows_of(open_log(path))
    looked = look(path, mapping={"kind": f"{above}{name}"})
    assert looked.reading["kinds"] == {"view": 1, "like": 300, "unlike": 1}
    array = write(folder / "log.json", json.dumps(records))
    assert look(array).reading["kinds"] == {"view": 1, "like": 300, "unlike": 1}


wrappers = st.lists(st.sampled_from(["data", "payload", "_source", "record", "node"]), max_size=2)


@given(
    wrappers,
    st.sampled_from(["user", "actor", "sender"]),
    st.sampled_from(["video", "repository", "post"]),
    st.booleans(),
)
@quick
def test_nested_records_are_read_by_what_their_objects_are(
    tmp_path_factory: Any, above: list[str], who: str, what: str, typed: bool
) -> None:
    def record(i: int) -> dict[str, Any]:
        inner: dict[str, Any] = {
            who: {"created_at": "2019-04-02T00:00:00Z", "type": "User", "id": i},
            what: {"created_at": "2020-01-01T00:00:00Z", "id": i % 2, "owner": {"id": 7 + i % 2}},
            "liked_at": f"{T}{i}Z",
        }
        for name in above:
            inner = {name: inner}
        return inner

    records = [record(i) for i in range(4)]
    folder: Path = tmp_path_factory.mktemp("nested")
    if typed:
        pq.write_table(pa.Table.from_pylist(records), folder / "log.parquet")
        seen = look(folder / "log.parquet")
    else:
        seen = look(write(folder / "log.ndjson", lines(*records)))
    (columns,) = seen.reading["columns"]
    prefix = "".join(f"{name}." for name in reversed(above))
    assert columns == {
        "timestamp": f"{prefix}liked_at",
        "account": f"{prefix}{who}.id",
        "item": f"{prefix}{what}.id",
        "creator": f"{prefix}{what}.owner.id",
    }
    assert Counter(str(row["creator"]) for row in seen.rows) == {"7": 2, "8": 2}


def test_the_sheets_of_a_workbook_that_hold_a_log_are_read(tmp_path: Path) -> None:
    from tests.interactions.workbook import write_workbook

    write_workbook(
        tmp_path / "log.xlsx",
        {
            "about": [["what this is"], ["likes of May"]],
            "day 1": [
                ["user_id", "video_id", "liked_at"],
                ["u1", 10, "2024-05-01 12:00:00"],
                ["u2", 10, 1_714_564_807],
            ],
            "day 2": [
                ["user_id", "video_id", "liked_at"],
                [7300120000000481077, 10, "2024-05-02"],
                ["u2", 11, "2024-05-02"],
            ],
        },
    )
    seen = look(tmp_path / "log.xlsx")
    assert [(row["account"], row["item"]) for row in seen.rows] == [("u1", "10"), ("u2", "10"), ("u2", "11")]
    assert list(seen.summary.by_reason) == [
        "account is a number that a spreadsheet has cut (7.3E+18): export it again as text"
    ]
    assert seen.reading["left_out"] == [f"{tmp_path / 'log.xlsx'}, sheet 'about'"]
