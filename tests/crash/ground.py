"""A working folder as `ecluse run` finds it, for a service between the CRMs and dialers of a crash test."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ecluse import folder
from ecluse.folder import InForce
from ecluse.links import find, read
from ecluse.people import read_people
from ecluse.rulings import source_of
from ecluse.settings import Intervals, Settings
from mapping.policy import Policy

LINK = "nord"
SEND, SIGNING = bytes(range(32)), bytes(range(32, 64))
#: An answer that takes longer is not waited for.
TIMEOUT_SECONDS = 3.0

_LINK_FILE = """\
link: {link}
revision: {{reason: Campagne T4, date: 2026-11-20, decided_by: direction}}
crm:    {{connector: sandbox_crm, connection: crm-{link}}}
dialer: {{connector: open_dialer, connection: dialer-{link}}}
labels:
  contact: {{phone: reachability, name: identity, revision: progress}}
roles:
  contributor:
    read: {{contact: [identity, reachability, progress]}}
    write: [call_result, comment, next_action]
profiles:
  teleoperator: {{role: contributor, perimeter: all}}
perimeter: {{model: open}}
fields:
  - {{from: contact.phone, to: phone}}
  - {{from: contact.name, to: name}}
  - {{from: contact.revision, to: revision}}
dispositions:
  NRP: {{is: no_answer}}
"""

_CONNECTIONS = """\
crm-{link}:
  base_url: {crm}
  timeout_seconds: {timeout}
  ca_file: {ca}
  page_size: 20
  rate: 5000
dialer-{link}:
  base_url: {dialer}
  timeout_seconds: {timeout}
  ca_file: {ca}
  rate: 5000
  send_secrets: [file:send.key]
  inlet: {{signing_secrets: [file:signing.key]}}
"""


def whsec(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


def certificate() -> bytes:
    """A certificate to trust: one of our own is read in no time, the public ones in a tenth of a second each life."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Systems(NamedTuple):
    """Where both systems of a link are."""

    crm: str
    dialer: str


def lay(place: Path, database: str, systems: Mapping[str, Systems], broker: str = "") -> None:
    """Write the folder: each link, where its systems are, who calls, and every secret in a file of its own.

    `broker` is the part of the settings that says how one is reached.
    """
    (place / "links").mkdir(parents=True)
    trusted = place / "trusted.pem"
    written = {
        "ecluse.yaml": "database: file:database.url\nkey: file:ecluse.key\nlisten: 127.0.0.1:0\napproval: one\n"
        + broker,
        "connections.yaml": "".join(
            _CONNECTIONS.format(link=link, crm=crm, dialer=dialer, timeout=TIMEOUT_SECONDS, ca=trusted)
            for link, (crm, dialer) in systems.items()
        ),
        "people.csv": "id,profile,crm_user\ntp-1,teleoperator,u1\n",
        "database.url": database,
        "ecluse.key": bytes(range(32)).hex(),
        "send.key": whsec(SEND),
        "signing.key": whsec(SIGNING),
        "trusted.pem": certificate().decode(),
    }
    written |= {f"links/{link}.yaml": _LINK_FILE.format(link=link) for link in systems}
    for name, text in written.items():
        (place / name).write_text(text, "utf-8")


class Laid(NamedTuple):
    """A link as its file says it."""

    policy: Policy
    source: str


class Ground:
    """What a working folder says, read once: lives that are forked afterwards need not read it again."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.state: InForce = folder.read_folder(place)
        self.links = [_laid(path, place) for path in find((), place)]
        self.people = read_people(self.state.path(self.state.settings.people))

    def hurried(self, poll: Intervals) -> InForce:
        """The same, with a CRM that is asked all the time."""
        written = self.state.settings.model_dump()
        return self.state._replace(settings=Settings(**{**written, "intervals": poll}))


def _laid(path: Path, place: Path) -> Laid:
    reading = read(path, place, around=False)
    assert reading.policy is not None, reading.findings
    return Laid(reading.policy, source_of(reading))
