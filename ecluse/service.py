"""`ecluse run` as a process: one event loop for the runtime and the web server, stopped in good order.

The first SIGTERM or Ctrl-C: not ready any more, nothing is taken in, what is under way is finished
or left to the next start. The second one: at once.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from ecluse import logs
from ecluse.command import Failure
from ecluse.i18n import _
from ecluse.logs import Action
from ecluse.wiring import Works, unplug
from streams.link import Incident, Word

SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: Incidents that somebody should look at.
LOUD = {
    Word.LEASE_LOST,
    Word.POLL_FAILED,
    Word.WORKER_FAILED,
    Word.DATABASE_UNAVAILABLE,
    Word.STOPPED_LATE,
    Word.BROKER_UNAVAILABLE,
    Word.TRANSACTION_ABORTED,
    Word.GARBLED_MESSAGE,
    Word.UNKNOWN_LINK,
    Word.POSITION_STALLED,
    Word.STREAM_STALLED,
    Word.REVISION_NOT_IN_FORCE,
}


class Server(uvicorn.Server):
    """The web server without signal handlers of its own: there is one order of stopping, and it is ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def report(incident: Incident) -> None:
    """An incident of the runtime, as a line of the log."""
    level = "warning" if incident.word in LOUD else "info"
    logs.say(
        Action.RUNTIME_REPORT, level, reason=incident.word.value, link=incident.link, stage=incident.where,
        code=incident.code,
    )  # fmt: skip


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the working folder: two processes on one SQLite file would only wait for each other's lease."""
    path = folder / "ecluse.lock"
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            pid = handle.read().strip() or "?"
            raise Failure(_("Écluse runs here already, as process {pid}.", pid=pid)) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
        handle.truncate(0)


def listening(address: str) -> socket.socket:
    """The socket of the web server, taken before anything else starts. Port 0: any that is free."""
    host, _colon, port = address.rpartition(":")
    try:
        return socket.create_server(
            (host.strip("[]"), int(port)), family=socket.AF_INET6 if "[" in host else socket.AF_INET
        )
    except OSError as error:
        raise Failure(_("cannot listen at {address}: {problem}", address=address, problem=error.strerror)) from None


async def serve(built: Works, door: socket.socket) -> bool:
    """Run until told to stop, or until only a new process would help; whether it was the former, and ended in time."""
    logs.counted(built.gear.metrics.count_log)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, _on_signal, number, stop)
    server = server_of(built)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    await built.runtime.start()
    logs.say(Action.READY, listen="{}:{}".format(*door.getsockname()[:2]))
    stopping, failing = asyncio.create_task(stop.wait()), asyncio.create_task(built.runtime.failed.wait())
    await asyncio.wait({stopping, failing, serving}, return_when=asyncio.FIRST_COMPLETED)
    well = not built.runtime.failed.is_set()
    if not well:
        logs.say(Action.GIVING_UP, "error")
    in_time = await built.runtime.stop()
    server.should_exit = True
    await serving
    await unplug(built)
    stopping.cancel()
    failing.cancel()
    logs.say(Action.STOPPED, code="" if in_time else "late")
    return in_time and well


def server_of(built: Works) -> Server:
    config = uvicorn.Config(
        built.app, log_config=None, access_log=False, server_header=False, date_header=False, lifespan="off",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    return Server(config)


def _on_signal(number: signal.Signals, stop: asyncio.Event) -> None:
    if stop.is_set():
        logs.say(Action.STOP_FORCED, "warning", signal=signal.Signals(number).name)
        os._exit(128 + number)
    logs.say(Action.STOPPING, signal=signal.Signals(number).name)
    stop.set()
