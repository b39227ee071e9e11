import pytest

from zhenzan.interactions.schema import CANONICAL, KINDS, SCHEMA, kind_index


def test_every_kind_is_its_own_word() -> None:
    assert [kind_index(kind) for kind in KINDS] == list(range(len(KINDS)))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Star", "like"),
        ("UP_VOTE", "like"),
        ("thumbs up", "like"),
        ("点赞", "like"),
        ("赞", "like"),
        ("un-like", "unlike"),
        ("取消点赞", "unlike"),
        ("Retweet", "share"),
        ("转发", "share"),
        ("收藏", "collect"),
        (" view ", "view"),
    ],
)
def test_common_words_for_kinds_are_known(word: str, kind: str) -> None:
    index = kind_index(word)
    assert index is not None
    assert KINDS[index] == kind


@pytest.mark.parametrize("word", ["", "dance", "likes it", "💃"])
def test_unknown_words_are_no_kind(word: str) -> None:
    assert kind_index(word) is None


def test_the_schema_is_the_canonical_columns_and_the_row_number() -> None:
    assert set(SCHEMA.names) == {"row", *CANONICAL}
