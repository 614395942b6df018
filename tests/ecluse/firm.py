"""A link in a working folder that ran: its text with parts replaced, its start, its register."""

import shutil
from pathlib import Path

from ecluse.folder import read_folder
from ecluse.links import accepted
from ecluse.rulings import source_of
from ecluse.starting import settle
from ecluse.wiring import database_of
from store import register
from store.database import Database
from store.register import Live

LINK = """
link: nord
revision: {{reason: "{reason}", date: 2026-11-20, decided_by: direction}}
{used}
crm: {{connector: csv, connection: {crm}}}
dialer: {{connector: open_dialer, connection: jp}}
labels: {{contact: {{name: identity, phone: reachability}}, account: {{city: context, industry: context}}}}
profiles:
  teleoperator: {{role: contributor, perimeter: all}}
perimeter: {{model: open, projects: {{retail: {{account.industry: [retail], ends: 2026-12-31}}}}}}
fields:
  - {{from: contact.name, to: name}}
  - {{from: contact.phone, to: phone, as: e164}}
{more}
"""
ROLES = """
roles:
  contributor:
    read: {contact: [identity, reachability], account: [context]}
    write: [call_result]
"""
CITY = "  - {from: account.city, to: city}"


def written(reason: str = "Premier essai", more: str = "", used: str = "use: roles/standard", crm: str = "crm") -> str:
    return LINK.format(reason=reason, more=more, used=used, crm=crm)


def begin(folder: Path, text: str, *, register_first: bool = False) -> str:
    """What `ecluse run` does before anything else; the revision that it would run."""
    path = folder / "links" / "nord.yaml"
    path.write_text(text)
    file = accepted(path, folder)
    database = opened(folder)
    try:
        database.migrate()
        settings = read_folder(folder, {}).settings
        source = source_of(file.read)
        return settle(file.policy, source, database, [], settings, register_first=register_first).revision
    finally:
        database.close()


def opened(folder: Path) -> Database:
    return database_of(read_folder(folder, {}))


def history(folder: Path) -> list[Live]:
    database = opened(folder)
    try:
        with database.read() as conn:
            return register.history(conn, "nord", "nord")
    finally:
        database.close()


def laid(folder: Path) -> Path:
    """What `ecluse init` laid down, with this link instead, and its first revision on record."""
    shutil.rmtree(folder / "links")
    (folder / "links").mkdir()
    (folder / "roles").mkdir()
    (folder / "roles" / "standard.yaml").write_text(ROLES)
    (folder / "connections.yaml").write_text(
        "crm: {connector: csv, folder: crm}\nother: {connector: csv, folder: crm}\njp: {connector: open_dialer}\n"
    )
    begin(folder, written())
    return folder
