import pytest

from zhenzan.errors import InputError
from zhenzan.interactions.mapping import ALIASES, Mapping, fold
from zhenzan.interactions.schema import CANONICAL


@pytest.mark.parametrize(
    "columns",
    [
        ("account", "item", "timestamp"),
        ("user_id", "video_id", "time_ms"),
        ("UserID", "Video ID", "Created At"),
        ("uid", "photo-id", "ts"),
        ("actor", "repo", "starred_at"),
        ("用户", "作品", "时间"),
        ("用户ID", "视频ID", "点赞时间"),
        ("ｕｓｅｒ＿ｉｄ", "item.id", "date"),
    ],
)
def test_common_names_are_found(columns: tuple[str, ...]) -> None:
    mapping = Mapping.resolve(columns)
    assert (mapping["account"], mapping["item"], mapping["timestamp"]) == columns


def test_what_the_user_says_goes_before_any_guess() -> None:
    mapping = Mapping.resolve(("user_id", "fan", "item", "time"), {"account": "fan"})
    assert mapping["account"] == "fan"
    assert "user_id" not in mapping.columns


def test_the_canonical_name_goes_before_its_aliases() -> None:
    mapping = Mapping.resolve(("uid", "account", "item_id", "item", "ts", "timestamp"))
    assert mapping.columns == ("timestamp", "account", "item")


def test_an_empty_value_says_that_there_is_no_such_column() -> None:
    columns = ("user", "item", "time", "type")
    assert Mapping.resolve(columns)["kind"] == "type"
    assert "kind" not in Mapping.resolve(columns, {"kind": ""})


def test_one_column_plays_one_part() -> None:
    mapping = Mapping.resolve(("author_id", "user", "item", "time"))
    assert mapping["creator"] == "author_id"
    assert len(set(mapping.columns)) == len(mapping.columns)


def test_a_missing_column_is_named_with_what_was_found() -> None:
    with pytest.raises(InputError) as caught:
        Mapping.resolve(("fan", "clip", "time"), where="likes.csv")
    message = str(caught.value)
    for part in ("likes.csv", "account or item", "fan, clip, time", "--map account=COLUMN"):
        assert part in message
    assert "\n" not in message


def test_a_mistyped_column_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"no column 'vidoe_id'.*did you mean 'video_id'\?"):
        Mapping.resolve(("user_id", "video_id", "time"), {"item": "vidoe_id"})


@pytest.mark.parametrize(
    ("field", "meant"), [("acount", "account"), ("user_id", "account"), ("用户", "account")]
)
def test_a_mistyped_field_gets_a_suggestion(field: str, meant: str) -> None:
    with pytest.raises(InputError, match=rf"no field '{field}'.*did you mean '{meant}'\?"):
        Mapping.resolve(("user_id", "video_id", "time"), {field: "user_id"})


def test_a_log_without_a_header_is_told_so() -> None:
    with pytest.raises(InputError, match="add a header line"):
        Mapping.resolve(("123", "456", "1650812741436"))


def test_no_alias_means_two_things() -> None:
    seen: dict[str, str] = {}
    for field in CANONICAL:
        assert field in map(fold, ALIASES[field])
        for alias in ALIASES[field]:
            assert seen.setdefault(fold(alias), field) == field, alias
