"""The client is patient with a busy service and plain about a wrong question."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from zhenzan import client as clients
from zhenzan.client import Client, ServiceError


class Answers(http.server.BaseHTTPRequestHandler):
    """Gives the answers of a list, one after the other, the last for ever."""

    answers: ClassVar[list[tuple[int, dict[str, str], Any]]] = []
    requests: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.requests.append((self.command, self.path, body))
        status, headers, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        text = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET  # noqa: N815, the name that the standard library calls

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(*answers: tuple[int, dict[str, str], Any]) -> str:
        Answers.answers, Answers.requests = list(answers), []
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield answer
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(clients.time, "sleep", waited.append)
    return waited


def test_a_busy_service_is_asked_again(answering: Callable[..., str], impatient: list[float]) -> None:
    url = answering(
        (429, {"Retry-After": "2"}, {}), (507, {}, {}), (200, {}, {"accepted": 1, "duplicates": 0})
    )
    with Client(url, "key") as client:
        sent = client.send([{"account": "a"}])
    assert (sent.accepted, sent.rejected) == (1, ())
    assert len(Answers.requests) == 3
    assert len({body for _, _, body in Answers.requests}) == 1
    assert impatient[0] == 2


def test_a_service_that_stays_away_is_an_error(impatient: list[float]) -> None:
    with Client("http://127.0.0.1:9", "key") as client, pytest.raises(ServiceError, match=r"127\.0\.0\.1:9"):
        client.send([{"account": "a"}])
    assert len(impatient) == clients.TRIES_MAX - 1


def test_a_refusal_says_why(answering: Callable[..., str]) -> None:
    url = answering((403, {}, {"detail": "this is for platform"}))
    with (
        Client(url, "key") as client,
        pytest.raises(ServiceError, match="403: this is for platform") as refused,
    ):
        client.get("items")
    assert refused.value.status == 403


def test_bad_rows_are_returned(answering: Callable[..., str]) -> None:
    answer = {"accepted": 0, "duplicates": 0, "rejected": [{"index": 0, "reason": "no"}]}
    with Client(answering((422, {}, answer)), "key") as client:
        assert client.send([{}]).rejected == ((0, "no"),)


def test_pages_follow_their_cursors(answering: Callable[..., str]) -> None:
    url = answering((200, {}, {"items": [1, 2], "next": "x"}), (200, {}, {"items": [3], "next": None}))
    with Client(url, "key") as client:
        assert list(client.pages("items")) == [1, 2, 3]
    assert [path for _, path, _ in Answers.requests] == [
        "/v1/items?limit=500",
        "/v1/items?limit=500&cursor=x",
    ]


def test_nothing_to_send_asks_nobody() -> None:
    with Client("http://127.0.0.1:9", "key") as client:
        assert client.send([]).accepted == 0


@pytest.mark.parametrize("url", ["", "127.0.0.1:8230", "ftp://x", "http://"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(ServiceError, match="http://HOST:PORT"):
        Client(url, "key")


def test_a_world_plays_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    from tests.service.conftest import started

    from zhenzan.lab import read_scenario, replay_world, run

    small = 'format = 1\nname = "x"\n[world]\ndays = 2\nviewers = 300\ncreators = 40\nitems = 80\n'
    world = run(read_scenario(small), 1)

    class Through:
        """A client that speaks to the service in this process."""

        def __init__(self, api: Any) -> None:
            self.api = api

        def send(self, rows: Any) -> None:
            answer = self.api.post("/v1/interactions", json=list(rows))
            assert answer.json().get("rejected_count", 0) == 0, answer.text
            accepted.append(answer.json()["accepted"])

    accepted: list[int] = []
    total = world.interactions.num_rows
    with started(tmp_path) as api:
        half = replay_world(world, Through(api), quick_share=0.5, stops=lambda: bool(accepted))  # type: ignore[arg-type]
        assert 0 < half < total
        end = replay_world(world, Through(api), begin=half - 10, quick_share=0.5, hours_a_second=1e6)  # type: ignore[arg-type]
    assert end == total
    assert sum(accepted) == total
