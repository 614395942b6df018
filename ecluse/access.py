"""The checks of connections: every secret that they name, and what both systems say to us."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from connectors.faults import Fault
from connectors.port import Finding
from ecluse.check import Check, Level, of_files
from ecluse.connections import Connections, read_connections, references
from ecluse.folder import BadFolderError, InForce
from ecluse.i18n import _
from ecluse.links import Read
from ecluse.secret import SecretError, resolve, too_open
from ecluse.wiring import endpoint
from mapping.words import Side
from streams.link import Endpoint

PATIENCE_SECONDS = 15.0


def connections_checked(state: InForce, readings: list[Read], *, online: bool) -> Iterator[Check]:
    try:
        connections = read_connections(state.folder)
    except BadFolderError as error:
        yield from of_files(error)
        return
    for connection in connections.by_name.values():
        for reference in references(connection.written):
            yield from _reference(connection.name, reference, state.folder)
    for reading in readings:
        if reading.policy is None:
            continue
        source = reading.policy.source
        for side, end in ((Side.CRM, source.crm), (Side.DIALER, source.dialer)):
            if end.connection not in connections.by_name:
                yield Check(
                    "connection", Level.WRONG, _("connection {name}: not in connections.yaml", name=end.connection)
                )
                continue
            yield from _access(side, end.connector, end.connection, connections, state.folder, online=online)


def _reference(connection: str, reference: str, folder: Path) -> Iterator[Check]:
    title = _("connection {name}: {reference}", name=connection, reference=reference)
    try:
        resolve(reference, folder)
    except SecretError as error:
        yield Check("secret", Level.WRONG, title, error.code, _("set the variable, or write the file"))
        return
    if too_open(reference, folder):
        action = f"chmod 600 {reference.partition(':')[2]}"
        yield Check("secret_open", Level.WRONG, title, _("others may read it"), action)


def _access(
    side: Side, connector: str, connection: str, connections: Connections, folder: Path, *, online: bool
) -> Iterator[Check]:
    title = _("connection {name} ({connector})", name=connection, connector=connector)
    try:
        end = endpoint(connector, connection, connections, folder)
    except BadFolderError as error:
        yield from of_files(error)
        return
    except (Fault, SecretError) as error:
        yield Check("connection", Level.WRONG, title, error.code)
        return
    if not online:
        yield Check("connection", Level.FINE, title + ": " + _("its settings can be used; not contacted"))
        return
    for found in asyncio.run(_ask(end)):
        fields = f": {', '.join(found.fields)}" if found.fields else ""
        level = Level.FINE if found.ok else Level.WRONG
        yield Check(f"access_{side.value}", level, f"{title}: {found.code}{fields}")


async def _ask(end: Endpoint) -> list[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return list(await end.connector.access(end.session))
    except Fault as fault:
        return [Finding(ok=False, code=fault.code, fields=fault.fields)]
    except TimeoutError:
        return [Finding(ok=False, code="timeout")]
    finally:
        closing = getattr(end.session.http, "aclose", None)
        if closing is not None:
            await closing()
