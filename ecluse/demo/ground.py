"""The working folder of a demonstration, its dates moved so that the campaigns run today."""

import base64
import re
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from connectors import signatures
from ecluse.starter import PRIVATE, example

#: The day on which the example's dates were written.
WRITTEN = date(2026, 11, 22)
SETTINGS = "database: sqlite:///ecluse.db\nkey: file:ecluse.key\nlisten: 127.0.0.1:8080\napproval: one\n"
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


class Ground(NamedTuple):
    """A folder, and the secrets that both sides share."""

    folder: Path
    #: Écluse signs what it sends the dialer.
    sends: str
    #: The dialer signs what it sends Écluse.
    receives: str
    crm_token: str

    @property
    def sends_key(self) -> bytes:
        return signatures.secret(self.sends)


def lay(folder: Path, link: str, people: str) -> Ground:
    """Write the settings, the link, the people and the secrets. The addresses come later, when they are known."""
    ground = Ground(folder, _whsec(), _whsec(), secrets.token_urlsafe(24))
    (folder / "links").mkdir(parents=True, exist_ok=True)
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "ecluse.yaml").write_text(SETTINGS)
    (folder / "links" / "nord.yaml").write_text(link, encoding="utf-8")
    (folder / "people.csv").write_text(people, encoding="utf-8")
    _secret(folder / "ecluse.key", secrets.token_hex(32))
    for name, value in (("sends", ground.sends), ("receives", ground.receives), ("crm", ground.crm_token)):
        _secret(folder / "secrets" / name, value)
    return ground


def connect(ground: Ground, crm_url: str, dialer_url: str) -> None:
    """Write down where both systems are."""
    text = (
        f"crm-nord:\n  base_url: {crm_url}\n  token: file:secrets/crm\n  rate: 1000\n\n"
        f"centre-appels:\n  base_url: {dialer_url}\n  send_secrets: [file:secrets/sends]\n"
        f"  inlet: {{signing_secrets: [file:secrets/receives]}}\n  rate: 1000\n"
    )
    (ground.folder / "connections.yaml").write_text(text)


def example_link(today: date) -> str:
    """The example link file, as if it had been written today."""
    return moved((example() / "link.yaml").read_text(encoding="utf-8"), today)


def example_people(today: date) -> str:
    return moved((example() / "people.csv").read_text(encoding="utf-8"), today)


def moved(text: str, today: date) -> str:
    """A text whose days are as far from today as they were from the day it was written."""
    shift = today - WRITTEN

    def later(found: re.Match[str]) -> str:
        return (date.fromisoformat(found[0]) + shift).isoformat()

    return _DAY.sub(later, text) if shift != timedelta() else text


def _whsec() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _secret(path: Path, value: str) -> None:
    path.touch(mode=PRIVATE)
    path.write_text(value + "\n")
