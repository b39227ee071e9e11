"""The counts of one settlement as every surface shows them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from tests.service.conftest import Api

from zhenzan import Result
from zhenzan.cli.summary import print_summary
from zhenzan.presentation import COUNTS
from zhenzan.service import Role
from zhenzan.service.sessions import COOKIE

Counts = dict[str, int]
CELL = re.compile(r'data-count="(\w+)"[^>]*>([\d,]+)<')


def whole(counts: Any) -> Counts:
    return {name: round(counts[name]) for name in COUNTS}


def total(rows: list[dict[str, Any]]) -> Counts:
    return whole({name: sum(row[name] for row in rows) for name in COUNTS})


def number(text: str) -> int:
    return int(text.replace(",", ""))


def of_report(result: Result, folder: Path, language: str) -> Counts:
    """What the headline and the key beneath say."""
    page = unescape(result.report(folder / f"{language}.html", language).read_text("utf-8"))
    form = {
        "en": r"([\d,]+) of ([\d,]+) claimed likes are verified",
        "zh": r"声称的 ([\d,]+) 个赞中，核实 ([\d,]+) 个",
    }
    first, second = re.findall(form[language], page)[0]
    claimed, verified = (second, first) if language == "en" else (first, second)
    parts = re.findall(r'data-part="(\w+)">.*?<b>([\d,]+)</b>', page)
    return {
        "idle": 0,
        "claimed": number(claimed),
        "verified": number(verified),
        **{name: number(likes) for name, likes in parts},
    }


def of_command(result: Result, capsys: Any) -> Counts:
    capsys.readouterr()
    print_summary(result, Path("result"), None, 1.0)
    output = capsys.readouterr().out
    titles = {"claimed": "Claimed likes", "verified": "Verified likes"}
    counts = {"idle": 0}
    for name, words in COUNTS.items():
        for likes in re.findall(rf"^{titles.get(name, words.capitalize())} +([\d,]+)", output, re.MULTILINE):
            counts[name] = number(likes)
    return counts


def of_page(text: str) -> list[Counts]:
    """The rows of counts that a page shows."""
    cells = [(name, number(likes)) for name, likes in CELL.findall(text)]
    width = len(COUNTS)
    return [dict(cells[at : at + width]) for at in range(0, len(cells), width)]


class Visitor:
    """An analyst before the console."""

    def __init__(self, api: Api) -> None:
        self.client = api.client
        self.headers = {"Cookie": f"{COOKIE}={api.core.sessions.begin(api.key(Role.analyst))}"}

    def get(self, path: str, **query: Any) -> httpx.Response:
        answer = self.client.get(path, params=query, headers=self.headers)
        assert answer.status_code == 200, (path, answer.text)
        return answer

    def rows(self, path: str) -> dict[str, Counts]:
        """All rows of a list, page after page, by the id that their link names."""
        counts: dict[str, Counts] = {}
        cursor: dict[str, str] = {}
        while True:
            text = self.get(path, **cursor).text
            body = text.partition("<tbody>")[2].partition("</tbody>")[0]
            ids = re.findall(r'<th scope="row">.*?class="id"[^>]*>([^<]*)<', body)
            counts |= dict(zip(map(unescape, ids), of_page(body), strict=True))
            after = re.search(r"cursor=([^\"&]+)\"", text)
            if after is None:
                return counts
            cursor = {"cursor": unescape(after[1])}


def everything(api: Api, path: str, name: str) -> list[dict[str, Any]]:
    """All rows of a list of the API."""
    rows: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 500}
    while True:
        answer = api.get(path, params=query).json()
        rows += answer[name]
        if answer["next"] is None:
            return rows
        query["cursor"] = answer["next"]
