"""A throwaway PostgreSQL for the tests: a cluster of our own per test process, a database of its own per test."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.canary import sightings

START_SECONDS = 30
USER = "ecluse"
SYSTEM_USER = "postgres"  # PostgreSQL refuses to run as root
MISSING = "PostgreSQL's server programs are not on this machine: `deploy/test-services` installs them."


def programs() -> Path | None:
    """Where initdb and postgres are: the newest of Debian's versions, or wherever PATH points."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def demoted() -> list[str]:
    """Words before a command that take root away, and end the command when this process ends."""
    if os.geteuid() == 0:
        return ["setpriv", f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--clear-groups", "--pdeathsig=INT"]
    return ["setpriv", "--pdeathsig=INT"] if shutil.which("setpriv") else []


class Postgres:
    """One cluster, durable as in production, whose server is a child of this process and so can be killed."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self.bin = bin_folder
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        password = self.folder / "password"
        password.write_text(self.password, "utf-8")
        if os.geteuid() == 0:
            owner = pwd.getpwnam(SYSTEM_USER)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            os.chown(password, owner.pw_uid, owner.pw_gid)
        options = ["--locale=C.UTF-8", "--encoding=UTF8", "--no-sync", f"--username={USER}"]
        secret = ["--auth=scram-sha-256", f"--pwfile={password}"]
        command = [*demoted(), str(self.bin / "initdb"), "-D", str(self.folder / "data"), *options, *secret]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def start(self, **others: str) -> None:
        """`others`: settings for this start, where they are not to be those of the tests."""
        settings = {
            "fsync": "on",
            "listen_addresses": "127.0.0.1",
            "logging_collector": "off",
            "max_connections": "60",
            "port": str(self.port),
            "shared_buffers": "32MB",
            "unix_socket_directories": str(self.folder),
            **others,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*demoted(), str(self.bin / "postgres"), "-D", str(self.folder / "data"), *words]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            # After a kill the server's children need a moment to go, and until then a new server refuses to start.
            if self.process is None or self.process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
            if self.answers():
                return
            time.sleep(0.05)
        raise TimeoutError((self.folder / "log").read_text("utf-8")[-2000:])

    def answers(self) -> bool:
        try:
            self.execute(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """End the server as a power cut would: no warning, nothing written on the way out."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    def execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.url().replace("+psycopg", ""), autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server itself, for tests that kill it."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="ecluse-pg-", ignore_cleanup_errors=True) as folder:
        server = Postgres(bin_folder, Path(folder))
        server.create()
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """SQLAlchemy's URL of the cluster's first database. A test that writes asks for `fresh_database` instead."""
    return postgres.url()


@pytest.fixture
def fresh_database(postgres: Postgres) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database that only this test has."""
    name = f"test_{uuid.uuid4().hex}"
    postgres.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield postgres.url(name)
    found = canaries_in(postgres.url(name))
    postgres.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    if found:
        pytest.fail("canaries seen: " + ", ".join(found), pytrace=False)


def canaries_in(url: str) -> list[str]:
    """Canaries in any column of any table: the same look that a file of SQLite gets."""
    found: list[str] = []
    try:
        with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as conn:
            tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                with conn.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows:
                    found += [seen for row in rows for seen in sightings(bytes(row), f"table {table}")]
    except psycopg.OperationalError:
        return []  # the test killed the server, and looked at what it left by itself
    return sorted(set(found))
