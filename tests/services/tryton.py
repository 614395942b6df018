"""A real Tryton for the tests: the CRM's own server on SQLite, with parties, opportunities, a company and a seller."""

import base64
import contextlib
import hashlib
import inspect
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.services.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".venv-tryton" / "bin"
LOCK = ROOT / "requirements" / "tryton.txt"
CACHE = ROOT / ".cache" / "tryton"
START_SECONDS = 60
DATABASE = "crm"
USER = "admin"
PASSWORD = "a-test-password"
MISSING = "Tryton is not installed beside the project: `make test` does it."


class Tryton:
    """One running server. `rpc` is for arranging what a test needs; a connector under test logs in by itself."""

    database = DATABASE
    user = USER
    password = PASSWORD

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.client = httpx2.Client(base_url=self.base_url, timeout=60, trust_env=False)
        self.context: dict[str, Any] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self) -> list[str]:
        configuration = self.folder / "trytond.conf"
        database = f"[database]\nuri = sqlite://\npath = {self.folder}\n"
        web = f"[web]\nlisten = 127.0.0.1:{self.port}\n"
        configuration.write_text(f"{database}{web}[session]\ntimeout = 3600\n", "utf-8")
        return ["-c", str(configuration), "-d", DATABASE]

    def create(self) -> None:
        """Lay the tables down: half a minute, which is why `initialised` keeps the result."""
        (self.folder / f"{DATABASE}.sqlite").touch()
        secret = self.folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        modules = ["-u", "party", "sale_opportunity", "--activate-dependencies", "--email", "admin@crm.test"]
        command = [str(PROGRAMS / "trytond-admin"), *self.configure(), *modules]
        subprocess.run(command, check=True, env={**os.environ, "TRYTONPASSFILE": str(secret)})

    def start(self) -> None:
        watch = ["setpriv", "--pdeathsig=TERM"] if shutil.which("setpriv") else []
        command = [*watch, str(PROGRAMS / "trytond"), *self.configure()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text("utf-8")[-2000:])
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            self.log_in()
        except httpx2.TransportError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    def log_in(self) -> None:
        uid, key, *_ = self._post("common.db.login", USER, {"password": PASSWORD})
        token = base64.b64encode(f"{USER}:{uid}:{key}".encode()).decode()
        self.client.headers["Authorization"] = f"Session {token}"
        preferences = self.rpc("model.res.user.get_preferences", True, {})  # noqa: FBT003 - Tryton's own signature
        self.context = {name: preferences[name] for name in ("company", "employee") if preferences.get(name)}

    def rpc(self, method: str, *arguments: Any) -> Any:
        """Call as Tryton's own client does: the last argument is the context, and `self.context` names the company."""
        return self._post(method, *arguments)

    def _post(self, method: str, *arguments: Any) -> Any:
        body = {"id": 1, "method": method, "params": arguments}
        reply = self.client.post(f"/{DATABASE}/rpc/", json=body).raise_for_status().json()
        if "error" in reply:  # which comes with HTTP 200
            raise RuntimeError(reply["error"])
        return reply["result"]


def furnish(server: Tryton) -> None:
    """Give the administrator what an opportunity asks for: a company with a currency, and a seller in it."""
    cent = {"__class__": "Decimal", "decimal": "0.01"}
    euro = {"name": "Euro", "code": "EUR", "symbol": "€", "rounding": cent, "digits": 2}
    [currency] = server.rpc("model.currency.currency.create", [euro], {})
    parties = [{"name": "Atelier du Nord"}, {"name": "Camille Roux"}]
    firm, seller = server.rpc("model.party.party.create", parties, {})
    [company] = server.rpc("model.company.company.create", [{"party": firm, "currency": currency}], {})
    [employee] = server.rpc("model.company.employee.create", [{"party": seller, "company": company}], {})
    [administrator] = server.rpc("model.res.user.search", [["login", "=", USER]], 0, 1, None, {})
    member = {"companies": [["add", [company]]], "employees": [["add", [employee]]]}
    server.rpc("model.res.user.write", [administrator], {**member, "company": company, "employee": employee}, {})


def initialised() -> Path:
    """The database as each session of tests finds it, made once for each lock and each way to make it."""
    recipe = LOCK.read_text("utf-8") + inspect.getsource(Tryton.create) + inspect.getsource(furnish) + PASSWORD
    kept = CACHE / f"{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.sqlite"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            server = Tryton(Path(folder))
            server.create()
            server.start()
            try:
                furnish(server)
            finally:
                server.stop()
            whole = server.folder / "whole.sqlite"
            with contextlib.closing(sqlite3.connect(server.folder / f"{DATABASE}.sqlite")) as database:
                database.execute("VACUUM INTO ?", [str(whole)])  # the server leaves its last words in a write-ahead log
            whole.replace(kept)
    return kept


@pytest.fixture(scope="session")
def tryton() -> Iterator[Tryton]:
    """A server shared by all tests of the session, so a test names its own records and counts no others."""
    if not (PROGRAMS / "trytond").exists():
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="ecluse-tryton-") as folder:
        server = Tryton(Path(folder))
        shutil.copy(initialised(), server.folder / f"{DATABASE}.sqlite")
        server.start()
        yield server
        server.stop()
        server.client.close()
