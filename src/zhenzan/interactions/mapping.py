"""Column mapping: the log's column for each field, as the user says or by names in common use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass

from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import InputError, did_you_mean, some_of
from zhenzan.interactions.schema import CANONICAL, NEEDED

__all__ = [
    "ALIASES",
    "CONSTANT",
    "MARKS",
    "Mapping",
    "candidates",
    "checked_fields",
    "fold",
    "is_case_blind",
    "is_mark",
]

COLUMNS_SHOWN_MAX = 30  # how many of a log's columns an error message lists

# In order of preference. Compared after `fold`: case, spaces, underscores, dashes and dots do not matter.
ALIASES: dict[str, tuple[str, ...]] = {
    "account": (
        "account", "account_id", "user_id", "userid", "uid", "user", "username", "user_name", "actor",
        "actor_id", "actor_login", "login", "member_id", "viewer_id", "reviewer_id", "author_did",
        "did", "from_user_id", "liker", "liker_id", "stargazer", "screen_name", "open_id", "mid",
        "user_pseudo_id", "anonymous_id", "distinct_id", "visitor_id", "client_id", "person_id",
        "账号", "账户", "用户", "用户id", "账号id", "用户编号", "点赞用户", "用户名", "用户昵称",
    ),
    "item": (
        "item", "item_id", "video_id", "photo_id", "post_id", "note_id", "aweme_id", "feed_id", "object_id",
        "content_id", "article_id", "product_id", "business_id", "repo", "repo_id", "repo_name",
        "repository", "target_id", "status_id", "tweet_id", "live_id", "room_id", "song_id", "track_id",
        "link_id", "bvid", "aid", "mblog_id", "weibo_id", "thread_id", "story_id", "video", "photo", "post",
        "product", "asin", "url", "link", "href", "permalink", "uri", "subject", "作品", "作品id", "作品名称",
        "微博id", "微博", "文章id", "链接",
        "作品编号", "视频", "视频id", "内容", "内容id", "帖子", "帖子id", "笔记id", "直播间",
        "直播间id", "商品id",
    ),
    # The time of the like itself before any other, and the birth of something last.
    "timestamp": (
        "liked_at", "like_time", "liked_time", "time_liked", "starred_at", "star_time", "star_at",
        "favorited_at", "favourited_at", "upvoted_at", "voted_at", "digg_time", "reacted_at", "点赞时间",
        "点赞日期", "点赞于", "互动时间", "action_time", "event_time", "event_timestamp", "event_ts",
        "occurred_at", "timestamp_share", "timestamp", "time", "time_ms", "time_us", "time_ns", "time_s",
        "timestamp_ms", "timestamp_us", "timestamp_ns", "timestamp_s", "@timestamp", "ts", "ts_ms",
        "ts_us", "datetime", "date_time", "log_time", "server_time", "unix_time", "epoch", "epoch_ms",
        "时间", "时间戳", "发生时间", "created_at", "created", "create_time", "ctime", "creation_date",
        "创建时间", "date", "day", "日期",
    ),
    "kind": (
        "kind", "event", "event_type", "event_name", "action", "action_type", "interaction",
        "interaction_type", "event_action", "reaction", "reaction_type", "vote_type_id", "vote_type",
        "behavior", "behaviour", "behavior_type",
        "behaviour_type", "verb", "type", "类型", "行为", "行为类型", "互动", "互动类型", "动作", "事件",
    ),
    "creator": (
        "creator", "creator_id", "author", "author_id", "owner", "owner_id", "publisher",
        "publisher_id", "up_id", "anchor_id", "streamer_id", "seller_id", "channel_id", "uploader",
        "uploader_id", "repo_owner", "作者", "作者id", "创作者", "创作者id", "主播", "主播id", "up主",
        "博主", "博主id",
    ),
    "id": (
        "id", "event_id", "like_id", "interaction_id", "record_id", "request_id", "idempotency_key",
        "uuid", "log_id", "编号", "事件id", "流水号", "记录id",
    ),
    "watched": (
        "watched", "watched_ms", "watch_time", "watch_time_ms", "play_time", "play_time_ms",
        "watch_duration", "watch_duration_ms", "play_duration", "play_duration_ms", "playing_time",
        "watched_s", "watch_time_s", "watch_seconds", "watched_seconds", "dwell", "dwell_ms",
        "dwell_time", "观看时长", "播放时长", "观看时间",
    ),
    "duration": (
        "duration", "duration_ms", "video_duration", "video_duration_ms", "length_ms", "duration_s",
        "duration_sec", "duration_seconds", "时长", "视频时长", "作品时长",
    ),
    "ip": (
        "ip", "ip_address", "ip_addr", "client_ip", "remote_addr", "remote_ip", "user_ip", "ip地址",
    ),
    "device": (
        "device", "device_id", "did_hash", "device_fingerprint", "fingerprint", "imei", "idfa", "oaid",
        "android_id", "设备", "设备id", "设备号", "设备指纹",
    ),
    "region": (
        "region", "country", "country_code", "province", "地区", "地域", "国家", "省份",
    ),
    "app": (
        "app", "app_id", "tenant", "tenant_id", "应用", "租户",
    ),
    "origin": (
        "origin", "referrer", "traffic_source", "entry", "来源", "入口", "流量来源",
    ),
    "gesture": (
        "gesture", "trace", "pointer_trace", "手势", "轨迹",
    ),
}  # fmt: skip

# Parts of a nested record (`user.login`, `repository.owner.login`): what an object of this name is to a like,
# and which of its fields names it, the surest first. Its birth, type or counts are nothing here.
_ENTITIES: dict[str, tuple[str, ...]] = {
    "account": (
        "user", "actor", "sender", "account", "stargazer", "viewer", "member", "liker", "reactor", "voter",
        "from", "用户",
    ),
    "item": (
        "item", "video", "photo", "post", "note", "aweme", "feed", "content", "article", "repo", "repository",
        "object", "target", "tweet", "status", "media", "live", "room", "song", "track", "product", "subject",
        "page", "story", "作品", "视频",
    ),
    "creator": (
        "author", "owner", "creator", "publisher", "channel", "uploader", "anchor", "streamer", "作者",
    ),
    "": ("comment", "device", "geo", "location", "organization", "org"),
}  # fmt: skip
_NAMING_FIELDS = (
    "id",
    "uid",
    "userid",
    "videoid",
    "did",
    "openid",
    "login",
    "fullname",
    "namewithowner",
    "screenname",
    "username",
    "name",
    "uri",
    "url",
    "title",
)
_ENTITY_OF = {word: field for field, words in _ENTITIES.items() for word in words}

# Columns that say of each row whether it is a like at all. Read as `kind` where they hold nothing else.
MARKS = frozenset(
    {
        "islike",
        "isliked",
        "liked",
        "like",
        "likeflag",
        "islikeflag",
        "digg",
        "isdigg",
        "favorite",
        "favourite",
        "isfavorite",
        "upvote",
        "vote",
        "voteflag",
        "votevalue",
        "value",
        "thumbsup",
        "是否点赞",
        "点赞",
        "是否喜欢",
    }
)


def fold(name: str) -> str:
    """Return a column name without case, width, spaces, underscores, dashes and dots."""
    return re.sub(r"[\s_\-.]+", "", unicodedata.normalize("NFKC", name)).casefold()


def is_mark(column: str) -> bool:
    """Whether a column by its name may say which rows are likes."""
    return fold(column.rpartition(".")[2]) in MARKS


_CASE_BLIND = frozenset(
    {
        "login",
        "fullname",
        "namewithowner",
        "stargazer",
        "repo",
        "reponame",
        "repository",
        "actorlogin",
        "userlogin",
        "senderlogin",
        "repofullname",
        "repoowner",
    }
)


def is_case_blind(column: str) -> bool:
    """Whether a column holds names of GitHub, among which capital letters do not tell two apart."""
    name = column.rpartition(".")[2]
    return fold(name) in _CASE_BLIND or (fold(name) == "name" and fold(column) in _CASE_BLIND)


@dataclass(frozen=True)
class Mapping:
    """Canonical column name → the log's own column name, as resolved for one file."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    @renamed_parameters(asked="mapping")
    def resolve(
        cls, columns: Sequence[str], mapping: AnyMapping[str, str] | None = None, where: str = "the log"
    ) -> Mapping:
        """Find the log's column for every canonical name.

        `mapping` is what the user says (`{"account": "user_id"}`); an empty value says that the log has no
        such column, whatever its names look like. All else follows from `ALIASES`. Raises InputError that
        names what was found and what is needed.
        """
        mapping = checked_fields(mapping)
        columns_by_field: dict[str, str] = {}
        for field, column_name in mapping.items():
            if column_name:
                columns_by_field[field] = _named(column_name, columns, field, where)
        taken = set(columns_by_field.values())
        for field in CANONICAL:
            if field in columns_by_field or field in mapping:
                continue
            free = (column for column in candidates(field, columns) if column and column not in taken)
            if column := next(free, None):
                columns_by_field[field] = column
                taken.add(column)
        missing = [field for field in NEEDED if field not in columns_by_field]
        if missing:
            raise InputError(_missing_message(missing, columns, where))
        for field, column in columns_by_field.items():
            if columns.count(column) > 1:
                raise InputError(
                    f"{where} has several columns {column!r}, so which is {field}? Give each its own name."
                )
        return cls.of(columns_by_field)

    @classmethod
    @renamed_parameters(found="columns")
    def of(cls, columns: AnyMapping[str, str]) -> Mapping:
        """A mapping of these columns, in the schema's order."""
        return cls(tuple((field, columns[field]) for field in CANONICAL if field in columns))

    def __getitem__(self, field: str) -> str:
        return dict(self.pairs)[field]

    def get(self, field: str, otherwise: str) -> str:
        return dict(self.pairs).get(field, otherwise)

    def __contains__(self, field: object) -> bool:
        return any(name == field for name, _ in self.pairs)

    def __iter__(self) -> Iterator[str]:
        return (field for field, _ in self.pairs)

    @property
    def columns(self) -> tuple[str, ...]:
        """The log's own columns that are used, each once."""
        return tuple(dict.fromkeys(column for _, column in self.pairs))


def candidates(field: str, columns: Sequence[str]) -> list[str]:
    """The log's columns whose names propose them for a field, the likeliest first."""
    by_name: dict[str, str] = {}
    of_entities: list[tuple[int, str]] = []
    for column in columns:
        parents, name = _disambiguated(column)
        by_name.setdefault(fold(".".join([*parents, name])), column)
        if parents and _ENTITY_OF.get(parents[-1]) == field and fold(name) in _NAMING_FIELDS:
            of_entities.append((_NAMING_FIELDS.index(fold(name)), column))
        elif parents:  # video.duration is video_duration, video.author_id is its creator
            by_name.setdefault(parents[-1] + fold(name), column)
            if field == "creator":
                by_name.setdefault(fold(name), column)
    named = [by_name[key] for alias in ALIASES[field] if (key := fold(alias)) in by_name]
    return list(dict.fromkeys([*named, *(column for _, column in sorted(of_entities, key=lambda e: e[0]))]))


def _disambiguated(column: str) -> tuple[list[str], str]:
    """Of a dotted name the objects that say what it is of (folded), and its own name."""
    *parents, name = column.split(".")
    if not name:
        return [], column
    entities = [fold(parent) for parent in parents]
    while entities and entities[0] not in _ENTITY_OF:  # data, payload, _source: wrappings
        del entities[0]
    return entities, name


def checked_fields(mapping: AnyMapping[str, str] | None) -> dict[str, str]:
    """What the user maps, `like` (a column that marks likes) as `kind`. Raises InputError if there is no such
    field.
    """
    fields = dict(mapping or {})
    if "like" in fields:
        if fields.get("kind"):
            raise InputError("Map kind or like, not both: like=COLUMN names a column that marks likes.")
        fields["kind"] = fields.pop("like")
    for field in fields:
        if field not in CANONICAL:
            meant = next(
                (name for name, aliases in ALIASES.items() if fold(field) in map(fold, aliases)), None
            )
            hint = f"; did you mean {meant!r}?" if meant else did_you_mean(field, CANONICAL)
            raise InputError(f"There is no field {field!r} to map to{hint} Fields: {', '.join(CANONICAL)}.")
    if fields.get("timestamp", "").startswith(CONSTANT):
        raise InputError("A time cannot be the same for all rows: --map timestamp=COLUMN names a column.")
    return fields


CONSTANT = "="  # begins what is mapped to one value for all rows: --map account==ann


def _named(name: str, columns: Sequence[str], field: str, where: str) -> str:
    if name in columns:
        return name
    for column in columns:
        if fold(column) == fold(name):
            return column
    hint = did_you_mean(name, columns) or "."
    raise InputError(f"{where} has no column {name!r} for {field}{hint} {_hint(columns)}")


def _missing_message(missing: Sequence[str], columns: Sequence[str], where: str) -> str:
    text = f"{where} has no column for {' or '.join(missing)}. {_hint(columns)} Needed: {', '.join(NEEDED)}."
    if _looks_like_data(columns):
        return f"{text} The first line looks like data: add a header line."
    one = missing[0]
    constant = "" if one == "timestamp" else f", or --map {one}==NAME where all rows are of one {one}"
    return f"{text} Say which is which with --map {one}=COLUMN{constant} (mapping={{...}} in Python)."


def _looks_like_data(columns: Sequence[str]) -> bool:
    """Whether a first line holds values: as many numbers and times as words, none of them a known name."""
    numbers = sum(bool(re.fullmatch(r"[-+0-9.:TZ /]+", column)) for column in columns)
    known = {fold(alias) for aliases in ALIASES.values() for alias in aliases}
    named = any(fold(column) in known or fold(column) in MARKS for column in columns)
    return numbers > 0 and (numbers == len(columns) or (2 * numbers >= len(columns) and not named))


def _hint(columns: Sequence[str]) -> str:
    shown = some_of([repr(column[:40])[1:-1] for column in columns], COLUMNS_SHOWN_MAX)
    return f"Found: {shown or 'no columns'}."
