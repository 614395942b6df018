"""`deploy/kafka/broker`, as a developer uses it."""

import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from confluent_kafka.admin import AdminClient

from deploy.kafka import jars
from deploy.kafka.cluster import Cluster, quiet_ports
from deploy.kafka.command import settings
from deploy.kafka.nodes import Ports, Shape
from ecluse.settings import Kafka as Said
from tests.services.kafka import SECONDS

USERS = {"admin": "one", "ecluse": "two"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not `tmp_path`: a broker's files are large and of no interest to whoever looks for canaries."""
    with tempfile.TemporaryDirectory(prefix="ecluse-broker-") as name:
        yield Path(name)


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
def test_it_starts_in_the_background_says_how_to_reach_it_and_stops(folder: Path) -> None:
    try:
        jars.ready()
    except jars.Unavailable as problem:
        pytest.skip(str(problem))
    data = ["--data", str(folder)]
    start = ["start", *data, "--port", str(next(quiet_ports(1)))]
    try:
        said = Said.model_validate(yaml.safe_load(broker(*start).stdout)["kafka"])
        asked = AdminClient({"bootstrap.servers": said.bootstrap})
        assert len(asked.list_topics(timeout=SECONDS).brokers) == 1
        assert broker(*start).stderr == "It runs already.\n"
        otherwise = broker(*start, "--tls", code=1)
        assert "other options" in otherwise.stderr
    finally:
        assert broker("stop", *data).stdout == "Stopped.\n"
    assert broker("stop", *data).stdout == "Nothing runs there.\n"


def broker(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [str(jars.HERE / "broker"), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize(("brokers", "secured", "development"), [(1, False, True), (1, True, True), (3, True, False)])
def test_what_it_prints_is_what_ecluse_reads(folder: Path, brokers: int, *, secured: bool, development: bool) -> None:
    ports = [Ports(9092 + n, 9102 + n, 9112 + n) for n in range(brokers)]
    cluster = Cluster(folder, folder, Shape(ports, tls=secured, users=USERS if secured else {}))
    said = Said.model_validate(yaml.safe_load(settings(cluster))["kafka"])
    assert said.bootstrap.count(":") == brokers
    assert said.development is development
    assert said.protocol == ("SASL_SSL" if secured else "PLAINTEXT")
    if secured:
        secret = folder / "password"
        assert (str(said.password), said.username) == (f"file:{secret}", "ecluse")
        assert (secret.read_text("utf-8"), stat.S_IMODE(secret.stat().st_mode)) == ("two", 0o600)
