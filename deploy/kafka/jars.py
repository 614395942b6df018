"""Kafka's jars, out of a Maven repository: copied once into the cache, and held against their hashes."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
POM = HERE / "pom.xml"
LOCK = HERE / "jars.sha256"
NEWEST_REFUSED = 16  # Kafka 4 wants Java 17


class Unavailable(Exception):
    """This machine cannot run a broker; the text says what it lacks."""


def version() -> str:
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)<", POM.read_text("utf-8"))
    if found is None:
        raise Unavailable("deploy/kafka/pom.xml names no version of Kafka.")
    return found[1]


def folder() -> Path:
    """Where the jars of this lock are, or will be."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]
    return ROOT / ".cache" / "kafka" / f"{version()}-{lock}" / "libs"


def ready() -> Path:
    """The folder of the jars; raises where Java or the jars are missing. Fetches nothing."""
    if int("0" + java_version().split(".")[0]) <= NEWEST_REFUSED:
        raise Unavailable("Java 17 or newer is not on this machine: `deploy/test-services` installs it.")
    if not folder().is_dir():
        raise Unavailable("Kafka's jars are not on this machine: `deploy/kafka/broker fetch` copies them.")
    return folder()


def java_version() -> str:
    """Of the `java` that would run; empty where there is none."""
    if shutil.which("java") is None:
        return ""
    told = subprocess.run(["java", "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "([^"]+)"', told)
    return found[1] if found else ""


def classes() -> Path:
    """Where the classes that a broker loads lie, or will lie, in the form in which this Java shares them."""
    return folder().parent / f"classes-{java_version()}.jsa"


def shared() -> tuple[str, ...]:
    """Words for a Java that shall start on shared classes, which halves its work; none where there are none yet."""
    return (f"-XX:SharedArchiveFile={classes()}",) if classes().exists() else ()


def fetch() -> Path:
    """Copy the jars where they are not there yet. Refuses all of them when one is not the one of the lock."""
    target = folder()
    if not target.is_dir():
        target.parent.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent.parent) as work:
            copied = _copy(Path(work) / "libs")
            if _hashes(copied) != LOCK.read_text("utf-8"):
                raise Unavailable("What Maven copied are not the jars of deploy/kafka/jars.sha256: none is kept.")
            target.parent.mkdir(exist_ok=True)
            if not target.is_dir():
                copied.rename(target)
    return target


def relock() -> Path:
    """Take whatever the pom now resolves to as the lock."""
    with tempfile.TemporaryDirectory() as work:
        LOCK.write_text(_hashes(_copy(Path(work) / "libs")), "utf-8")
    return fetch()


def _copy(into: Path) -> Path:
    if shutil.which("mvn") is None:
        raise Unavailable("Maven is not on this machine: `deploy/test-services` installs it.")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={into}", "-DincludeScope=runtime"]
    command = ["mvn", "--batch-mode", "--quiet", "--strict-checksums", f"--file={POM}", *goal]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    if done.returncode:
        raise Unavailable("Maven could not copy Kafka's jars: is its repository within reach?")
    return into


def _hashes(libs: Path) -> str:
    """One line for each jar, in the form of sha256sum."""
    jars = sorted(libs.glob("*.jar"))
    return "".join(f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in jars)
