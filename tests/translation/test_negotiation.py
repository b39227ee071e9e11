"""The language of a page, as browsers ask for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.translation import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("ZH-hans-cn", "zh"),
        ("zh-Hant", "zh"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh"),
        ("yue-Hant-HK", "zh"),
        ("en-GB", "en"),
        ("fr-FR,zh-CN;q=0.9,en;q=0.5", "zh"),
        ("fr-FR , zh-CN ; q=0.5 , en ; q=0.9", "en"),
        ("zh;q=0.1,en;q=0.9", "en"),
        ("zh;q=0.100,en;Q=0.1", "zh"),
        ("en,zh", "en"),
        ("zh,en", "zh"),
        ("zh;q=0", "en"),
        ("en;q=0", "en"),
        ("en;q=0,*", "zh"),
        ("zh;q=0,*", "en"),
        ("en;q=0,zh;q=0.001", "zh"),
        ("*", "en"),
        ("fr,*;q=0.1", "en"),
        ("zh;q=0.2,*;q=0.5", "en"),
        ("en;q=0.2,*;q=0.5", "zh"),
        ("en-GB;q=0.3,zh;q=0.5,en;q=0.5", "zh"),
        ("de,fr", "en"),
        ("zhuang,zha", "en"),
        ("zh;q=2,en;q=0.1", "en"),
        ("zh;q=-1,zh;q=x,;q=1,,en;q=0.1", "en"),
        ("zh_CN", "en"),
        ("x" * 100_000 + ",zh", "en"),
    ],
)
def test_the_language_wanted_most_is_taken(header: str, language: str) -> None:
    assert preferred_language(header) == language


WEIGHTS = st.integers(0, 1000)


@given(chinese=WEIGHTS, english=WEIGHTS, other=WEIGHTS, first=st.booleans())
def test_the_greater_weight_wins_whatever_the_order(
    chinese: int, english: int, other: int, first: bool
) -> None:
    ranges = [f"zh-CN;q={chinese / 1000:.3f}", f"en-US;q={english / 1000:.3f}"]
    header = ", ".join([*(ranges if first else ranges[::-1]), f"fr;q={other / 1000:.3f}"])
    expected = "zh" if chinese > english or (chinese == english > 0 and first) else "en"
    assert preferred_language(header) == expected


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    assert preferred_language(header) in ("en", "zh")
