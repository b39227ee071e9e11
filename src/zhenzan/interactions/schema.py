"""The interaction schema: columns, types, units and kinds of the table that flows through the whole project.

Every reader yields record batches with these columns, in this order. `row`, `account`, `item` and `timestamp`
are always there; any other column only when the log has it. A log without `kind` is all `like`.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = [
    "CANONICAL",
    "GESTURE",
    "KINDS",
    "KIND_CODES",
    "LIKE",
    "MARK_WORDS",
    "NEEDED",
    "SCHEMA",
    "TIMESTAMP",
    "kind_index",
]

KINDS: tuple[str, ...] = ("view", "like", "unlike", "comment", "share", "follow", "collect", "gift", "report")
"""The kinds of interaction; the `kind` column holds indices into this tuple."""

LIKE = KINDS.index("like")

TIMESTAMP = pa.timestamp("us", tz="UTC")
GESTURE = pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64()), ("t", pa.float64())]))
"""A pointer trace: x and y in the client's pixels, t in milliseconds."""

SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),  # 0-based number of the input record over the whole log
        pa.field("id", pa.string()),  # idempotency key
        pa.field("kind", pa.int8()),  # index into KINDS
        pa.field("timestamp", TIMESTAMP, nullable=False),
        pa.field("account", pa.string(), nullable=False),  # or int64: one type over a whole log
        pa.field("item", pa.string(), nullable=False),  # or int64
        pa.field("creator", pa.string()),  # or int64; null where unknown
        pa.field("watched", pa.int64()),  # milliseconds
        pa.field("duration", pa.int64()),  # milliseconds
        pa.field("ip", pa.uint64()),  # keyed hash; null where absent
        pa.field("device", pa.uint64()),  # keyed hash; null where absent
        pa.field("region", pa.string()),  # ISO 3166 code
        pa.field("app", pa.string()),  # tenant
        pa.field("origin", pa.string()),  # organic, search, profile, direct, promoted:<order>
        pa.field("gesture", GESTURE),
    ]
)

CANONICAL: tuple[str, ...] = tuple(name for name in SCHEMA.names if name != "row")
"""The names a log's own columns can be mapped to."""

NEEDED: tuple[str, ...] = ("account", "item", "timestamp")

# What logs call the kinds. Looked up after `_fold`, so case, spaces, dashes and underscores do not matter.
_KIND_WORDS: dict[str, tuple[str, ...]] = {
    "view": (
        "view", "viewed", "views", "play", "played", "watch", "watched", "impression", "show", "click", "pv",
        "pageview",
        "浏览", "观看", "播放", "曝光", "点击",
    ),
    "like": (
        "like", "liked", "likes", "star", "starred", "upvote", "upvoted", "voteup", "heart", "favorite",
        "favourite", "thumbup", "thumbsup", "digg", "dig", "watchevent", "starevent", "created", "started",
        "fav", "love", "care", "点赞", "赞", "喜欢", "红心",
    ),
    "unlike": (
        "unlike", "unliked", "unstar", "unstarred", "removelike", "cancellike", "likecancel",
        "undolike", "removevote", "unvote", "deleted", "removed", "unfav", "unfavorite",
        "unfavourite", "取消点赞", "取消赞", "取消喜欢",
    ),
    "comment": (
        "comment", "commented", "comments", "reply", "replied", "review", "danmaku", "评论", "回复",
        "弹幕",
    ),
    "share": (
        "share", "shared", "shares", "forward", "forwarded", "repost", "reposted", "retweet", "分享",
        "转发",
    ),
    "follow": (
        "follow", "followed", "follows", "subscribe", "subscribed", "关注", "订阅",
    ),
    "collect": (
        "collect", "collected", "bookmark", "bookmarked", "save", "saved", "收藏",
    ),
    "gift": (
        "gift", "gifted", "tip", "tipped", "donate", "donated", "coin", "打赏", "送礼", "礼物", "投币",
    ),
    "report": (
        "report", "reported", "hate", "dislike", "downvote", "flag", "flagged", "举报", "不喜欢", "踩",
    ),
}  # fmt: skip


def _fold(word: str) -> str:
    return "".join(word.casefold().replace("_", " ").replace("-", " ").split())


MARK_WORDS: dict[str, str | None] = {
    "1": "like",
    "+1": "like",
    "1.0": "like",
    "true": "like",
    "t": "like",
    "yes": "like",
    "y": "like",
    "是": "like",
    "-1": "report",
    "-1.0": "report",
    "0": None,
    "0.0": None,
    "false": None,
    "f": None,
    "no": None,
    "n": None,
    "否": None,
}
"""What a column that marks likes says of a row: a kind, or None where nothing happened."""

KIND_CODES: dict[str, dict[str, str]] = {
    "votetypeid": {
        "2": "like",
        "3": "report",
    },  # Stack Exchange: up and down; the others are no votes on a post
}
"""Numbers that mean a kind under one name of a column alone (folded)."""

_INDEX_OF_WORD = {word: KINDS.index(kind) for kind, words in _KIND_WORDS.items() for word in words}


def kind_index(word: str) -> int | None:
    """Return the index into `KINDS` of a log's own word for a kind (English or Chinese), None if unknown."""
    return _INDEX_OF_WORD.get(_fold(word))
