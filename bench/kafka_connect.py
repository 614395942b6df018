"""Kafka Connect, standalone, with three transforms that come with it: out of a topic, into a sink that keeps nothing.

There is no honest way from topic to topic with these jars alone: MirrorMaker's source hands on bytes, which no
transform that comes with Connect can parse. So it is spared the writing of its results to a topic.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.kafka_contenders import INSTALL_SECONDS, Missing
from bench.kafka_load import Form, Load
from bench.kafka_run import Failed, Start
from bench.kafka_topics import CACHE, Topics
from deploy.kafka import jars
from store.database import Database

POM = Path(__file__).resolve().parent / "connect" / "pom.xml"
KEPT = {
    "data.contact.first_name": "prenom",
    "data.contact.last_name": "nom",
    "data.contact.phone": "telephone",
    "data.contact.mobile": "portable",
    "data.contact.email": "courriel",
    "data.contact.notes": "notes",
    "data.account.name": "societe",
    "data.account.city": "ville",
    "data.account.employees": "effectif",
    "data.opportunity.stage": "statut",
}
_CONNECT = "org.apache.kafka.connect"
WORKER = {
    "key.converter": f"{_CONNECT}.storage.StringConverter",
    "value.converter": f"{_CONNECT}.json.JsonConverter",
    "value.converter.schemas.enable": "false",
    # How soon its progress shows; the commit costs it next to nothing.
    "offset.flush.interval.ms": "250",
    "listeners": "http://127.0.0.1:0",
    "plugin.discovery": "only_scan",
    "consumer.auto.offset.reset": "earliest",
    "consumer.max.poll.records": "5000",
    "consumer.fetch.min.bytes": "65536",
    "consumer.fetch.max.wait.ms": "20",
    "consumer.max.partition.fetch.bytes": "4194304",
}
SINK = {
    "connector.class": f"{_CONNECT}.file.FileStreamSinkConnector",
    "file": "/dev/null",
    "transforms": "flat,keep,mask",
    "transforms.flat.type": f"{_CONNECT}.transforms.Flatten$Value",
    "transforms.flat.delimiter": ".",
    "transforms.keep.type": f"{_CONNECT}.transforms.ReplaceField$Value",
    "transforms.keep.include": ",".join(KEPT),
    "transforms.keep.renames": ",".join(f"{old}:{new}" for old, new in KEPT.items()),
    "transforms.mask.type": f"{_CONNECT}.transforms.MaskField$Value",
    "transforms.mask.fields": "notes",
}


@dataclass(frozen=True)
class Connect:
    """Flatten, ReplaceField and MaskField around a file sink."""

    name: str = "kafka-connect"
    form: Form = Form.JSON
    guarantee: str = "at least once; writes no result to a topic"
    grouped: bool = True

    @property
    def version(self) -> str:
        return jars.version()

    @property
    def libs(self) -> Path:
        return CACHE / "connect" / jars.version()

    def prepare(self) -> None:
        """Copy its jars where they are not there yet. Raises Missing."""
        if self.libs.is_dir():
            return
        if shutil.which("mvn") is None:
            raise Missing("Maven is not on this machine")
        self.libs.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.libs.parent) as work:
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={work}/libs"]
            command = ["mvn", "--batch-mode", "--quiet", "--strict-checksums", f"--file={POM}", *goal]
            try:
                done = subprocess.run(  # noqa: S603 - words of our own
                    [*command, f"-Dkafka.version={jars.version()}"], check=False, capture_output=True,
                    timeout=INSTALL_SECONDS,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise Missing("Maven took too long to copy its jars") from None
            if done.returncode:
                raise Missing("Maven could not copy its jars")
            (Path(work) / "libs").rename(self.libs)

    def commands(self, start: Start) -> Sequence[Sequence[str]]:
        """One process always: two workers are two tasks of it."""
        own = {"bootstrap.servers": start.bootstrap, "offset.storage.file.filename": str(start.folder / "offsets")}
        sink = {**SINK, "name": _connector(start), "topics": start.source, "tasks.max": str(start.workers)}
        (start.folder / "worker.properties").write_text(_properties({**WORKER, **own}), "utf-8")
        (start.folder / "sink.json").write_text(json.dumps({"name": sink.pop("name"), "config": sink}), "utf-8")
        java = ["java", "-Xms512m", "-Xmx512m", "-XX:+UseParallelGC", "-cp", f"{self.libs}/*"]
        files = [str(start.folder / "worker.properties"), str(start.folder / "sink.json")]
        return [[*java, f"{_CONNECT}.cli.ConnectStandalone", *files]]

    def environment(self, _: Start) -> Mapping[str, str]:
        return {}

    def target(self, run: str) -> str:
        return f"{run}.none"

    def group(self, run: str) -> str:
        return f"connect-{run}"

    def done(self, topics: Topics, start: Start) -> int:
        return topics.committed(start.group, start.source)

    def number(self, _: Any) -> int:
        raise Failed("its results go nowhere")

    def check(self, topics: Topics, start: Start, load: Load, _: Database) -> None:
        """Its results go nowhere; what it has said to be done with is all that can be counted."""
        done = topics.committed(start.group, start.source)
        if done != load.records:
            raise Failed(f"{load.records} records went in, {done} were done with")


def _connector(start: Start) -> str:
    return start.group.removeprefix("connect-")


def _properties(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
