"""Exactly the rights that Écluse's workers need on a broker."""

import re
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

SECONDS = 15


class Right(NamedTuple):
    """Operations on one kind of resource: on one name, or on all that begin with it."""

    operations: tuple[str, ...]
    kind: str  # as kafka-acls.sh spells it after its two dashes
    name: str
    begins: bool = False

    def words(self) -> list[str]:
        """As kafka-acls.sh takes them."""
        asked = [word for operation in self.operations for word in ("--operation", operation)]
        return [*asked, f"--{self.kind}", self.name, *(["--resource-pattern-type", "prefixed"] if self.begins else [])]


def rights(prefix: str, *, creates: bool) -> list[Right]:
    """Of the workers whose names begin with the prefix; `creates` where they shall make their own topics."""
    through = ("Read", "Write", "DescribeConfigs")  # to read or to write implies Describe
    topics = [f"{prefix}.{name}" for name in ("events", "decisions", "rollouts")]
    return [
        *(Right(through, "topic", topic) for topic in topics),
        *(Right(("Create",), "topic", topic) for topic in topics if creates),
        Right(("Read",), "group", f"{prefix}.carriers"),
        Right(("Read",), "group", f"{prefix}.keepers"),
        Right(("Read",), "group", f"{prefix}.worker.", begins=True),
        Right(("Write",), "transactional-id", f"{prefix}.carrier.", begins=True),
    ]


def lines(prefix: str, user: str, *, creates: bool) -> list[str]:
    """What an administrator runs to give these rights; $HOW says how Kafka's own tool reaches the broker."""
    start = f"kafka-acls.sh $HOW --add --allow-principal User:{user}"
    return [f"{start} {' '.join(right.words())}" for right in rights(prefix, creates=creates)]


def grant(client: dict[str, str | int | float | bool], user: str, given: Sequence[Right]) -> None:
    """Give them on a running broker that this client may administer, and wait until they are in force."""
    from confluent_kafka import admin as kafka  # noqa: PLC0415 - whoever only reads the list needs no package

    bindings = [
        kafka.AclBinding(
            kafka.ResourceType[_named(right.kind)],
            right.name,
            kafka.ResourcePatternType.PREFIXED if right.begins else kafka.ResourcePatternType.LITERAL,
            f"User:{user}",
            "*",
            kafka.AclOperation[_named(operation)],
            kafka.AclPermissionType.ALLOW,
        )
        for right in given
        for operation in right.operations
    ]
    asked = kafka.AdminClient(client)
    for done in asked.create_acls(bindings).values():
        done.result(SECONDS)
    deadline = time.monotonic() + SECONDS
    any_name: Any = None  # the package's types forget that None stands for any
    theirs = kafka.AclBindingFilter(
        kafka.ResourceType.ANY,
        any_name,
        kafka.ResourcePatternType.ANY,
        f"User:{user}",
        any_name,
        kafka.AclOperation.ANY,
        kafka.AclPermissionType.ANY,
    )
    while not set(bindings) <= set(asked.describe_acls(theirs).result(SECONDS)):  # a controller took it; do brokers?
        if time.monotonic() > deadline:
            raise TimeoutError("The rights are not in force.")
        time.sleep(0.05)


def _named(word: str) -> str:
    """`DescribeConfigs` and `transactional-id` as Python's constants are written."""
    return re.sub("(?<=[a-z])(?=[A-Z])|-", "_", word).upper()
