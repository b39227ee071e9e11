#!/bin/sh
# Litestar: a guard that is a plain function runs in a worker thread, once for each request.
#
# Guess: a guard only looks at the connection, so a plain `def guard(connection, handler)` is called on the event
# loop, as a handler with sync_to_thread=False is; Litestar warns where a handler leaves that choice open.
# Seen (litestar 2.25.0): guards are wrapped for a thread without a choice and without a warning. Thread-local
# state of the loop is absent there, guards of two requests run at the same time, and each request pays for a
# hand-over to the thread and back; with two plain guards it pays twice.
# Way out: write every guard as `async def`, even where it awaits nothing.
# Exits 0 while this holds, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "litestar==2.25.0" "httpx==0.28.1"
"$folder/venv/bin/python" -W error - <<'PY'
import threading
from importlib.metadata import version

from litestar import Litestar, get
from litestar.testing import TestClient

seen: dict[str, int] = {}


def plain(connection, handler) -> None:
    seen["plain guard"] = threading.get_ident()


async def coroutine(connection, handler) -> None:
    seen["async guard"] = threading.get_ident()


@get("/", guards=[plain, coroutine], sync_to_thread=False)
def handler() -> None:
    seen["plain handler, sync_to_thread=False"] = threading.get_ident()


with TestClient(Litestar([handler])) as client:
    assert client.get("/").status_code == 200
loop = seen["async guard"]
print("litestar", version("litestar"))
for name, thread in seen.items():
    print(f"{name}: {'on the event loop' if thread == loop else 'in another thread'}")
off_loop = [name for name, thread in seen.items() if thread != loop]
raise SystemExit(0 if off_loop == ["plain guard"] else 1)
PY
