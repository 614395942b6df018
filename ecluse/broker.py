"""The broker of an installation, from its settings: secrets resolved, and nothing weaker than it has to be."""

import socket
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ecluse.check import Check, Level
from ecluse.command import Failure
from ecluse.folder import InForce
from ecluse.i18n import _
from ecluse.secret import SecretError, resolve

if TYPE_CHECKING:
    from streams.kafka.settings import Broker

PLAIN = frozenset({"PLAINTEXT", "SASL_PLAINTEXT"})


def broker_of(state: InForce) -> "Broker":
    """Raises Failure, with what to do, where the settings do not name a broker that may be used."""
    # Faust, once imported, has no spec any more: asking for it raises.
    if not all(name in sys.modules or find_spec(name) for name in ("confluent_kafka", "faust")):
        raise Failure(_("the Kafka runtime is not installed: pip install 'ecluse[kafka]'."))
    from streams.kafka.settings import Access, Broker

    said = state.settings.kafka
    if not said.bootstrap:
        raise Failure(_("no broker is named: set `kafka.bootstrap` in ecluse.yaml."))
    if not said.development and said.protocol in PLAIN:
        raise Failure(
            _("`kafka.protocol` {protocol} is not encrypted: use SSL or SASL_SSL, or `kafka.development: true`.",
              protocol=said.protocol)
        )  # fmt: skip
    if not said.development and state.database().startswith("sqlite"):
        raise Failure(_("the Kafka runtime needs PostgreSQL: workers on several machines share one database."))
    try:
        password = resolve(said.password, state.folder) if said.password else ""
    except SecretError as error:
        raise Failure(_("{reference}: {code}.", reference=error.reference, code=error.code)) from None
    paths = (said.authority, said.certificate, said.certificate_key)
    authority, certificate, key = (str(state.path(name)) if name else "" for name in paths)
    access = Access(said.protocol, said.mechanism, said.username, password, authority, certificate, key)
    return Broker(
        said.bootstrap,
        prefix=said.prefix,
        worker=said.worker or socket.gethostname(),
        reserved=said.reserved,
        session_seconds=said.session.total_seconds(),
        access=access,
        partitions=said.partitions,
        replication=said.replication,
        development=said.development,
        share=said.share,
    )


def ring(state: InForce) -> None:
    """Have the workers of a Kafka installation look at the register at once. They look by themselves, too."""
    if state.settings.runtime != "kafka":
        return
    try:
        broker = broker_of(state)
    except Failure:
        return  # `run` and `doctor` say what is wrong with it
    from streams.kafka import bell

    bell.ring(broker)


def broker_checked(state: InForce, *, online: bool) -> Iterator[Check]:
    """What `ecluse doctor` says of it; nothing where no broker is wanted."""
    said = state.settings.kafka
    if state.settings.runtime != "kafka" and not said.bootstrap:
        return
    try:
        broker = broker_of(state)
    except Failure as failure:
        yield Check("broker", Level.WRONG, _("broker: cannot be used"), failure.format_message())
        return
    if said.development:
        yield Check("broker_development", Level.WARNING, _("broker: for development only"),
                    _("it may lose what it was given, and is reached without encryption"),
                    _("`kafka.development: false` in production"))  # fmt: skip
    if not online:
        yield Check("broker", Level.FINE, _("broker: {address}, not asked", address=said.bootstrap))
        return
    from streams.kafka import topics
    from streams.kafka.faults import LogError

    try:
        topics.verify(broker)
    except LogError as error:
        missing = error.code == "topic_missing"
        action = _("`ecluse run` makes them") if missing else _("see docs/operations/kafka.md")
        level = Level.WARNING if missing else Level.WRONG
        yield Check("broker", level, _("broker: {address}", address=said.bootstrap), str(error), action)
    else:
        yield Check("broker", Level.FINE, _("broker: {address}, its topics are as they have to be",
                                            address=said.bootstrap))  # fmt: skip
