"""What an installation says of its broker: refused where it would be weaker than it looks, and never quoted."""

from pathlib import Path

import pytest

from ecluse.broker import broker_checked, broker_of
from ecluse.check import Level
from ecluse.command import Failure
from ecluse.folder import BadFolderError, InForce, read_folder
from tests.services.kafka import USERS, Kafka


def installation(folder: Path, text: str, database: str = "env:ECLUSE_TEST_DATABASE") -> InForce:
    (folder / "ecluse.yaml").write_text(f"database: {database}\nkafka:\n" + text, encoding="utf-8")
    return read_folder(folder)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is not asked here."""
    monkeypatch.setenv("ECLUSE_TEST_DATABASE", "postgresql://nowhere/ecluse")


def test_no_broker_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"kafka\.bootstrap"):
        broker_of(installation(tmp_path, "  prefix: nord\n"))


def test_a_way_without_encryption_is_refused_outside_development(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="PLAINTEXT"):
        broker_of(installation(tmp_path, "  bootstrap: kafka-1:9092\n"))
    assert broker_of(installation(tmp_path, "  bootstrap: kafka-1:9092\n  development: true\n")).development


def test_a_file_of_one_machine_is_refused_as_the_database_of_several(tmp_path: Path) -> None:
    state = installation(tmp_path, "  bootstrap: kafka-1:9093\n  protocol: SSL\n", "sqlite:///ecluse.db")
    with pytest.raises(Failure, match="PostgreSQL"):
        broker_of(state)


def test_a_password_stands_in_no_file_of_settings(tmp_path: Path) -> None:
    with pytest.raises(BadFolderError) as caught:
        installation(tmp_path, "  bootstrap: kafka-1:9093\n  password: hunter2-hunter2\n")
    assert "hunter2" not in str(caught.value)


def test_a_worker_is_named_after_its_machine_where_nothing_is_said(tmp_path: Path) -> None:
    text = "  bootstrap: kafka-1:9093\n  protocol: SSL\n"
    assert broker_of(installation(tmp_path, text)).worker
    assert broker_of(installation(tmp_path, text + "  worker: nord-2\n")).worker == "nord-2"


def test_doctor_says_nothing_of_a_broker_that_nobody_wants(tmp_path: Path) -> None:
    (tmp_path / "ecluse.yaml").write_text("country: FR\n", encoding="utf-8")
    assert list(broker_checked(read_folder(tmp_path), online=True)) == []


def test_a_worker_gets_in_by_tls_and_password_and_doctor_looks_at_the_topics(
    kafka_secured: Kafka, kafka_prefix: str, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text(USERS["admin"], encoding="utf-8")
    authority = kafka_secured.client()["ssl.ca.location"]
    state = installation(
        tmp_path,
        f"  bootstrap: {kafka_secured.bootstrap}\n  prefix: {kafka_prefix}\n  protocol: SASL_SSL\n"
        f"  mechanism: SCRAM-SHA-512\n  username: admin\n  password: file:password\n  authority: {authority}\n"
        "  development: true\n  replication: 1\n",
    )
    broker = broker_of(state)
    assert USERS["admin"] not in repr(broker)
    found = list(broker_checked(state, online=True))
    assert [(check.level, check.cause.split()[0]) for check in found[1:]] == [(Level.WARNING, "topic_missing")]
