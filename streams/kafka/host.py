"""Faust hosts a worker: it starts and stops its services in order, keeps its timers, and hears the doorbell.

What is asked of Faust is what it does well. It carries no event: an offset of Faust's is no proof of
anything (it may commit past a message that is still in flight, faust-streaming#606), so nothing here
depends on one. There are no tables, no `exactly_once`, no web server; and each process's app is alone
in its group, so that Faust never has to rebalance.
"""

import ssl
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import faust
from faust.auth import SASLCredentials, SSLCredentials
from mode import Service

from streams.kafka.settings import Access, Broker

#: A bell that was heard and not committed rings again after a restart, which does no harm.
COMMIT_SECONDS = 2.8
LONGEST_POLL_SECONDS = 300.0
BUFFER = 256

Task = Callable[[], Awaitable[None]]


class Timer(NamedTuple):
    """What is done again and again. It must not raise: Faust would end the worker."""

    name: str
    seconds: float
    task: Task


class Clock(NamedTuple):
    """What is done at fixed times, as crontab writes them (UTC). It must not raise."""

    times: str
    task: Task


class Host(faust.App):
    """A Faust app without folders: it has no tables to keep in them."""

    async def on_first_start(self) -> None:
        return


def host(broker: Broker, service: Service, timers: Sequence[Timer], clocks: Sequence[Clock], bell: Task) -> Host:
    """An app that runs a service, its timers and clocks, and `bell` whenever somebody rings on the roll-outs' topic."""
    app = Host(
        # New for each process: in the group of one that was killed it would wait for the end of that one's session.
        f"{broker.prefix}.worker.{broker.worker}.{uuid.uuid4().hex[:8]}",
        broker=[f"kafka://{address.strip()}" for address in broker.bootstrap.split(",")],
        broker_credentials=_credentials(broker.access),
        broker_commit_interval=COMMIT_SECONDS,
        broker_max_poll_interval=LONGEST_POLL_SECONDS,
        consumer_auto_offset_reset="latest",
        stream_buffer_maxsize=BUFFER,
        stream_wait_empty=False,
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.service(service)  # type: ignore[arg-type]  # an instance does as well
    for timer in timers:
        app.timer(timer.seconds, name=timer.name, traced=False)(timer.task)
    for clock in clocks:
        app.crontab(clock.times, traced=False)(clock.task)
    rollouts = app.topic(
        broker.rollouts, value_type=bytes, value_serializer="raw", key_serializer="raw", allow_empty=True
    )

    @app.agent(rollouts, concurrency=1)
    async def doorbell(stream: Any) -> None:
        async for _ in stream:
            await bell()

    return app


def _credentials(access: Access) -> SASLCredentials | SSLCredentials | None:
    context = None
    if access.protocol in ("SSL", "SASL_SSL"):
        context = ssl.create_default_context(cafile=access.authority or None)
        if access.certificate:
            context.load_cert_chain(access.certificate, access.key or None)
    if access.mechanism:
        return SASLCredentials(
            username=access.username, password=access.password, ssl_context=context, mechanism=access.mechanism
        )
    return SSLCredentials(context) if context is not None else None
