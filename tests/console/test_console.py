"""The console in a real browser: pages in both languages, by keyboard, accessible, inert to names."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from tests.polling import PATIENCE_SECONDS, wait_until
from tests.service.conftest import CATALOGUE, Process, send_sample, serving

from zhenzan.client import Client, ServiceError
from zhenzan.console import ring_graph
from zhenzan.service import ApiKeys, Role
from zhenzan.store import open_database

pytestmark = pytest.mark.slow
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
PAGES = ["/", "/items", "/rings", "/accounts", "/accounts?ring=0", "/ring?id=0"]
PAGES += ["/item?id={item}", "/account?id={account}", "/like?id={like}"]
PAGES += ["/creators", "/creator?id={creator}", "/cards", "/cards?account={fan}", "/market", "/ledger"]
PAGES += ["/cases", "/policy", "/keys", "/webhooks", "/items?search=nobody", "/v1/docs"]
DESKTOP, PHONE = {"width": 1240, "height": 900}, {"width": 390, "height": 844}
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
    options = ("--settle-every", "1", "--settle-share", "0.5", "--catalogue", str(CATALOGUE))
    process = serve_module(folder / "home", *options)
    with process.client() as sender:
        send_sample(folder, partial(sender.post, "/v1/interactions"), every=9)
    with calling(process) as client:
        client.send([{"id": "evil", "account": EVIL, "item": EVIL, "timestamp": "2026-03-20T10:00:00Z"}])
        wait_for(lambda: client.get("summary")["counts"]["likes"] > 11_000)
    return process


def holders(service: Process) -> list[tuple[str, int]]:
    """Accounts with a summer card and fifty points or more, and a card's serial; those with most points
    first.
    """
    with calling(service) as client:
        wait_for(lambda: bool(client.get("ledger/events", of="summer-card/40")["events"]))
        ask = {f"summer-card/{n}" for n in range(1, 41)}
        moves = [client.get("ledger/events", of=card, limit=1)["events"] for card in sorted(ask)]
        names = {moved[0]["credit"].rpartition(":")[2] for moved in moves if moved} - {"summer-card"}
        holdings = [client.get("holdings", account=name) for name in sorted(names)]
    rich = sorted(
        (holding for holding in holdings if holding["points"] > 50), key=lambda holding: -holding["points"]
    )
    return [
        (holding["account"], card["serial"])
        for holding in rich
        for card in holding["cards"][:50]
        if card["edition"] == "summer-card" and card["serial"]
    ]


def key_for(service: Process, role: Role, subject: str) -> str:
    database = open_database(str(service.home / "zhenzan.sqlite"))
    try:
        return ApiKeys(database).create("test", role, subject)
    finally:
        database.close()


def calling(service: Process, key: str = "") -> Client:
    return Client(service.url, key or service.key, timeout_seconds=PATIENCE_SECONDS)


def wait_for(ready: Callable[[], bool]) -> None:
    """What the service refuses to say is not so yet."""

    def is_ready() -> bool:
        try:
            return ready()
        except ServiceError:
            return False

    wait_until(is_ready)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    need_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def wide(browser: Any) -> Any:
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_SECONDS * 1e3)
    return context


@pytest.fixture
def page(browser: Any, service: Process) -> Iterator[Any]:
    """A page that is logged in; anything that the browser complains of fails the test."""
    context = wide(browser)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
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
    with calling(service) as client:
        like = client.get("verdicts", verdict="fake", limit=1)["verdicts"][0]
        creator = client.get("creators", limit=1)["creators"][0]["creator"]
    fan = holders(service)[0][0]
    return {
        "like": like["id"],
        "account": like["account"],
        "item": like["item"],
        "creator": creator,
        "fan": fan,
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_page_reads_well_in_both_languages(
    page: Any, service: Process, named: dict[str, str], path: str
) -> None:
    """Only words differ between the languages: both must fit their frames, one is looked at by axe."""
    from axe_playwright_python.sync_playwright import Axe

    where = path.format(**named)
    for language, lang in (("en", "en"), ("zh", "zh-CN")):
        page.goto(f"{service.url}{where}{'&' if '?' in where else '?'}language={language}")
        assert page.evaluate("document.documentElement.lang") == lang
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "too wide for a phone"
        page.set_viewport_size(DESKTOP)
    serious = [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_likes_are_seen_as_they_come_in(page: Any, service: Process) -> None:
    rows = page.locator("[data-rows] tr")
    page.locator('[data-show="claimed"]').filter(has_text=re.compile(r"[1-9]")).wait_for()  # it listens
    with calling(service) as client:
        client.send([{"account": "seen-now", "item": "v-now", "timestamp": "2026-03-22T10:00:00Z"}])
    page.get_by_text("seen-now").wait_for()
    assert rows.count() == 1
    page.locator('[data-show="rings"]').filter(has_text=re.compile(r"[1-9]")).wait_for()


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


@pytest.fixture
def visit(browser: Any, service: Process) -> Iterator[Callable[[Role, str], Any]]:
    """Log in as somebody, in a browser of their own."""
    contexts = []

    def log_in(role: Role, subject: str) -> Any:
        context = wide(browser)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{service.url}/login#key={key_for(service, role, subject)}")
        page.locator("nav a").first.wait_for()
        return page

    yield log_in
    for context in contexts:
        context.close()


def test_a_card_is_put_up_bought_and_rented(service: Process, visit: Callable[[Role, str], Any]) -> None:
    (buyer, _), (seller, serial), *_ = holders(service)
    mine, theirs = visit(Role.viewer, seller), visit(Role.viewer, buyer)
    for kind, price in (("fixed", "5"), ("rent", "1")):
        owner, other = (mine, theirs) if kind == "fixed" else (theirs, mine)
        owner.goto(service.url + "/cards")
        owner.locator("select[name=card]").select_option(f"summer-card/{serial}")
        owner.locator("select[name=kind]").select_option(kind)
        owner.locator("input[name=price]").fill(price)
        owner.get_by_role("button", name="List a card").click()
        owner.wait_for_load_state()
        assert owner.locator("[data-said]").count() == 0
        other.goto(service.url + "/market")
        row = other.locator("tr[data-listing]").filter(has_text=f"№ {serial}")
        row.get_by_role("button").click()
        other.wait_for_load_state()
        assert other.locator("[data-said]").count() == 0
        if kind == "fixed":  # it is the buyer's now
            other.goto(service.url + "/cards")
            assert other.get_by_text(f"№ {serial} / 500").count() == 1
    with calling(service) as client:
        assert client.get("holdings", account=seller)["points"] >= 0
        rights = client.get("rights", account=seller, right="cover")["rights"]
        assert any(right["by"] == f"summer-card/{serial} rented" for right in rights)
    mine.goto(service.url + "/market?said=" + EVIL)
    assert mine.locator("[data-said]").inner_text().strip() == EVIL
    assert mine.locator("main img").count() == 0


def test_too_little_is_said_on_the_page(service: Process, visit: Callable[[Role, str], Any]) -> None:
    rich = holders(service)
    (seller, serial), (buyer, _) = rich[-1], rich[0]
    mine, theirs = visit(Role.viewer, seller), visit(Role.viewer, buyer)
    mine.goto(service.url + "/cards")
    mine.locator("select[name=card]").select_option(f"summer-card/{serial}")
    mine.locator("input[name=price]").fill("1000000")
    mine.get_by_role("button", name="List a card").click()
    theirs.goto(service.url + "/market")
    theirs.locator("tr[data-listing]").filter(has_text=f"№ {serial}").locator("button[value=buy]").click()
    theirs.get_by_text("has too little").wait_for()


def test_a_proof_is_checked_in_the_browser(page: Any, service: Process) -> None:
    page.goto(service.url + "/ledger")
    page.get_by_text("First visit").wait_for()
    page.locator("[data-proof] input").fill("summer-card/1")
    page.locator("[data-proof] button").click()
    page.get_by_text("summer-card/1: Valid").wait_for()
    assert '"serial": 1' in page.locator("[data-leaf]").inner_text()
    with calling(service) as client:
        client.post("appeals", account=holders(service)[0][0], text="why?")
    page.locator("[data-check]").first.click()
    page.locator("[data-proof-says].holds").wait_for()
    page.reload()
    page.get_by_text("unchanged").wait_for()

    def forged(route: Any) -> None:
        proof = route.fetch().json()
        proof["leaf"] = proof["leaf"].replace('"amount":1', '"amount":2')
        route.fulfill(json=proof)

    page.route("**/ledger/proof?*", forged)
    page.locator("[data-proof] input").fill("summer-card/2")
    page.locator("[data-proof] button").click()
    page.get_by_text("Not valid").wait_for()
    page.evaluate(
        """() => {
        const slot = Object.keys(localStorage).find((each) => each.startsWith("zhenzan-checkpoint"));
        const [origin, size, root, ...rest] = localStorage.getItem(slot).split("\\n");
        localStorage.setItem(slot, [origin, size - 1, root, ...rest].join("\\n")); }"""
    )
    page.reload()
    page.locator("[data-history].wrong").get_by_text("was CHANGED").wait_for()


def test_a_case_is_opened_and_decided(page: Any, service: Process, named: dict[str, str]) -> None:
    page.goto(service.url + "/cases")
    form = page.locator("form").filter(has=page.locator("input[name=do][value=open]"))
    form.locator("input[name=subject]").fill(named["account"])
    form.locator("input[name=text]").fill("liked at night, every night")
    form.get_by_role("button").click()
    case = page.locator("[data-case]").filter(has_text=named["account"])
    case.wait_for()
    case.locator("input[name=text]").fill(EVIL)
    case.get_by_role("button", name="Fake").click()
    page.get_by_role("heading", name="Decided").wait_for()
    assert page.locator("[data-case]").count() == 0
    assert page.get_by_text(EVIL).count() >= 1
    assert page.locator("main img").count() == 0
    labels = page.request.get(service.url + "/cases/labels.csv").text()
    assert f"{named['account']},fake" in labels.splitlines()


def test_a_ring_is_acted_on(page: Any, service: Process) -> None:
    with calling(service) as client:  # rings that merge go on under one id
        ring = client.get("rings", limit=1)["rings"][0]["ring"]
    page.goto(service.url + f"/ring?id={ring}")
    page.locator("form[action='/cases'] input[name=text]").fill("bought, says the seller's own page")
    page.get_by_role("button", name="Open a case").click()
    case = page.locator("[data-case]").filter(has_text=f"Ring {ring}")
    case.locator("input[name=text]").fill("proven")
    case.get_by_role("button", name="Fake").click()
    page.get_by_role("heading", name="Decided").wait_for()
    labels = page.request.get(service.url + "/cases/labels.csv").text().splitlines()
    with calling(service) as client:
        members = client.get("accounts", ring=ring, limit=500)["accounts"]
    assert {f"{row['account']},fake" for row in members} <= set(labels)


def test_a_policy_is_drafted_tried_shadowed_and_published(
    page: Any, service: Process, visit: Callable[[Role, str], Any]
) -> None:
    rule = '\n[[screen]]\nname = "busy"\nwhen = "account_likes_day > 20"\nweight = 5\n'
    page.goto(service.url + "/policy")
    editor = page.locator("textarea")
    ruling = editor.input_value()
    editor.fill(ruling + rule)
    page.locator("input[name=note]").fill("busy accounts")
    page.locator("button[value=propose]").click()
    row = page.locator("[data-version='1']")
    row.get_by_role("button", name="Backtest").click()
    page.locator("[data-tried]").get_by_text("busy").wait_for()
    editor.fill(ruling.replace("fake_threshold = 0.9", "fake_threshold = 0.6"))
    page.locator("button[value=propose]").click()
    page.locator("[data-version='2']").get_by_role("button", name="Run in shadow").click()
    page.locator("[data-version='2']").get_by_text("in shadow").wait_for()

    def compared() -> bool:
        page.reload()
        return bool(page.locator("[data-comparison]").count())

    wait_for(compared)
    analyst = visit(Role.analyst, "")
    analyst.goto(service.url + "/policy")
    assert analyst.get_by_role("button", name="Publish").count() == 0
    row.get_by_role("button", name="Publish").click()
    row.get_by_text("rules").wait_for()


def test_a_wrong_draft_is_said_and_kept_in_the_editor(service: Process, visit: Callable[..., Any]) -> None:
    page = visit(Role.operator, "")
    page.goto(service.url + "/policy")
    page.locator("textarea").fill("format = 1\n[verdict]\nfake_treshold = 0.9\n")
    page.locator("button[value=propose]").click()
    page.get_by_text("did you mean 'fake_threshold'").wait_for()
    assert "fake_treshold" in page.locator("textarea").input_value()


def test_a_list_is_searched_narrowed_and_paged(page: Any, service: Process) -> None:
    page.goto(service.url + "/items")
    page.get_by_label("With likes").select_option("fake")
    page.get_by_label("Order").select_option("share")
    page.get_by_label("Id begins with").fill("video-0")
    page.get_by_label("Id begins with").press("Enter")
    page.wait_for_url("**/items?*search=video-0*")
    rows = page.locator("tbody th")
    first = set(rows.all_inner_texts())
    with calling(service) as client:
        items = client.get("items", verdict="fake", sort="share", search="video-0")["items"]
    assert first == {row["item"] for row in items}
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url("**cursor=*")
    assert page.get_by_label("Order").input_value() == "share"
    assert page.get_by_label("Id begins with").input_value() == "video-0"
    assert first.isdisjoint(rows.all_inner_texts())
    page.get_by_role("link", name="中文").click()
    page.get_by_role("heading", name="作品").wait_for()
    assert page.get_by_label("编号开头").input_value() == "video-0"
    page.get_by_label("编号开头").fill("Video-0")
    page.get_by_role("button", name="显示", exact=True).click()
    page.get_by_role("link", name="显示全部").click()
    page.wait_for_url(service.url + "/items")


def test_a_key_is_made_shown_once_and_revoked_by_keyboard(page: Any, service: Process) -> None:
    page.goto(service.url + "/keys")
    page.locator("input[name=name]").focus()
    page.keyboard.type(EVIL)
    page.keyboard.press("Tab")
    page.keyboard.type("analyst")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    secret = page.locator("[data-made] input")
    key = secret.input_value()
    assert secret.evaluate("(field) => field === document.activeElement")
    assert key not in page.url
    with calling(service, key) as client:
        assert client.get("summary")
    page.goto(service.url + "/keys")
    assert key.split("_", 2)[2] not in page.content()
    row = page.locator(f"[data-key='{key.split('_')[1]}']")
    assert EVIL in row.inner_text()
    assert page.locator("main img").count() == 0
    row.get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Revoke this key?").wait_for()
    page.get_by_role("button", name="Revoke").focus()
    page.keyboard.press("Enter")
    row.get_by_text("revoked").wait_for()
    assert row.get_by_role("link").count() == 0


def test_a_webhook_is_added_tested_and_removed(page: Any, service: Process) -> None:
    page.goto(service.url + "/webhooks")
    page.locator("input[name=url]").fill("http://127.0.0.1:9/hook")
    page.locator("input[name='sale.made']").uncheck()
    page.get_by_role("button", name="Add a webhook").click()
    assert page.locator("[data-made] input").input_value().startswith("whsec_")
    row = page.locator("[data-webhook]").filter(has_text="http://127.0.0.1:9/hook")
    assert "sale.made" not in row.inner_text()
    row.get_by_role("button").click()
    letter = page.locator("[data-delivery]").filter(has_text="webhook.tested")
    letter.wait_for()

    def tried() -> bool:
        page.reload()
        return letter.filter(has_text="refused").count() == 1

    wait_for(tried)
    row.get_by_role("link").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("There are no webhooks yet.").wait_for()


def test_forms_of_other_sites_change_nothing(service: Process) -> None:
    with httpx.Client(base_url=service.url, timeout=PATIENCE_SECONDS) as client:
        client.post("/login", data={"key": service.key})
        for path, form in (
            ("/policy", {"do": "propose", "text": "format = 1"}),
            ("/cases", {"do": "open", "kind": "account", "subject": "x", "text": "y"}),
            ("/market", {"do": "buy", "listing": "x"}),
            ("/keys", {"do": "make", "role": "operator"}),
            ("/webhooks", {"do": "add", "url": "https://evil.example", "sale.made": "on"}),
        ):
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                assert client.post(path, data=form, headers=headers).status_code == 403, path


def test_each_role_finds_its_own_pages(
    service: Process, visit: Callable[[Role, str], Any], named: dict[str, str]
) -> None:
    creator = visit(Role.creator, named["creator"])
    assert creator.url == service.url + "/creators"
    creator.get_by_role("link", name=named["creator"], exact=True).click()
    assert creator.locator("h2").first.inner_text() == "Genuine fans"
    others = [
        path.format(**named)
        for path in PAGES
        if path.startswith(("/i", "/r", "/a", "/like", "/m", "/cases", "/p", "/k", "/w"))
    ]
    for path in [*others, "/", "/creator?id=somebody-else"]:
        assert creator.goto(service.url + path).status == 403, path
    viewer = visit(Role.viewer, named["fan"])
    assert viewer.url == service.url + "/cards"
    for path in [*others, "/", f"/creator?id={named['creator']}"]:
        status = 200 if path == "/market" else 403
        assert viewer.goto(service.url + path).status == status, path
    viewer.goto(service.url + f"/cards?account={named['account']}")
    assert named["fan"] in viewer.locator("h1").inner_text()


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
    with httpx.Client(base_url=service.url, cookies=cookies, timeout=PATIENCE_SECONDS) as copy:
        assert copy.get("/items").status_code == 200
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(service.url + "/login")
        assert copy.get("/items").status_code in (302, 303, 307)


def test_a_page_needs_a_log_in_and_the_right_role(service: Process) -> None:
    with httpx.Client(base_url=service.url, timeout=PATIENCE_SECONDS) as client:
        for path in ("/", "/live", "/items", "/ring?id=0", "/like?id=x"):
            assert client.get(path).status_code in (302, 303, 307), path
        assert client.get("/", cookies={"zhenzan_session": "forged"}).status_code in (302, 303, 307)
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
