"""The report: one file that needs nothing else, says what the tables say, and keeps text text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from zhenzan.errors import ResultError
from zhenzan.verify.report import draw_charts, write_report
from zhenzan.verify.report.facts import gather
from zhenzan.verify.report.page import render
from zhenzan.verify.report.result_sql import Tables
from zhenzan.verify.report.texts import TEXTS

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "‮evil‏​",
    "line\nbreak\ttab\x00nul",
    "{{ 7*7 }}{% raw %}",
    "</style></svg>]]>&amp;",
    "A" * 10_000,
    "https://example.com/x.js",
    "',');alert(1)//|",
)
VOID = {"meta", "link", "img", "br", "hr", "input"}
"""Elements without an end."""


class Page(HTMLParser):
    """Elements with their attributes, and whether the page is well nested."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.words.append(data)


def hostile(result: Any) -> Any:
    """The same result whose ids, rule names, kinds and sources were chosen by an enemy."""

    def evil(value: str | None) -> str | None:
        if value is None:
            return None
        return EVIL[int(re.sub(r"\D", "", value)) % len(EVIL)] + value

    tables = {}
    for name, table in result.tables.items():
        for column in ("id", "account", "item", "creator"):
            if column in table.column_names:
                renamed = pa.array([evil(value) for value in table[column].to_pylist()], pa.string())
                table = table.set_column(table.column_names.index(column), column, renamed)
        if "evidence" in table.column_names:
            spoken = [
                [
                    {**one, "name": "rule:" + EVIL[0] if one["name"] == "moment" else one["name"]}
                    for one in evidence
                ]
                for evidence in table["evidence"].to_pylist()
            ]
            index = table.column_names.index("evidence")
            table = table.set_column(index, "evidence", pa.array(spoken, table["evidence"].type))
        if "kind" in table.column_names:
            kinds = pa.array([EVIL[1]] * len(table))
            table = table.set_column(table.column_names.index("kind"), "kind", kinds)
        tables[name] = table
    summary = {
        **result.summary,
        "sources": list(EVIL),
        "version": EVIL[0],
        "columns": list(EVIL),
        "timings_seconds": {EVIL[0]: 1.0},
        "policy": {"version": EVIL[1], "verdict": {}},
        "evidence_names": {"account": EVIL[0]},
    }
    return type(result)(tables, summary)


@pytest.fixture(scope="module")
def page(result: Any) -> str:
    return render(result)


def check_self_contained(page: str) -> Page:
    """Nothing is loaded, nothing runs but the page's own script."""
    parsed = Page(page)
    assert parsed.open == []
    tags = [tag for tag, _ in parsed.elements]
    assert tags.count("script") == 1
    assert tags.count("style") == 1
    assert not {"link", "img", "iframe", "object", "embed", "base", "form", "image", "use"} & set(tags)
    for _, attributes in parsed.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src") is None
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", page)
    assert "default-src 'none'" in page
    return parsed


def test_the_page_needs_nothing_from_anywhere(page: str) -> None:
    check_self_contained(page)
    assert set(re.findall(r"https?://[^\s\"<]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_no_tip_of_a_report_spells_a_day_as_the_drawing_library_does(page: str) -> None:
    tips = re.findall('data-tip="([^"]*)"', page)
    assert len(tips) > 100
    assert not [tip for tip in tips if re.search(r"(start|end): |[A-Z][a-z]{2} \d\d, \d{4}", tip)]


def test_hostile_ids_stay_text(result: Any) -> None:
    evil = hostile(result)
    page = render(evil)
    parsed = check_self_contained(page)
    words = "".join(parsed.words)
    assert "<script>alert(1)</script>" in words
    assert "{{ 7*7 }}" in words
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x00]", page)
    assert max(len(word) for word in parsed.words) < 1000
    assert len(page) < 2_000_000


def test_every_text_is_used() -> None:
    folder = Path(draw_charts.__code__.co_filename).parent
    used = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.suffix in {".py", ".jinja"})
    used = used.replace((folder / "texts.py").read_text("utf-8"), "")
    prefixes = ("typical_", "alt_")
    for key in TEXTS:
        assert f'"{key}"' in used or f".{key}" in used or key.startswith(prefixes), key


@pytest.mark.parametrize("name", ["number_result", "empty_result", "quiet_result"])
def test_both_languages_say_everything(name: str, request: pytest.FixtureRequest) -> None:
    parsed = check_self_contained(render(request.getfixturevalue(name), "zh"))
    languages = [attributes["data-l"] for _, attributes in parsed.elements if "data-l" in attributes]
    assert languages.count("en") == languages.count("zh") > 50
    assert languages[::2] == ["en"] * (len(languages) // 2)
    assert parsed.elements[0] == ("html", {"lang": "zh", "data-language": "zh"})


def test_an_empty_result_makes_a_page_that_says_so(empty_result: Any, tmp_path: Path) -> None:
    path = write_report(empty_result, tmp_path / "report.html")
    page = path.read_text("utf-8")
    assert "There are no likes to judge." in page
    assert "<svg" not in page


def test_a_result_without_rings_says_so(quiet_result: Any) -> None:
    assert "No ring was found" in render(quiet_result)


def test_the_headline_is_what_the_verdicts_add_up_to(result: Any, page: str) -> None:
    verdicts = result.tables["verdicts"]
    counted = verdicts.filter(pc.equal(verdicts["standing"].cast(pa.string()), "counted"))
    facts = gather(Tables(result))
    totals = facts.totals
    assert totals.claimed == len(counted)
    hired = {
        row["account"]
        for row in result.tables["accounts"].to_pylist()
        if row["ring"] is not None and row["paid_share"] >= 0.5
    }
    rows = [row for row in counted.to_pylist() if row["account"] not in hired or row["verdict"] == "fake"]
    unsaid = 1 / (1 + 499 / 10**0.5)  # five decibans over one in five hundred
    genuine = sum(1 - max(row["fake_probability"] - unsaid, 0) / (1 - unsaid) for row in rows)
    assert totals.verified == pytest.approx(genuine)
    assert 0 <= totals.low <= genuine <= totals.high <= len(counted)
    assert sum(totals.parts.values()) == sum(band["likes"] for band in facts.bands) == len(counted)
    assert totals.parts["idle"] == len(counted) - len(rows)
    for part, likes in totals.parts.items():
        assert part == "idle" or likes == sum(row["verdict"] == part for row in rows)
        assert sum(band["likes"] for band in facts.bands if band["verdict"] == part) == likes
        assert f'<li data-part="{part}">' in page or not likes
    assert f"{round(genuine):,} of {len(counted):,} claimed likes are verified." in page


def test_a_folder_is_reported_without_loading_its_tables_and_alike(
    result: Any, page: str, tmp_path: Path
) -> None:
    stored = result.saved(tmp_path / "result")
    assert render(stored) == page
    assert stored.queries == []


def test_the_charts_are_valid_by_themselves(result: Any) -> None:
    drawn = draw_charts(result, "zh")
    assert {"certainty", "items", "bursts", "evidence", "rings", "matrix", "ring_0", "like_fake"} <= set(
        drawn
    )
    for chart in drawn.values():
        assert chart.to_dict()["$schema"]


def test_odd_policies_keep_the_bands_whole(result: Any) -> None:
    for genuine, fake in ((0.01, 0.99), (0.5, 0.5), (0.0, 1.0), (0.1, 0.95)):
        policy = {"verdict": {"genuine_threshold": genuine, "fake_threshold": fake}}
        other = type(result)(result.tables, {**result.summary, "policy": policy})
        facts = gather(Tables(other))
        assert sum(band["likes"] for band in facts.bands) == facts.totals.claimed


def test_a_report_that_cannot_be_written_is_one_clear_error(empty_result: Any, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="cannot write the report"):
        write_report(empty_result, tmp_path / "no such folder" / "report.html")
    with pytest.raises(ResultError, match="en and zh"):
        write_report(empty_result, tmp_path / "report.html", language="de")
    assert list(tmp_path.iterdir()) == []
