"""The two systems on either side: a sandbox CRM and a sandbox dialer, real HTTP servers on this machine's loopback.

Every byte that reaches the dialer is kept, so that a search can prove what did not.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecluse.service import Server, listening
from web.sandbox import crm, dialer
from web.sandbox.crm_state import Crm
from web.sandbox.dialer import Dialer

LOOPBACK = "127.0.0.1:0"


@dataclass
class Tap:
    """Everything that came over the wire to one server, as raw bytes: paths and headers, and bodies."""

    app: ASGIApp
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.heads.append(scope["raw_path"] + b"?" + scope["query_string"])
            self.heads += [value for _, value in scope["headers"]]

        async def tapped() -> Message:
            message = await receive()
            if message["type"] == "http.request" and message.get("body"):
                self.bodies.append(message["body"])
            return message

        await self.app(scope, tapped, send)

    @property
    def size(self) -> int:
        return sum(map(len, self.heads)) + sum(map(len, self.bodies))


class Served:
    """A web application in a thread of its own."""

    def __init__(self, app: ASGIApp, address: str = LOOPBACK) -> None:
        self._door = listening(address)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=1
        )
        self._server = Server(config)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host, port = self._door.getsockname()[:2]
        return f"http://{host}:{port}"

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._door]))

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


@dataclass
class Town:
    """Both systems, running."""

    crm: Crm
    dialer: Dialer
    tap: Tap
    crm_url: str
    dialer_url: str

    @property
    def prospects(self) -> dict[str, dict[str, Any]]:
        """What the dialer holds, by the CRM's record."""
        return self.dialer.prospects


@contextlib.contextmanager
def town(signing: tuple[bytes, ...] = (), token: str = "") -> Iterator[Town]:
    """Start both, and stop them. `signing`: the keys by which the dialer believes that we are who sends."""
    held, floor = Crm(), Dialer(keys=signing)
    tap = Tap(dialer.application(floor))
    offices = Served(crm.application(held, token)), Served(tap)
    try:
        yield Town(held, floor, tap, offices[0].url, offices[1].url)
    finally:
        for office in offices:
            office.stop()
