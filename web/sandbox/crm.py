"""A small CRM over HTTP, to try links on: accounts, contacts, opportunities, and the five kinds of write.

    python -m web.sandbox.crm --port 8091                     a made-up firm
    python -m web.sandbox.crm --port 8091 --data FOLDER       accounts.csv, contacts.json, …

`/v1` is its API; `/office` is what people do at its screens. On `/v1` every other method, address
and key is refused and put on record: `GET /office/violations` must stay empty.
"""

import argparse
import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web import keys
from web.sandbox.crm_state import COMMON, OBJECTS, WRITES, Crm, Record
from web.sandbox.sample import firm

MAX_PAGE = 5_000
MAX_ITEMS = 1_000
_TEXTS = frozenset({"once", "record", "status", "kind_of_action", "result", "text", "start"})


def application(crm: Crm, token: str = "") -> Starlette:
    """The server over that memory; with a token, `/v1` asks for it."""
    api = _Api(crm, keys.digest(token) if token else b"")
    routes = [
        Route("/v1/{object}/changes", api.changes, methods=["GET"]),
        Route("/v1/{object}/read", api.read, methods=["POST"]),
        Route("/v1/{kind}", api.write, methods=["POST"]),
        Route("/v1", api.identity, methods=["GET"]),
        Route("/office/violations", api.violations, methods=["GET"]),
        Route("/office/written", api.written, methods=["GET"]),
        Route("/office/{object}/{id}", api.office, methods=["GET", "PATCH", "DELETE"]),
    ]
    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
    return Starlette(routes=[*routes, Route("/{anything:path}", api.other, methods=every)])


class _Api:
    def __init__(self, crm: Crm, token: bytes) -> None:
        self._crm = crm
        self._token = token

    async def identity(self, request: Request) -> Response:
        return _json({"name": "sandbox", "version": 1}) if self._known(request) else _json({}, 401)

    async def changes(self, request: Request) -> Response:
        name, query = request.path_params["object"], request.query_params
        if not self._known(request):
            return _json({}, 401)
        if name not in OBJECTS or set(query) - {"fields", "after", "limit"}:
            return self._violation(request, sorted(set(query)))
        stamp, _, key = query.get("after", "").partition(",")
        limit = query.get("limit", "500")
        if not (stamp or "0").isdigit() or not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE:
            return _json({"error": "bad_parameter"}, 400)
        asked = _asked(query.get("fields", ""))
        page = self._crm.changes(name, (int(stamp or 0), key), int(limit))
        last = page.records[-1] if page.records else None
        cursor = f"{last.changed_at},{last.id}" if last else query.get("after", "")
        return _json({"rows": [_row(one, asked) for one in page.records], "next": cursor, "more": page.more})

    async def read(self, request: Request) -> Response:
        name, told = request.path_params["object"], await _told(request)
        if not self._known(request):
            return _json({}, 401)
        if name not in OBJECTS or set(told) != {"ids", "fields"} or not all(map(_is_words, told.values())):
            return self._violation(request, sorted(told))
        records = self._crm.objects[name]
        return _json({"rows": [_row(records[key], told["fields"]) for key in told["ids"] if key in records]})

    async def write(self, request: Request) -> Response:
        kind, told = request.path_params["kind"], await _told(request)
        if not self._known(request):
            return _json({}, 401)
        items = told.get("items")
        if kind not in WRITES or set(told) != {"items"} or not isinstance(items, list) or len(items) > MAX_ITEMS:
            return self._violation(request, sorted(told))
        return _json({"results": [self._written(request, kind, item) for item in items]})

    def _written(self, request: Request, kind: str, item: Any) -> dict[str, Any]:
        if not isinstance(item, dict) or set(item) - WRITES[kind] - COMMON:
            names = sorted(set(item) - WRITES[kind] - COMMON) if isinstance(item, dict) else []
            self._violation(request, names)
            return {"status": "refused", "code": "forbidden_field", "fields": names}
        wrong = sorted(key for key in _TEXTS & (WRITES[kind] | COMMON) if not _said(item.get(key)))
        if wrong:
            return {"once": item.get("once"), "status": "refused", "code": "missing", "fields": wrong}
        code, effect = self._crm.apply(kind, item)
        if code:
            return {"once": item["once"], "status": "refused", "code": code, "fields": ["record"]}
        return {"once": item["once"], "status": "accepted", "key": f"{kind}/{item['once']}", "wrote": effect}

    async def office(self, request: Request) -> Response:
        name, key = request.path_params["object"], request.path_params["id"]
        if name not in OBJECTS:
            return _json({}, 404)
        if request.method == "PATCH":
            return _json(_whole(self._crm.edit(name, key, await _told(request))))
        if request.method == "DELETE":
            return _json({}, 204 if self._crm.delete(name, key) else 404)
        record = self._crm.objects[name].get(key)
        return _json(_whole(record)) if record else _json({}, 404)

    async def violations(self, _request: Request) -> Response:
        return _json(self._crm.violations)

    async def written(self, _request: Request) -> Response:
        kinds = {kind: list(items.values()) for kind, items in self._crm.written.items()}
        return _json({**kinds, "repeated": self._crm.repeated})

    async def other(self, request: Request) -> Response:
        return self._violation(request, sorted(request.query_params))

    def _known(self, request: Request) -> bool:
        offered = request.headers.get("authorization", "").removeprefix("Bearer ")
        return not self._token or keys.opens((self._token,), offered)

    def _violation(self, request: Request, names: list[str]) -> Response:
        self._crm.violations.append({"method": request.method, "path": request.url.path, "keys": names})
        return _json({"error": "no_such_thing"}, 404)


def _said(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_words(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MAX_PAGE and all(isinstance(word, str) for word in value)


def _asked(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _row(record: Record, fields: list[str]) -> dict[str, Any]:
    """Only the fields that were asked for: what is not asked does not cross the wire."""
    return {
        "id": record.id,
        "changed_at": record.changed_at,
        "deleted": record.deleted,
        "fields": {name: record.fields[name] for name in fields if name in record.fields},
        "refs": record.refs,
        "owner": record.owner,
    }


def _whole(record: Record) -> dict[str, Any]:
    return _row(record, list(record.fields))


async def _told(request: Request) -> dict[str, Any]:
    try:
        told = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _json(body: object, status: int = 200) -> Response:
    content = b"" if status == 204 else orjson.dumps(body)
    return Response(content, status, media_type=None if status == 204 else "application/json")


def read_folder(folder: Path) -> dict[str, list[Mapping[str, Any]]]:
    """`accounts`, `contacts` and `opportunities`, each as `.json` (a list of objects) or `.csv` (all text)."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, many in zip(OBJECTS, ("accounts", "contacts", "opportunities"), strict=True):
        if (folder / f"{many}.json").is_file():
            found[name] = json.loads((folder / f"{many}.json").read_text("utf-8"))
        elif (folder / f"{many}.csv").is_file():
            with (folder / f"{many}.csv").open(encoding="utf-8-sig", newline="") as file:
                sample = file.readline()
                file.seek(0)
                found[name] = list(
                    csv.DictReader(file, delimiter=";" if sample.count(";") > sample.count(",") else ",")
                )
    return found


def main() -> None:
    """Serve until stopped."""
    options = argparse.ArgumentParser(prog="python -m web.sandbox.crm", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8091)
    options.add_argument("--data", type=Path, help="folder of accounts, contacts and opportunities (.csv or .json)")
    options.add_argument("--token", default="", help="bearer token that the API asks for")
    chosen = options.parse_args()
    crm = Crm()
    for name, rows in (read_folder(chosen.data) if chosen.data else firm()).items():
        crm.load(name, rows)
    uvicorn.run(
        application(crm, chosen.token), host=chosen.host, port=chosen.port, server_header=False, log_level="warning"
    )


if __name__ == "__main__":
    main()
