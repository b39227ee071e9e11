#!/bin/sh
# Litestar: the path of the OpenAPI documents answers every unknown path below it with a page of its own.
#
# Guess: an API under /v1 can serve its document at /v1/openapi.json (OpenAPIConfig(path="/v1")), and a path
# that no route has, /v1/itmes, still reaches the application's handler of NotFoundException.
# Seen (litestar 2.25.0): the router of the documents registers "/{path:str}" too, so /v1/itmes is answered
# with "Error 404" as HTML and the application's handler is never asked; /v1/itmes/1 and /itmes do reach it.
# Way out: give the documents a path that nothing else lies under, and serve the JSON by a route of your own.
# Exits 0 while this holds, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "litestar==2.25.0" "httpx==0.28.1"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

from litestar import Litestar, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.testing import TestClient


@get("/v1/items")
async def items() -> list[int]:
    return []


def missing(request: Request, error: NotFoundException) -> Response:
    return Response({"missing": request.url.path}, status_code=404)


app = Litestar(
    [items],
    openapi_config=OpenAPIConfig(title="API", version="1", path="/v1"),
    exception_handlers={NotFoundException: missing},
)
with TestClient(app) as client:
    answers = {path: client.get(path) for path in ("/itmes", "/v1/itmes/1", "/v1/itmes")}
print("litestar", version("litestar"))
for path, answer in answers.items():
    print(path, answer.status_code, answer.headers["content-type"])
kinds = [answer.headers["content-type"].split(";")[0] for answer in answers.values()]
raise SystemExit(0 if kinds == ["application/json", "application/json", "text/html"] else 1)
PY
