"""A client that is made from the API's document alone does what a platform needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, Process

MAKER = "openapi-python-client"
PROGRAM = """
import sys
from made import AuthenticatedClient
from made.api.interactions import post_interactions
from made.api.rewards import get_rights
from made.api.verdicts import get_items_count, post_items_counts
from made.models import Interaction, ItemsWanted

url, key, ask = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True)
with client:
    if ask == "like":
        like = Interaction(timestamp="2026-11-27T10:00:00Z", account="fan-1", item="video-3", id="like-1")
        print(post_interactions.sync(client=client, body=like).to_dict())
    elif ask == "count":
        print(get_items_count.sync(client=client, item="video-3").to_dict())
        print(post_items_counts.sync(client=client, body=ItemsWanted(items=["video-3", "no"])).to_dict())
    else:
        print(get_rights.sync(client=client, account="fan-1", right="cover").to_dict())
"""


def run(*words: str, library: Path) -> str:
    environment = {"PYTHONPATH": str(library), "PATH": f"{library / 'bin'}:/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.soak
def test_a_client_that_is_made_from_the_document_sends_counts_and_checks(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    library = tmp_path / "library"
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--target", str(library), MAKER],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        pytest.skip(f"{MAKER} cannot be installed here: {installed.stderr.splitlines()[-1]}")
    options = ("--catalogue", str(CATALOGUE), "--settle-every", "0.5", "--settle-share", "2")
    process = serve(tmp_path / "home", *options)
    document = tmp_path / "openapi.json"
    document.write_text(process.ask("GET", "/v1/openapi.json").text)
    client_folder = library / "made"
    words = ("--path", str(document), "--output-path", str(client_folder), "--meta", "none")
    run("-m", "openapi_python_client", "generate", *words, library=library)
    (library / "program.py").write_text(PROGRAM)
    key = process.ask("POST", "/v1/keys", json={"role": "platform"}).json()["key"]

    def ask(what: str) -> Any:
        output = run(str(library / "program.py"), process.url, key, what, library=library)
        return [json.loads(line.replace("'", '"')) for line in output.splitlines()]

    assert ask("like") == [{"accepted": 1, "duplicates": 0}]
    wait_until(lambda: process.ask("GET", "/v1/items/count?item=video-3").status_code == 200)
    one, many = ask("count")
    assert (one["item"], one["claimed"]) == ("video-3", 1)
    assert [row["item"] for row in many["items"]] == ["video-3"]
    assert ask("right") == [{"rights": []}]
