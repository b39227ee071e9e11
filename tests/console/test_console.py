"""The console in a real browser: pages in both languages, by keyboard, accessible, inert to names."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.service.conftest import CATALOGUE, LINES, Process, sample_messages, serving

from zhenzan.client import Client, ServiceError
from zhenzan.console import WORDS, ring_graph

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
PAGES = ["/", "/items", "/rings", "/accounts", "/accounts?ring=0", "/ring?id=0"]
PAGES += ["/item?id={item}", "/account?id={account}", "/like?id={like}"]
EVIL = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def serve_module() -> Iterator[Callable[..., Process]]:
    with serving() as start:
        yield start


def need_chromium() -> None:
    if CHROMIUM is None:
        reason = "there is no Chromium on this machine; on Debian: apt-get install chromium fonts-noto-cjk"
        assert not os.environ.get("ZHENZAN_REQUIRE_BROWSER"), reason
        pytest.skip(reason)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, serve_module: Callable[..., Process]) -> Process:
    """A service with the sample log, settled."""
    need_chromium()
    folder = tmp_path_factory.mktemp("console")
    options = ("--settle-every", "1", "--settle-share", "2", "--catalogue", str(CATALOGUE))
    process = serve_module(folder / "home", *options)
    headers = {"Authorization": f"Bearer {process.key}"} | LINES
    for body in sample_messages(folder):
        assert httpx.post(process.url + "/v1/interactions", content=body, headers=headers).status_code == 200
    with Client(process.url, process.key) as client:
        client.send([{"id": "evil", "account": EVIL, "item": EVIL, "timestamp": "2026-03-20T10:00:00Z"}])
        wait_for(lambda: client.get("summary")["counts"]["likes"] > 58_000)
    return process


def wait_for(ready: Callable[[], bool], seconds: float = 180.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except ServiceError:
            pass
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    need_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, service: Process) -> Iterator[Any]:
    """A page that is logged in; anything that the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 1240, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{service.url}/login#key={service.key}")
    page.wait_for_url(service.url + "/")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def named(service: Process) -> dict[str, str]:
    """A fake like, its account and item."""
    with Client(service.url, service.key) as client:
        found = client.get("verdicts", verdict="fake", limit=1)["verdicts"][0]
    return {"like": found["id"], "account": found["account"], "item": found["item"]}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_reads_well_in_both_languages(
    page: Any, service: Process, named: dict[str, str], path: str, language: str, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    where = path.format(**named)
    page.goto(f"{service.url}{where}{'&' if '?' in where else '?'}language={language}")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if language == "zh" else "en")
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    serious = [
        f"{found['id']}: {found['nodes'][0]['html'][:200]}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.screenshot(path=str(tmp_path / "page.png"), full_page=True)


def test_likes_are_seen_as_they_come_in(page: Any, service: Process) -> None:
    rows = page.locator("[data-rows] tr")
    page.wait_for_timeout(700)
    with Client(service.url, service.key) as client:
        client.send([{"account": "seen-now", "item": "v-now", "timestamp": "2026-03-22T10:00:00Z"}])
    page.get_by_text("seen-now").wait_for()
    assert rows.count() == 1
    page.locator('[data-show="rings"]').filter(has_text="3").wait_for()


def test_a_ring_is_walked_by_keyboard(page: Any, service: Process) -> None:
    page.goto(service.url + "/ring?id=0")
    page.locator("[data-node]").first.focus()
    assert page.locator("[data-graph] .near").count() > 1
    seen = {page.evaluate("document.activeElement.dataset.node")}
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
        seen.add(page.evaluate("document.activeElement.dataset.node"))
    assert len(seen) > 1
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/account?id=" in url or "/item?id=" in url)
    assert page.locator("h1").count() == 1


def test_names_from_outside_are_only_text(page: Any, service: Process) -> None:
    for kind in ("account", "item"):
        page.goto(f"{service.url}/{kind}?{httpx.QueryParams({'id': EVIL})}")
        assert EVIL in page.locator("h1").inner_text()
        assert page.title() != "1"
        assert page.locator("main img").count() == 0


def test_the_theme_stays(page: Any, service: Process) -> None:
    page.locator("[data-theme-switch]").click()
    theme = page.evaluate("document.documentElement.dataset.theme")
    page.goto(service.url + "/rings")
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_log_out_ends_the_session_for_copies_of_the_cookie_too(page: Any, service: Process) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert httpx.get(service.url + "/items", cookies=cookies).status_code == 200
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(service.url + "/login")
    assert httpx.get(service.url + "/items", cookies=cookies).status_code in (302, 307)


def test_a_page_needs_a_log_in_and_the_right_role(service: Process) -> None:
    with httpx.Client(base_url=service.url) as client:
        for path in ("/", "/live", "/items", "/ring?id=0", "/like?id=x"):
            assert client.get(path).status_code in (302, 307), path
        assert client.get("/", cookies={"zhenzan_session": "forged"}).status_code in (302, 307)
        assert client.post("/login", data={"key": "zz_no_no"}).status_code == 401
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert client.post("/login", data={"key": service.key}, headers=foreign).status_code == 403
        cookie = client.post("/login", data={"key": service.key}).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        policy = client.get("/items").headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert client.get("/like?id=nobody").status_code == 404
        for name in ("../core.py", "console.py", "words", "%2e%2e%2fwords.py"):
            assert client.get(f"/static/{name}").status_code == 404, name


def test_every_word_is_there_in_both_languages() -> None:
    for name, (english, chinese) in WORDS.items():
        assert english.strip(), name
        assert chinese.strip(), name
        assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese) or name == "language", name


def test_a_graph_shows_the_busiest_and_stays_within_its_frame() -> None:
    likes = [(f"a{i % 150}", f"v{i * 7 % 40}") for i in range(2000)]
    graph = ring_graph(likes)
    assert graph == ring_graph(likes)
    assert 1 <= sum(node.kind == "item" for node in graph.nodes) <= 24
    assert sum(node.kind == "account" for node in graph.nodes) == 60
    assert graph.hidden == 150 + 40 - len(graph.nodes)
    for node in graph.nodes:
        assert 0 <= node.x <= graph.width
        assert 0 <= node.y <= graph.height
    for account, item in graph.lines:
        assert (graph.nodes[account].id, graph.nodes[item].id) in set(likes)
    assert ring_graph([]).nodes == []
    assert len(ring_graph([("a", "v")]).lines) == 1
