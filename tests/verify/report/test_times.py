"""Times in reports: in UTC on every machine, from when to when."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from zhenzan.verify.report.number_text import span

DRAWN = """
from datetime import UTC, datetime
from zhenzan.presentation import svg
from zhenzan.verify.report.charts import timeline
from zhenzan.verify.report.rings import Raster, raster
start = datetime(2026, 9, 20, 23, 44, tzinfo=UTC)
ms = start.timestamp() * 1000
cells = ({"item": "i", "start": ms, "end": ms + 120_000, "mine": True, "likes": 7},)
rows = [{"start": start, "seconds": 3600, "verdict": "fake", "likes": 5}]
for language in ("en", "zh"):
    print(svg(lambda: raster(Raster(0, ("i",), ms, ms + 720_000, cells), language), language, "t"))
    print(svg(lambda: timeline(rows, language), language, "t"))
"""


def drawn(zone: str) -> str:
    words = [sys.executable, "-c", DRAWN]
    return subprocess.run(
        words, env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True
    ).stdout


def test_a_machine_in_another_zone_draws_the_same() -> None:
    text = drawn("Asia/Shanghai")
    assert text == drawn("America/Los_Angeles")
    tips = re.findall('data-tip="([^"]*)"', text)
    assert tips == [
        "i, 20 Sep 2026, 23:44:00 – 23:46:00: 7 (the ring's likes)",
        "20 Sep 2026, 23:44 – 21 Sep 2026, 00:44: 5",
        "i, 2026年9月20日 23:44:00 – 23:46:00: 7 (团伙的赞)",
        "2026年9月20日 23:44 – 2026年9月21日 00:44: 5",
    ]


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (0, "31 Dec 2025, 23:30:05 – 23:30:05", "2025年12月31日 23:30:05 – 23:30:05"),
        (9, "31 Dec 2025, 23:30:05 – 23:39:05", "2025年12月31日 23:30:05 – 23:39:05"),
        (10, "31 Dec 2025, 23:30 – 23:40", "2025年12月31日 23:30 – 23:40"),
        (30, "31 Dec 2025, 23:30 – 1 Jan 2026, 00:00", "2025年12月31日 23:30 – 2026年1月1日 00:00"),
    ],
)
def test_a_span_names_its_day_once_where_it_is_one(minutes: int, english: str, chinese: str) -> None:
    first = datetime(2025, 12, 31, 23, 30, 5, tzinfo=UTC)
    last = first + timedelta(minutes=minutes)
    assert (span(first, last, "en"), span(first, last, "zh")) == (english, chinese)
    same = [at.astimezone(tz=None) for at in (first, last)]
    assert span(same[0], same[1], "en") == english
